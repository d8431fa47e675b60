import Addressing
import IncumbentState
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Testing

/// What CHECK finds, one kind of damage at a time.
@Suite struct CheckTests {
    private static let eth0 = LinkName(literal: "eth0")

    /// One thing broken by hand.
    enum Damage: CaseIterable {
        case nodeLinkDown, nodeMTU, alias, podLinkDown, podMTU, nodeLinkGone, otherPair
        case route, routeElsewhere, rule, address, defaultRoute, gatewayMAC, resultMAC, resultInterface, resultAddress

        var words: [String] {
            switch self {
            case .nodeLinkDown: ["on the node is down", "route 10.0.32.11/32", "is missing on the node"]
            case .nodeMTU: ["on the node has MTU 1400 instead of 9001"]
            case .alias: ["on the node has alias \"mine\" instead of \"berth:sandbox-web/eth0/berth/default/web\""]
            case .podLinkDown: ["link eth0 in the pod is down", "route default via 169.254.1.1 dev eth0 is missing in the pod"]
            case .podMTU: ["link eth0 in the pod has MTU 1300 instead of 9001"]
            case .nodeLinkGone: ["is missing on the node", "link eth0 is missing in the pod", "address 10.0.32.11/32 dev eth0 is missing"]
            case .otherPair: ["are not one pair: their other ends have the indices"]
            case .route: ["route 10.0.32.11/32 dev eni", "is missing on the node"]
            case .routeElsewhere: ["is missing on the node; in its place is route 10.0.32.11/32 dev other0"]
            case .rule: ["rule priority 512 to 10.0.32.11/32 lookup main is missing on the node"]
            case .address: ["address 10.0.32.11/32 dev eth0 is missing in the pod; in its place is address 10.0.32.99/32"]
            case .defaultRoute: ["route default via 169.254.1.1 dev eth0 is missing in the pod"]
            case .gatewayMAC: ["is missing in the pod; in its place is neighbour 169.254.1.1 lladdr 02:00:00:00:00:09"]
            case .resultMAC: ["the result of the ADD gives eth0 the address 02:00:00:00:00:09 instead of"]
            case .resultInterface: ["the result of the ADD names no interface eth0 in the pod"]
            case .resultAddress: ["address 10.0.32.11 is held, and the result", "names address 10.0.32.98, which is not held"]
            }
        }
    }

