import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

/// The same flows as on the real kernel: a pod on a secondary ENI, and a VPC that drops what comes with a source that is not the ENI's.
@Suite struct FirewallFlowTests {
    private let kernel = InMemoryKernel(hostName: "node")
    private let vpc: InMemoryKernel.NamespaceID
    private let pod: InMemoryKernel.NamespaceID
    private let node: any KernelNamespace

    private static let uplink = NodeUplink(
        link: LinkName(literal: "eth0"), address: IPv4Address(10, 0, 32, 5),
        vpcBlocks: [IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)])
    private static let outside = IPAddress.v4(IPv4Address(198, 51, 100, 7))
    private static let inside = IPAddress.v4(IPv4Address(10, 0, 99, 9))
    private static let nodeAddress = IPAddress.v4(IPv4Address(10, 0, 32, 5))
    private static let podAddress = IPAddress.v4(IPv4Address(10, 0, 32, 17))

    init() throws {
        vpc = kernel.createNamespace(named: "vpc")
        pod = kernel.createNamespace(named: "pod")
        node = try kernel.kernel(for: kernel.host).openHost()
        for index in 0...1 {
            try kernel.plug(
                InMemoryKernel.Port(kernel.host, try link("eth\(index)"), mac: .derived(from: "node \(index)")),
                InMemoryKernel.Port(vpc, try link("f\(index)"), mac: .derived(from: "vpc \(index)")))
        }
        try wireVPC()
        try wireNode()
    }

    @Test func whatLeavesTheVPCHasTheNodesAddressAndWhatStaysThePods() throws {
        try apply { _ in }
        try wirePod(Self.podAddress, table: .ofENI(deviceIndex: 1))
        for (target, source) in [(Self.outside, Self.nodeAddress), (Self.inside, Self.podAddress)] {
            let trace = kernel.ping(from: pod, to: target)
            #expect(trace.isAnswered && trace.sourceSeen == source, "\(trace)")
        }
    }

    @Test func anExcludedDestinationSeesThePodsAddress() throws {
        try apply { $0.untranslated = [IPv4CIDR(containing: IPv4Address(198, 51, 100, 0), prefixLength: 24)] }
        try wirePod(Self.podAddress, table: .ofENI(deviceIndex: 1))
        let trace = kernel.ping(from: pod, to: Self.outside)
        #expect(trace.isAnswered && trace.sourceSeen == Self.podAddress, "\(trace)")
    }

    @Test func withoutTheMarkWhatIsTranslatedLeavesByTheWrongENIAndIsDropped() throws {
        try apply { _ in }
        try wirePod(Self.podAddress, table: .ofENI(deviceIndex: 1))
        _ = try node.remove(NodeNetworkPlan(NodeNetworkPolicy(), for: Self.uplink).rules.map(KernelObject.rule))
        #expect(!kernel.ping(from: pod, to: Self.outside).isAnswered)
    }

    @Test func aPodWithIPv6AloneReachesIPv4WithTheNodesAddressAndIsNotCalled() throws {
        try apply { $0.podFamilies = [.v6] }
        let egress = IPAddress.v4(IPv4Address(169, 254, 172, 7))
        try wirePod(egress, table: .main)
        let trace = kernel.ping(from: pod, to: Self.outside)
        #expect(trace.isAnswered && trace.sourceSeen == Self.nodeAddress, "\(trace)")
        try kernel.kernel(for: vpc).openHost().ensure([
            .route(Route(to: egress.hostCIDR, via: Self.nodeAddress, device: link("f0"), isOnLink: true))
        ])
        #expect(kernel.ping(from: vpc, to: egress).outcome == .requestLost(.rejected(egress), in: "node"))
    }

    private func apply(_ change: (inout NodeNetworkPolicy) -> Void) throws {
        var policy = NodeNetworkPolicy()
        change(&policy)
        let plan = NodeNetworkPlan(policy, for: Self.uplink)
        try node.ensure(plan.sysctls)
        try node.ensure(plan.rules.map(KernelObject.rule))
        _ = try kernel.firewall(for: kernel.host).apply(plan.firewall)
    }

    /// The VPC holds the addresses of those who are called, and takes from an ENI what has its addresses alone.
    private func wireVPC() throws {
        let namespace = try kernel.kernel(for: vpc).openHost()
        let up = try [LinkName.loopback, link("f0"), link("f1")].map { KernelChange.setLink($0, LinkSettings(isUp: true)) }
        let sysctls = ["ip_forward", "conf/all/rp_filter", "conf/all/proxy_arp"].map { KernelChange.setSysctl("ipv4/\($0)", "1") }
        #expect(try namespace.perform(up + sysctls, sandboxNetns: nil).allSatisfy { $0 == nil })
        let held = [Self.outside, Self.inside, .v4(IPv4Address(10, 0, 32, 1))]
        try namespace.ensure(held.map { .address(InterfaceAddress(device: .loopback, address: $0, prefixLength: 32)) })
        try namespace.ensure([
            .route(Route(to: Self.nodeAddress.hostCIDR, device: link("f0"), scope: .link)),
            .route(Route(to: .v4(IPv4CIDR(host: IPv4Address(10, 0, 32, 9))), device: link("f1"), scope: .link)),
            .route(Route(to: Self.podAddress.hostCIDR, via: .v4(IPv4Address(10, 0, 32, 9)), device: link("f1"), isOnLink: true)),
        ])
    }

    private func wireNode() throws {
        let up = try [LinkName.loopback, link("eth0"), link("eth1")].map { KernelChange.setLink($0, LinkSettings(isUp: true)) }
        #expect(try node.perform(up, sandboxNetns: nil).allSatisfy { $0 == nil })
        let subnet = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20)
        try node.ensure([
            .address(InterfaceAddress(device: link("eth0"), address: Self.nodeAddress, prefixLength: 20)),
            .route(Route(to: .everyIPv4, via: .v4(subnet[1]), device: link("eth0"))),
        ])
        try node.ensure(
            ENINetworkPlan(
                device: link("eth1"), deviceIndex: 1, primaryAddress: IPv4Address(10, 0, 32, 9), subnet: subnet, mtuBytes: 9001
            ).objects)
    }

    private func wirePod(_ address: IPAddress, table: RouteTable) throws {
        let veth = VethPair(
            name: try link("eni4f2a9c1d0e7"), mac: .derived(from: "host"), peerName: try link("eth0"), peerMAC: .derived(from: "pod"),
            mtuBytes: 9001)
        let plan = PodNetworkPlan(addresses: [address], table: table, veth: veth)
        let descriptors = try kernel.openDescriptors(of: pod)
        defer { kernel.close(descriptors) }
        try node.ensure(plan.host, sandboxNetns: descriptors.netns)
        let sandbox = try kernel.kernel(for: pod).openHost()
        _ = try sandbox.perform([.setLink(veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
        try sandbox.ensure(plan.sandbox)
    }

    private func link(_ name: String) throws -> LinkName { try #require(LinkName(name)) }
}
