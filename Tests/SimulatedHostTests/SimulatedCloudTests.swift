import Addressing
import Foundation
import InstanceTypes
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost
import Testing

@Suite(.timeLimit(.minutes(1))) struct SimulatedCloudTests {
    /// A node on which a simulated instance runs, with the VPC in a folder of its own.
    private func withCloud(_ body: (Cloud, SimulatedCloud, _ restart: () throws -> SimulatedCloud) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "berth-cloud-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cloud = try Cloud()
        let type = try #require(InstanceType.named("t3.small"))
        let subnets = Cloud.subnets.enumerated().map {
            SimulatedCloud.Subnet(id: SubnetID(unchecked: "subnet-0\($0.offset)"), zone: "eu-central-1a", block: $0.element)
        }
        let start = {
            try SimulatedCloud(
                file: "\(folder)/vpc.json", subnets: subnets, seed: 5, instance: InstanceID(unchecked: "i-0a"), type: type,
                subnet: subnets[0].id, host: cloud.hosts[0])
        }
        try await body(cloud, try start(), start)
    }

    @Test func anInstanceBootsWithItsPrimaryENI() async throws {
        try await withCloud { cloud, instance, _ in
            let enis = try await instance.ec2.describeENIs().enis
            #expect(enis.count == 1 && enis[0].attachment?.deviceIndex == 0)
            let host = try cloud.namespace(cloud.nodes[0])
            #expect(try host.link(named: SimulatedHost.nodeLink(deviceIndex: 0))?.mac == enis[0].mac)
            #expect(cloud.ping(from: 0, to: Cloud.subnets[0][1]).isAnswered)
        }
    }

    @Test func whatEC2DoesHappensToLinksAndRoutes() async throws {
        try await withCloud { cloud, instance, _ in
            let primary = try #require(try await instance.ec2.describeENIs().enis.first)
            let addresses = try await instance.ec2.assignAddresses(primary.id, 2)
            #expect(addresses.count == 2)
            for address in addresses { #expect(try cloud.objects().contains { $0.hasPrefix("fabric: route \(address)/32 via") }) }
            try await instance.ec2.unassign(primary.id, [addresses[0]], [])
            #expect(try !cloud.objects().contains { $0.hasPrefix("fabric: route \(addresses[0])/32 ") })

            let before = try cloud.objects()
            let eni = try await instance.ec2.createENI(
                ENIRequest(subnet: primary.subnet, securityGroups: [], clientToken: "one", content: .addresses(1)))
            #expect(try cloud.objects() == before, "an ENI that is not attached is nowhere to be seen")
            _ = try await instance.ec2.attachENI(eni.id, 0, 1)
            #expect(try cloud.namespace(cloud.nodes[0]).link(named: SimulatedHost.nodeLink(deviceIndex: 1))?.mac == eni.mac)
            try await instance.ec2.detachENI(eni.id)
            #expect(try cloud.objects() == before)
            try await instance.ec2.deleteENI(eni.id)
            #expect(try await instance.ec2.describeENIs().enis.map(\.id) == [primary.id])
        }
    }

    @Test func anInstanceThatIsStartedAgainIsAsItWas() async throws {
        try await withCloud { cloud, instance, restart in
            let primary = try #require(try await instance.ec2.describeENIs().enis.first)
            _ = try await instance.ec2.assignAddresses(primary.id, 2)
            let (enis, objects) = (try await instance.ec2.describeENIs().enis, try cloud.objects())
            let again = try restart()
            #expect(try await again.ec2.describeENIs().enis == enis)
            #expect(try cloud.objects() == objects)
        }
    }
}
