import Addressing
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Testing

/// Pods on branch ENIs, on a node whose trunk ends in a VPC that knows their VLANs.
@Suite struct BranchPodTests {
    private static let trunkMAC = MACAddress(bits: 0x0600_0000_0100)
    private static let mac = MACAddress(bits: 0x0600_0000_0007)
    private static let gateway = IPAddress.v4(IPv4Address(10, 0, 64, 1))
    private static let address = IPAddress.v4(IPv4Address(10, 0, 64, 17))

    private static let configuration = configuration(vlan: 7)

    /// What the runtime sends for a pod with the controller's annotation.
    private static func configuration(vlan: Int, extra: String = "") -> String {
        let annotation =
            #"[{\"eniId\":\"eni-0b1\",\"ifAddress\":\"06:00:00:00:00:07\",\"privateIp\":\"10.0.64.17\",\"ipv6Addr\":\"\",\"vlanId\":\#(vlan),\"subnetCidr\":\"10.0.64.0/20\"}]"#
        return #"""
            {"cniVersion":"1.1.0","name":"berth","type":"berth-cni",\#(extra)"runtimeConfig":{"io.kubernetes.cri.pod-annotations":\#
            {"vpc.amazonaws.com/pod-eni":"\#(annotation)"}}}
            """#
    }

    private func node(_ mode: BranchENI.EnforcingMode, after before: TestNode? = nil) throws -> TestNode {
        let node = TestNode(
            adjust: { $0.branchENIMode = mode }, branchENIs: .passedAnnotations(trunk: Self.trunkMAC), after: before)
        if before == nil { try plugTrunk(of: node) }
        return node
    }

    /// The trunk's cable, and at its other end the VLAN's link with the subnet's gateway.
    private func plugTrunk(of node: TestNode) throws {
        let kernel = node.kernel
        let vpc = kernel.createNamespace(named: "vpc")
        let port = LinkName(literal: "port")
        try kernel.plug(
            .init(kernel.host, LinkName(literal: "eth3"), mac: Self.trunkMAC), .init(vpc, port, mac: .derived(from: "port")))
        let (host, outside) = (try kernel.kernel(for: kernel.host).openHost(), try kernel.kernel(for: vpc).openHost())
        #expect(
            try host.perform(
                [.setLink(LinkName(literal: "eth3"), LinkSettings(isUp: true)), .setSysctl("ipv4/ip_forward", "1")], sandboxNetns: nil) == [
                    nil, nil,
                ])
        let vlan = VLANLink(name: LinkName(literal: "vpc.7"), parent: port, id: 7, mac: .derived(from: "gateway"), mtuBytes: 9001)
        let changes: [KernelChange] = [
            .setLink(port, LinkSettings(isUp: true)), .create(.vlan(vlan)),
            .create(.address(InterfaceAddress(device: vlan.name, address: Self.gateway, prefixLength: 20))),
            .create(.neighbour(Neighbour(device: vlan.name, address: Self.address, mac: Self.mac))),
        ]
        #expect(try outside.perform(changes, sandboxNetns: nil) == [nil, nil, nil, nil])
    }

    @Test(arguments: BranchENI.EnforcingMode.allCases)
    func aPodReachesItsSubnetOverItsVLANAndADELLeavesNothing(mode: BranchENI.EnforcingMode) throws {
        let node = try node(mode)
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects().filter { !$0.hasPrefix("rule") }, node.objects(of: pod.namespace))
        let added = try #require(node.call("ADD", pod, input: Self.configuration).answered)
        #expect(added.exitStatus == 0 && added.address == IPv4Address(10, 0, 64, 17), "\(added.text)")
        #expect(added.text.contains(#""gateway":"169.254.1.1""#) && added.text.contains("vlan.eth.7"), "\(added.text)")
        // The pool has no part in it.
        #expect(node.held == [:])
        let trace = node.kernel.ping(from: pod.namespace, to: Self.gateway)
        #expect(trace.isAnswered && "\(trace)".contains("dev vlan.eth.7 table 107"), "\(trace)")
        let check = Self.configuration(vlan: 7, extra: #""prevResult":\#(added.text),"#)
        #expect(try node.call("CHECK", pod, input: check).answered == .silent)
        #expect(try node.call("DEL", pod).answered == .silent)
        #expect(try node.call("DEL", pod).answered == .silent)
        node.stop()
        #expect(try node.hostObjects().filter { !$0.hasPrefix("rule") } == before.0)
        #expect(try !node.hostObjects().contains { $0.contains("lookup 107") })
        #expect(try node.objects(of: pod.namespace) == before.1)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func aStrictPodsPacketsLeaveTheNodeEvenWhenTheyAreForTheNode() throws {
        let node = try node(.strict)
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let nodeAddress = IPAddress.v4(IPv4Address(10, 0, 32, 10))
        let held = InterfaceAddress(device: .loopback, address: nodeAddress, prefixLength: 32)
        #expect(
            try host.perform([.setLink(.loopback, LinkSettings(isUp: true)), .create(.address(held))], sandboxNetns: nil) == [nil, nil])
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod, input: Self.configuration).answered?.exitStatus == 0)
        let trace = node.kernel.ping(from: pod.namespace, to: nodeAddress)
        #expect(trace.hops.contains { $0.step.contains("dev vlan.eth.7 table 107 by rule priority 10") }, "\(trace)")
        #expect(try host.rules().filter { $0.table == .local }.map(\.priority) == [20, 0, 20])
    }

    @Test func aStandardPodReachesItsNodeWithoutItsVLAN() throws {
        let node = try node(.standard)
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let nodeAddress = IPAddress.v4(IPv4Address(10, 0, 32, 10))
        let held = InterfaceAddress(device: .loopback, address: nodeAddress, prefixLength: 32)
        #expect(
            try host.perform([.setLink(.loopback, LinkSettings(isUp: true)), .create(.address(held))], sandboxNetns: nil) == [nil, nil])
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod, input: Self.configuration).answered?.exitStatus == 0)
        let trace = node.kernel.ping(from: pod.namespace, to: nodeAddress)
        #expect(trace.isAnswered && !"\(trace)".contains("vlan.eth.7"), "\(trace)")
    }

    @Test(arguments: BranchENI.EnforcingMode.allCases)
    func aRestartFindsThePodAndCanCheckAndDeleteIt(mode: BranchENI.EnforcingMode) throws {
        let first = try node(mode)
        let pod = TestPod("web", on: first)
        let added = try #require(first.call("ADD", pod, input: Self.configuration).answered)
        let objects = try first.hostObjects()
        let next = try node(mode, after: first)
        next.node.recover()
        #expect(try next.hostObjects() == objects && next.held == [:])
        let check = Self.configuration(vlan: 7, extra: #""prevResult":\#(added.text),"#)
        #expect(try next.call("CHECK", pod, input: check).answered == .silent)
        #expect(try next.call("DEL", pod).answered == .silent)
        next.stop()
        #expect(try !next.hostObjects().contains { $0.contains("vlan.eth.7") || $0.contains("lookup 107") })
    }

    @Test func aLaterPodWithTheNumberOfAnEarlierOneTakesItsLink() throws {
        let node = try node(.strict)
        let (first, second) = (TestPod("web", on: node), TestPod("api", on: node))
        try #require(node.call("ADD", first, input: Self.configuration).answered?.exitStatus == 0)
        let added = try #require(node.call("ADD", second, input: Self.configuration).answered)
        #expect(added.exitStatus == 0, "\(added.text)")
        let trace = node.kernel.ping(from: second.namespace, to: Self.gateway)
        #expect(trace.isAnswered, "\(trace)")
    }

    @Test(arguments: [(0, "VLAN 0 of eni-0b1"), (4000, "VLAN 4000 of eni-0b1")])
    func anAnnotationThatIsOfNoUseIsWaitedFor(vlan: Int, problem: String) throws {
        let node = try node(.strict)
        let answer = try #require(node.call("ADD", TestPod("web", on: node), input: Self.configuration(vlan: vlan)).answered)
        #expect(answer.code == 11 && answer.message.contains(problem), "\(answer.text)")
        #expect(node.held == [:])
    }

    @Test func aNodeWithoutATrunkSaysSo() throws {
        let node = TestNode(branchENIs: .passedAnnotations(trunk: Self.trunkMAC))
        let before = try node.hostObjects()
        let answer = try #require(node.call("ADD", TestPod("web", on: node), input: Self.configuration).answered)
        #expect(answer.exitStatus == 1 && answer.message.contains("trunk ENI 06:00:00:00:01:00"), "\(answer.text)")
        #expect(try node.hostObjects() == before)
    }

    @Test func aPodWithoutTheAnnotationGetsAnAddressOfThePool() throws {
        let node = try node(.strict)
        #expect(try node.call("ADD", TestPod("web", on: node)).answered?.address == SmallEC2.address(0))
    }

    @Test func garbageCollectionTakesPodsOnBranchENIsToo() throws {
        let node = try node(.strict)
        try #require(node.call("ADD", TestPod("web", on: node), input: Self.configuration).answered?.exitStatus == 0)
        node.clock.advance(by: .seconds(1))
        let list = #"{"cniVersion":"1.1.0","name":"berth","cni.dev/valid-attachments":[]}"#
        #expect(try node.call("GC", input: list).answered == .silent)
        node.stop()
        #expect(try !node.hostObjects().contains { $0.contains("vlan.eth.7") })
    }
}
