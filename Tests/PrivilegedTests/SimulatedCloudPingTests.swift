import Addressing
import Foundation
import InstanceTypes
import NetlinkAdapter
import NodePorts
import PodNetwork
import SimulatedHost
import Testing

/// Two nodes of a simulated VPC with IPv6 on the real kernel, and pods that the daemon's own plans lay out.
@Suite(.enabled(if: Privileges.areHeld, Privileges.comment), .timeLimit(.minutes(2)))
struct SimulatedCloudPingTests {
    /// Whether pods have IPv4 beside IPv6, and the place of the first node's ENI.
    @Test(arguments: [(false, 0, 0), (true, 0, 0), (true, 0, 1), (true, 1, 0)])
    func noPingBetweenPodsOfTwoNodesIsLost(isDual: Bool, card: Int, deviceIndex: Int) async throws {
        let (fabric, sandboxes) = (try RealNamespace(), [try RealNamespace(), try RealNamespace()])
        let nodes = [try SimulatedNode(0, fabric), try SimulatedNode(1, fabric)]
        let folder = FileManager.default.temporaryDirectory.appending(path: fabric.name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        var addresses: [[IPAddress]] = []
        for (index, node) in nodes.enumerated() {
            let ec2 = try node.launch(vpc: folder.appending(path: "vpc.json").path)
            var eni = try #require(try await ec2.describeENIs().enis.first)
            if index == 0, (card, deviceIndex) != (0, 0) { eni = try await node.attach(card: card, deviceIndex: deviceIndex, ec2) }
            var held: [IPAddress] = []
            if isDual { held.append(.v4(try #require(try await ec2.assignAddresses(eni.id, 1).first))) }
            held.append(.v6(try await ec2.assignIPv6Prefix(eni.id)[7]))
            try node.wire(held, eni, sandboxes[index])
            addresses.append(held)
        }
        defer { withExtendedLifetime((nodes, sandboxes)) {} }
        for (from, to) in [(sandboxes[0], addresses[1]), (sandboxes[1], addresses[0]), (nodes[0].namespace, addresses[1])] {
            for address in to { try await expectNoLoss(from: from, to: address) }
        }
    }

    @Test func aPodWithAnAddressThatItsENIDoesNotHaveIsCutOff() async throws {
        let (fabric, sandboxes) = (try RealNamespace(), [try RealNamespace(), try RealNamespace()])
        let nodes = [try SimulatedNode(0, fabric), try SimulatedNode(1, fabric)]
        let folder = FileManager.default.temporaryDirectory.appending(path: fabric.name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clouds = try nodes.map { try $0.launch(vpc: folder.appending(path: "vpc.json").path) }
        let enis = [
            try #require(try await clouds[0].describeENIs().enis.first), try #require(try await clouds[1].describeENIs().enis.first),
        ]
        let far = try await clouds[1].assignIPv6Prefix(enis[1].id)[7]
        try nodes[1].wire([.v6(far)], enis[1], sandboxes[1])
        let block = try #require(SimulatedNode.subnets[0].ipv6Block)
        try nodes[0].wire([.v6(block[0x7777 << 48 | 1])], enis[0], sandboxes[0])
        try await expectNoLoss(from: nodes[0].namespace, to: .v6(far))
        #expect(try await answers(from: sandboxes[0], to: .v6(far), count: 3) == 0)
        withExtendedLifetime((nodes, sandboxes)) {}
    }

    /// The first may be lost: a link that was just set up sends when the kernel has noticed that its other end is up.
    private func expectNoLoss(from: RealNamespace, to address: IPAddress) async throws {
        #expect(try await answers(from: from, to: address, count: 2) > 0, "\(address)")
        #expect(try await answers(from: from, to: address, count: 50) == 50, "\(address)")
    }

    private func answers(from namespace: RealNamespace, to address: IPAddress, count: Int) async throws -> Int {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", namespace.name, "ping", "-n", "-c\(count)", "-i0.005", "-W1", "\(address)"]
        (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return output.split(separator: "\n").count { $0.contains("bytes from \(address)") }
    }
}

/// A node in a real namespace.
private struct SimulatedNode {
    let namespace: RealNamespace
    /// Kept, as it is gone with its last owner.
    private let fabric: RealNamespace
    private let index: Int
    private let host: SimulatedHost

    static let subnets = [(0, "10.0.32.0/24", "2600:1f13:a2b:4c01::/64"), (1, "10.0.33.0/24", "2600:1f13:a2b:4c02::/64")]
        .compactMap { index, ipv4, ipv6 in
            IPv4CIDR(ipv4).map {
                SimulatedCloud.Subnet(
                    id: SubnetID(unchecked: "subnet-0\(index)"), zone: "eu-central-1a", block: $0, ipv6Block: IPv6CIDR(ipv6))
            }
        }

    init(_ index: Int, _ fabric: RealNamespace) throws {
        self.index = index
        self.fabric = fabric
        namespace = try RealNamespace()
        func kernel(_ namespace: RealNamespace) throws -> NetlinkKernel {
            try NetlinkKernel(NetworkNamespace(path: "\(NetworkNamespace.folder)/\(namespace.name)"))
        }
        host = SimulatedHost(node: try kernel(namespace), nodeNetns: namespace.netns, fabric: try kernel(fabric))
    }

    func launch(vpc file: String) throws -> EC2Control {
        let type = try #require(InstanceType.named("p4d.24xlarge"))
        return try SimulatedCloud(
            file: file, subnets: Self.subnets, seed: 5, instance: InstanceID(unchecked: "i-0\(index)"), type: type,
            subnet: Self.subnets[index].id, host: host
        ).ec2
    }

    /// A further ENI, set up as the daemon sets it up.
    func attach(card: Int, deviceIndex: Int, _ ec2: EC2Control) async throws -> ENIDescription {
        let request = ENIRequest(subnet: Self.subnets[index].id, securityGroups: [], clientToken: "further", content: .addresses(1))
        let id = try await ec2.createENI(request).id
        _ = try await ec2.attachENI(id, card, deviceIndex)
        let eni = try #require(try await ec2.describeENIs().enis.first { $0.id == id })
        let device = SimulatedHost.nodeLink(card: card, deviceIndex: deviceIndex)
        let plan = ENINetworkPlan(
            device: device, card: card, deviceIndex: deviceIndex, primaryAddress: eni.primaryAddress, subnet: eni.subnetBlock,
            ipv6Subnet: eni.subnetIPv6Block, mtuBytes: 9001)
        let opened = try namespace.open()
        #expect(try opened.perform([.setLink(device, LinkSettings(isUp: true, mtuBytes: 9001))], sandboxNetns: nil) == [nil])
        try opened.ensure(plan.objects)
        return eni
    }

    /// Makes a pod on an ENI.
    func wire(_ addresses: [IPAddress], _ eni: ENIDescription, _ sandbox: RealNamespace) throws {
        let place = try #require(eni.attachment)
        let veth = VethPair(
            name: LinkName(literal: "eni1"), mac: .derived(from: "host \(sandbox.name)"), peerName: LinkName(literal: "eth0"),
            peerMAC: .derived(from: sandbox.name), mtuBytes: 9001)
        let plan = PodNetworkPlan(addresses: addresses, table: .ofENI(card: place.card, deviceIndex: place.deviceIndex), veth: veth)
        try namespace.open().ensure(plan.host, sandboxNetns: sandbox.netns)
        let inside = try sandbox.open()
        #expect(try inside.perform([.setLink(veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil) == [nil])
        try inside.ensure(plan.sandbox)
    }
}
