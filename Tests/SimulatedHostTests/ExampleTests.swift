import Addressing
import Foundation
import NodeConfiguration
import NodePorts
import NodePortsTesting
import SimulatedHost
import Testing

/// The example scenarios, on the kernel in memory.
@Suite(.timeLimit(.minutes(1))) struct ExampleTests {
    private let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Examples")

    @Test(arguments: ["two-nodes.yaml", "modes.yaml"]) func everyNodeOfAnExampleStartsAndReachesTheFirst(file: String) async throws {
        let scenario = try Scenario(yaml: String(contentsOf: examples.appending(path: file), encoding: .utf8), file: file)
        let folder = FileManager.default.temporaryDirectory.appending(path: "berth-example-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let kernel = InMemoryKernel(hostName: "machine")
        let fabric = kernel.createNamespace(named: scenario.fabric)
        var first: IPv4Address?
        for node in scenario.nodes {
            let namespace = kernel.createNamespace(named: node.name)
            let host = SimulatedHost(
                node: kernel.kernel(for: namespace), nodeNetns: try kernel.openDescriptors(of: namespace).netns,
                fabric: kernel.kernel(for: fabric))
            let cloud = try SimulatedCloud(
                file: folder.appending(path: "vpc.json").path, subnets: scenario.subnets.map(SimulatedCloud.Subnet.init),
                seed: scenario.seed, instance: node.instance, type: node.type, subnet: node.subnet, host: host)
            let enis = try await cloud.ec2.describeENIs().enis
            #expect(enis.count == 1)
            let target = first ?? enis[0].primaryAddress
            first = target
            let trace = kernel.ping(from: namespace, to: .v4(target))
            #expect(trace.isAnswered, "\(node.name) to \(target): \(trace)")
            #expect(try await cloud.ec2.describeSubnets().map(\.tags) == scenario.subnets.sorted { $0.id < $1.id }.map(\.tags))
        }
    }
}

extension SimulatedCloud.Subnet {
    fileprivate init(_ subnet: Scenario.Subnet) {
        self.init(id: subnet.id, zone: subnet.zone, block: subnet.block, ipv6Block: subnet.ipv6Block, tags: subnet.tags)
    }
}
