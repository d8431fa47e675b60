import Addressing
import IPAMEngine
import IncumbentState
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Testing

@Suite struct TakeOverTests {
    /// Two pods of the incumbent, of which one has no link any more.
    private static let file = """
        {"version":"vpc-cni-ipam/1","allocations":[\
        {"networkName":"aws-cni","containerID":"sandbox-nginx","ifName":"eth0","ipv4":"\(SmallEC2.address(0))",\
        "allocationTimestamp":1700000000000000000,"metadata":{"k8sPodNamespace":"default","k8sPodName":"nginx"}},\
        {"networkName":"aws-cni","containerID":"sandbox-ghost","ifName":"eth0","ipv4":"\(SmallEC2.address(1))",\
        "allocationTimestamp":1700000000000000000,"metadata":{"k8sPodNamespace":"default","k8sPodName":"ghost"}}]}
        """

    @Test func podsOfTheIncumbentThatHaveTheirLinkAreTakenOverAndCanBeDeleted() async throws {
        let node = TestNode()
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let before = try node.hostObjects()
        let link = LinkName(literal: "enic440f455693")
        let peer = node.kernel.createNamespace(named: "nginx")
        let descriptors = try node.kernel.openDescriptors(of: peer)
        let veth = VethPair(
            name: link, mac: .derived(from: "a random one"), peerName: LinkName(literal: "eth0"), peerMAC: .derived(from: "another"),
            mtuBytes: 9001, alias: "")
        let block = IPAddress.v4(SmallEC2.address(0)).hostCIDR
        // Rules of the incumbent's making, as its plugin asks for them: without a protocol.
        let rule = Rule(priority: PodNetworkPlan.toPodPriority, family: .v4, to: block, table: .main, origin: Origin(number: 0))
        let route = Route(to: block, device: link, scope: .link, origin: .boot)
        try host.ensure(
            [.veth(veth), .rule(rule)], sandboxNetns: descriptors.netns)
        _ = try host.perform([.setLink(link, LinkSettings(isUp: true)), .create(.route(route))], sandboxNetns: nil)

        let taken = try node.node.takeOver(try Checkpoint(json: Array(Self.file.utf8)), vethPrefix: "eni")
        #expect(taken == 1)
        node.node.recover()
        #expect(node.held == ["sandbox-nginx": SmallEC2.address(0)])
        // The next pod does not get its address.
        let late = TestPod("late", on: node)
        #expect(try node.call("ADD", late).answered?.address == SmallEC2.address(1))
        let delete = try node.call("DEL", TestPod("nginx", on: node), input: #"{"cniVersion":"1.1.0","name":"aws-cni","type":"berth-cni"}"#)
        #expect(delete.answered?.exitStatus == 0, "\(delete.answered?.text ?? "")")
        #expect(try node.call("DEL", late).answered?.exitStatus == 0)
        node.stop()
        #expect(try node.hostObjects() == before)
        #expect(node.held == [:])
    }

    @Test func aFileThatIsTakenOverTwiceChangesNothing() throws {
        let node = TestNode()
        let checkpoint = try Checkpoint(json: Array(Self.file.utf8))
        #expect(try node.node.takeOver(checkpoint, vethPrefix: "eni") == 0)
        #expect(try node.node.takeOver(checkpoint, vethPrefix: "eni") == 0)
    }

    @Test func theFileThatIsGivenBackNamesEveryPodThatIsWired() throws {
        let node = TestNode()
        for name in ["a", "b"] { try #require(node.call("ADD", TestPod(name, on: node)).answered?.exitStatus == 0) }
        node.clock.advance(by: .seconds(5))
        let checkpoint = try node.node.checkpoint(at: 1_700_000_005_000_000_000)
        #expect(checkpoint.allocations.map(\.address) == [.v4(SmallEC2.address(0)), .v4(SmallEC2.address(1))])
        #expect(checkpoint.allocations.map(\.podName) == ["a", "b"])
        #expect(checkpoint.allocations.allSatisfy { $0.allocationTimestamp == 1_700_000_000_000_000_000 })
        #expect(try Checkpoint(json: checkpoint.json) == checkpoint)
    }
}
