import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost
import Testing

/// The fabric of a simulated VPC, on the kernel in memory.
struct FabricTests {
    private let kernel = InMemoryKernel()
    private let fabric: InMemoryKernel.NamespaceID
    private let subnet = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 24)

    init() {
        fabric = kernel.createNamespace(named: "fabric")
    }

    @Test func primaryAddressesOfTwoNodesReachEachOther() throws {
        let (a, b) = (try node("a", 10), try node("b", 20))
        #expect(kernel.ping(from: a.namespace, to: .v4(b.eni.primaryAddress)).isAnswered)
        #expect(kernel.ping(from: b.namespace, to: .v4(a.eni.primaryAddress)).isAnswered)
    }

    @Test func gatewayOfTheSubnetAnswers() throws {
        let a = try node("a", 10)
        #expect(kernel.ping(from: a.namespace, to: .v4(subnet[1])).isAnswered)
    }

    @Test func addressNobodyHasIsNotAnswered() throws {
        let a = try node("a", 10)
        #expect(!kernel.ping(from: a.namespace, to: .v4(subnet[99])).isAnswered)
    }

    @Test func packetFromAnAddressTheENIDoesNotHaveIsDropped() throws {
        let (a, b) = (try node("a", 10), try node("b", 20))
        let other = IPv4Address(10, 0, 32, 77)
        try a.open().ensure([.address(InterfaceAddress(device: LinkName(literal: "eth0"), address: .v4(other), prefixLength: 32))])
        let trace = kernel.ping(from: a.namespace, to: .v4(b.eni.primaryAddress), source: .v4(other))
        #expect(!trace.isAnswered, "\(trace)")

        var owner = a.eni
        owner.secondaryAddresses = [other]
        try a.host.update(owner)
        #expect(kernel.ping(from: a.namespace, to: .v4(b.eni.primaryAddress), source: .v4(other)).isAnswered)
    }

    @Test func addressThatMovesIsDeliveredToItsNewOwner() throws {
        var (a, b) = (try node("a", 10), try node("b", 20))
        let c = try node("c", 30)
        let moving = IPv4Address(10, 0, 32, 77)
        a.eni.secondaryAddresses = [moving]
        try a.host.update(a.eni)
        a.eni.secondaryAddresses = []
        try a.host.update(a.eni)
        b.eni.secondaryAddresses = [moving]
        try b.host.update(b.eni)
        try b.open().ensure([.address(InterfaceAddress(device: LinkName(literal: "eth0"), address: .v4(moving), prefixLength: 32))])
        #expect(kernel.ping(from: c.namespace, to: .v4(moving)).isAnswered)
    }

    @Test func pluggingTwiceChangesNothing() throws {
        let a = try node("a", 10)
        let before = try kernel.kernel(for: fabric).openHost().routes()
        try a.host.plug(a.eni)
        try a.host.boot(a.eni)
        #expect(Set(try kernel.kernel(for: fabric).openHost().routes()) == Set(before))
        #expect(try a.open().links().count == 2)
    }

    @Test func unpluggedENILeavesNothing() throws {
        let a = try node("a", 10)
        try a.host.unplug(a.eni.id)
        try a.host.unplug(a.eni.id)
        #expect(try a.open().links().map(\.name) == [.loopback])
        #expect(try kernel.kernel(for: fabric).openHost().links().map(\.name) == [.loopback])
    }

    // MARK: - Nodes

    private struct TestNode {
        let namespace: InMemoryKernel.NamespaceID
        let host: SimulatedHost
        var eni: ENIDescription
        let kernel: InMemoryKernel

        func open() throws -> any KernelNamespace { try kernel.kernel(for: namespace).openHost() }
    }

    /// A node whose primary ENI has the given place in the subnet.
    private func node(_ name: String, _ place: Int) throws -> TestNode {
        let namespace = kernel.createNamespace(named: name)
        let host = SimulatedHost(
            node: kernel.kernel(for: namespace), nodeNetns: try kernel.openDescriptors(of: namespace).netns,
            fabric: kernel.kernel(for: fabric))
        let eni = ENIDescription(
            id: ENIID(unchecked: "eni-\(name)"), mac: .derived(from: name), subnet: SubnetID(unchecked: "subnet-0a"), subnetBlock: subnet,
            primaryAddress: subnet[place],
            attachment: ENIDescription.Attachment(id: ENIAttachmentID(unchecked: "eni-attach-\(name)"), deviceIndex: 0))
        try host.prepareFabric(subnets: [subnet])
        try host.boot(eni)
        return TestNode(namespace: namespace, host: host, eni: eni, kernel: kernel)
    }
}
