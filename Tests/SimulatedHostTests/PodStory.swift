import Addressing
import Foundation
import InstanceTypes
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost
import Testing

/// Two nodes of a simulated VPC with IPv6, on the kernel in memory, and pods that the daemon's own plans lay out.
final class PodStory {
    let kernel = InMemoryKernel(hostName: "machine")
    let fabric: InMemoryKernel.NamespaceID
    private(set) var nodes: [InMemoryKernel.NamespaceID] = []
    private(set) var clouds: [SimulatedCloud] = []
    private let folder = NSTemporaryDirectory() + "berth-pods-\(UUID())"

    static let subnets = zip(["10.0.32.0/24", "10.0.33.0/24"], ["2600:1f13:a2b:4c01::/64", "2600:1f13:a2b:4c02::/64"]).enumerated()
        .compactMap { index, blocks in
            IPv4CIDR(blocks.0).map {
                SimulatedCloud.Subnet(
                    id: SubnetID(unchecked: "subnet-0\(index)"), zone: "eu-central-1a", block: $0, ipv6Block: IPv6CIDR(blocks.1),
                    tags: ["kubernetes.io/role/cni": "\(index)"])
            }
        }

    init(type: String = "m5.large") throws {
        fabric = kernel.createNamespace(named: "fabric")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let type = try #require(InstanceType.named(type))
        for (index, subnet) in Self.subnets.enumerated() {
            let node = kernel.createNamespace(named: "node-\(index)")
            nodes.append(node)
            let host = SimulatedHost(
                node: kernel.kernel(for: node), nodeNetns: try kernel.openDescriptors(of: node).netns, fabric: kernel.kernel(for: fabric))
            clouds.append(
                try SimulatedCloud(
                    file: "\(folder)/vpc.json", subnets: Self.subnets, seed: 5, instance: InstanceID(unchecked: "i-0\(index)"), type: type,
                    subnet: subnet.id, host: host))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func open(_ namespace: InMemoryKernel.NamespaceID) throws -> any KernelNamespace { try kernel.kernel(for: namespace).openHost() }

    func primary(_ node: Int) async throws -> ENIDescription {
        try #require(try await clouds[node].ec2.describeENIs().enis.first { $0.attachment?.deviceIndex == 0 && $0.attachment?.card == 0 })
    }

    /// A further ENI that holds an address and a /80, set up as the daemon sets it up.
    func further(_ node: Int, card: Int = 0, deviceIndex: Int) async throws -> ENIDescription {
        let ec2 = clouds[node].ec2
        let request = ENIRequest(
            subnet: Self.subnets[node].id, securityGroups: [], clientToken: "\(node)-\(card)-\(deviceIndex)", content: .addresses(1),
            ipv6Prefixes: 1)
        let id = try await ec2.createENI(request).id
        _ = try await ec2.attachENI(id, card, deviceIndex)
        let eni = try #require(try await ec2.describeENIs().enis.first { $0.id == id })
        let device = SimulatedHost.nodeLink(card: card, deviceIndex: deviceIndex)
        let plan = ENINetworkPlan(
            device: device, card: card, deviceIndex: deviceIndex, primaryAddress: eni.primaryAddress, subnet: eni.subnetBlock,
            ipv6Subnet: eni.subnetIPv6Block, mtuBytes: 9001)
        let host = try open(nodes[node])
        #expect(try host.perform([.setLink(device, LinkSettings(isUp: true, mtuBytes: 9001))], sandboxNetns: nil) == [nil])
        try host.ensure(plan.objects)
        return eni
    }

    /// Makes a pod on an ENI of the node.
    func pod(_ name: String, on node: Int, _ eni: ENIDescription, _ addresses: [IPAddress]) throws -> InMemoryKernel.NamespaceID {
        let sandbox = kernel.createNamespace(named: name)
        let place = try #require(eni.attachment)
        let veth = VethPair(
            name: try #require(LinkName("eni\(name)")), mac: .derived(from: "host \(name)"), peerName: LinkName(literal: "eth0"),
            peerMAC: .derived(from: name), mtuBytes: 9001)
        let plan = PodNetworkPlan(addresses: addresses, table: .ofENI(card: place.card, deviceIndex: place.deviceIndex), veth: veth)
        try open(nodes[node]).ensure(plan.host, sandboxNetns: try kernel.openDescriptors(of: sandbox).netns)
        let inside = try open(sandbox)
        #expect(try inside.perform([.setLink(veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil) == [nil])
        try inside.ensure(plan.sandbox)
        return sandbox
    }

    func expectAnswer(from: InMemoryKernel.NamespaceID, to address: IPAddress) {
        let trace = kernel.ping(from: from, to: address)
        #expect(trace.isAnswered, "\(from.name) to \(address): \(trace)")
    }
}