    @Test(arguments: Damage.allCases) func checkNamesTheDamageAndNothingElseIsWrongBefore(_ damage: Damage) throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod).answered)
        #expect(try node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered == .silent)
        try inflict(damage, on: pod, of: node)
        let result = try change(added.text, by: damage)
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: result)).answered)
        #expect(check.code == 113)
        for words in damage.words { #expect(check.message.contains(words), "\(check.message)") }
    }

    @Test func allThatIsWrongIsInOneAnswer() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod).answered)
        for damage in [Damage.nodeMTU, .rule, .gatewayMAC] { try inflict(damage, on: pod, of: node) }
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered)
        #expect(check.message.contains("in 3 things"), "\(check.message)")
    }

    @Test func aPodThatWasTakenOverIsWholeWithTheMACAddressesThatTheIncumbentDrew() throws {
        let node = TestNode()
        let pod = TestPod("nginx", on: node)
        try wireAsTheIncumbent(pod, on: node)
        let file =
            #"{"version":"vpc-cni-ipam/1","allocations":[{"networkName":"berth","containerID":"sandbox-nginx","ifName":"eth0","ipv4":"10.0.32.11","allocationTimestamp":1700000000000000000,"metadata":{"k8sPodNamespace":"default","k8sPodName":"nginx"}}]}"#
        #expect(try node.node.takeOver(try Checkpoint(json: Array(file.utf8)), vethPrefix: "eni") == 1)
        let result =
            #"{"cniVersion":"1.1.0","interfaces":[{"name":"enic440f455693"},{"name":"eth0","sandbox":"/n","mac":"254"},{"name":"dummyc440f455693","sandbox":"0","mac":"0"}],"ips":[{"address":"10.0.32.11/32","interface":1}]}"#
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: result)).answered)
        #expect(check == .silent, "\(check.text)")
    }

    // MARK: - Damage

    private func inflict(_ damage: Damage, on pod: TestPod, of node: TestNode) throws {
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let sandbox = try node.kernel.kernel(for: pod.namespace).openHost()
        let near = try #require(try host.links().first { $0.alias.hasPrefix("berth:") })
        let (onTheNode, inThePod) = try changes(damage, near, host, sandbox)
        let descriptors = try node.kernel.openDescriptors(of: node.kernel.createNamespace(named: "elsewhere"))
        defer { node.kernel.close(descriptors) }
        #expect(try host.perform(onTheNode, sandboxNetns: descriptors.netns).allSatisfy { $0 == nil })
        #expect(try sandbox.perform(inThePod, sandboxNetns: descriptors.netns).allSatisfy { $0 == nil })
    }

    private func changes(
        _ damage: Damage, _ near: LinkState, _ host: any KernelNamespace, _ sandbox: any KernelNamespace
    ) throws -> (host: [KernelChange], sandbox: [KernelChange]) {
        let veth = VethPair(name: near.name, mac: near.mac, peerName: Self.eth0, peerMAC: near.mac, mtuBytes: 9001, alias: near.alias)
        let route = try #require(try host.routes().first { $0.device == near.name })
        let gateway = Neighbour(device: Self.eth0, address: .v4(PodNetworkPlan.gateway), mac: MACAddress(bits: 0x0200_0000_0009))
        func address(_ last: UInt8) -> KernelObject {
            .address(InterfaceAddress(device: Self.eth0, address: .v4(IPv4Address(10, 0, 32, last)), prefixLength: 32))
        }
        switch damage {
        case .nodeLinkDown: return ([.setLink(near.name, LinkSettings(isUp: false))], [])
        case .nodeMTU: return ([.setLink(near.name, LinkSettings(mtuBytes: 1400))], [])
        case .alias: return ([.setLink(near.name, LinkSettings(alias: "mine"))], [])
        case .podLinkDown: return ([], [.setLink(Self.eth0, LinkSettings(isUp: false))])
        case .podMTU: return ([], [.setLink(Self.eth0, LinkSettings(mtuBytes: 1300))])
        case .nodeLinkGone: return ([.delete(.veth(veth))], [])
        case .otherPair:
            let other = VethPair(
                name: LinkName(literal: "eth0"), mac: near.mac, peerName: LinkName(literal: "other0"), peerMAC: near.mac, mtuBytes: 9001)
            return ([.delete(.veth(veth)), .create(.veth(veth))], [.create(.veth(other))])
        case .route: return ([.delete(.route(route))], [])
        case .routeElsewhere:
            let other = VethPair(
                name: LinkName(literal: "other0"), mac: near.mac, peerName: LinkName(literal: "x"), peerMAC: near.mac, mtuBytes: 9001)
            var moved = route
            moved.device = other.name
            return ([.create(.veth(other)), .replace(.route(moved))], [])
        case .rule: return (try host.rules().filter { $0.origin == .berth }.map { .delete(.rule($0)) }, [])
        case .address: return ([], [.delete(address(11)), .create(address(99))])
        case .defaultRoute: return ([], [.delete(.route(try #require(try sandbox.routes().first { $0.destination == .everyIPv4 })))])
        case .gatewayMAC: return ([], [.replace(.neighbour(gateway))])
        case .resultMAC, .resultInterface, .resultAddress: return ([], [])
        }
    }

    private func change(_ result: String, by damage: Damage) throws -> String {
        switch damage {
        case .resultMAC: result.replacing(MACAddress.derived(from: "pod berth/sandbox-web/eth0").description, with: "02:00:00:00:00:09")
        case .resultInterface: result.replacing(#""name":"eth0""#, with: #""name":"net1""#)
        case .resultAddress: result.replacing("10.0.32.11/32", with: "10.0.32.98/32")
        default: result
        }
    }

    private func wireAsTheIncumbent(_ pod: TestPod, on node: TestNode) throws {
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let descriptors = try node.kernel.openDescriptors(of: pod.namespace)
        defer { node.kernel.close(descriptors) }
        let veth = VethPair(
            name: LinkName(literal: "enic440f455693"), mac: .derived(from: "drawn"), peerName: Self.eth0, peerMAC: .derived(from: "too"),
            mtuBytes: 9001)
        let plan = PodNetworkPlan(address: SmallEC2.address(0), table: .main, veth: veth)
        func byTheIncumbent(_ object: KernelObject) -> KernelObject {
            switch object {
            case .route(var route):
                route.origin = .boot
                return .route(route)
            case .rule(var rule):
                rule.origin = Origin(number: 0)
                return .rule(rule)
            default: return object
            }
        }
        try host.ensure(plan.host.map(byTheIncumbent), sandboxNetns: descriptors.netns)
        let sandbox = try node.kernel.kernel(for: pod.namespace).openHost()
        _ = try sandbox.perform([.setLink(Self.eth0, LinkSettings(isUp: true))], sandboxNetns: nil)
        try sandbox.ensure(plan.sandbox.map(byTheIncumbent))
    }
}
