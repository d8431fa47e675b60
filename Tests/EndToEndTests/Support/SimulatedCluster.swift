import Foundation
import NetlinkAdapter
import Synchronization

/// Nodes in one simulated VPC, each a namespace of this machine with a daemon; everything is removed at the end.
final class SimulatedCluster {
    let folder: String
    let nodes: [SimulatedNodeProcess]
    let fabric: NetworkNamespace
    private static let made = Atomic(0)

    /// One node as the scenario describes it.
    struct Description {
        var name = "node-a"
        var instanceType = "t3.small"
        var subnet = "subnet-0a"
        var settings: [String: Int] = [:]
        /// Settings that are no numbers.
        var texts: [String: String] = [:]
        /// Free IPv4 addresses that the node has once it serves pods.
        var freeAtStart = 1
        /// Further arguments of its daemon.
        var options: [String] = []

        fileprivate var yaml: String {
            let values = settings.mapValues { "\($0)" }.merging(texts.mapValues { "\"\($0)\"" }) { $1 }
            let settings = values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            return "  - {name: \(name), instanceType: \(instanceType), subnet: \(subnet), settings: {\(settings)}}"
        }
    }

    private init(_ descriptions: [Description], _ further: String) throws {
        let tag = "berth-e2e-\(getpid())-\(Self.made.wrappingAdd(1, ordering: .relaxed).newValue)"
        folder = "/tmp/\(tag)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        fabric = try NetworkNamespace.create(named: "\(tag)-fabric")
        let folder = folder
        nodes = try descriptions.map { description in
            let namespace = try NetworkNamespace.create(named: "\(tag)-\(description.name)")
            return SimulatedNodeProcess(description.name, namespace: namespace, folder: folder)
        }
        try (Self.scenario(fabric: "\(tag)-fabric", nodes: descriptions.map(\.yaml)) + further)
            .write(toFile: "\(folder)/scenario.yaml", atomically: true, encoding: .utf8)
    }

    static func scenario(fabric: String, nodes: [String]) -> String {
        """
        seed: 11
        fabric: \(fabric)
        subnets:
          - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/20, ipv6Cidr: "2600:1f13:a2b:4c01::/64"}
          - {id: subnet-0b, zone: eu-central-1b, cidr: 10.0.48.0/20, ipv6Cidr: "2600:1f13:a2b:4c02::/64"}
          - {id: subnet-1a, zone: eu-central-1a, cidr: 10.0.64.0/20}
        nodes:
        \(nodes.joined(separator: "\n"))

        """
    }

    /// Runs the body with nodes that serve pods, and removes everything whatever comes of it.
    ///
    /// - Parameter further: More of the scenario, such as `eniConfigs:`.
    static func run(_ descriptions: [Description], further: String = "", _ body: (SimulatedCluster) throws -> Void) throws {
        let cluster = try SimulatedCluster(descriptions, further)
        defer { cluster.remove() }
        try cluster.start(descriptions)
        try body(cluster)
    }

    /// The same with daemons that the body starts, and a body that waits.
    static func runUnstarted(
        _ descriptions: [Description], further: String = "", _ body: (SimulatedCluster) async throws -> Void
    ) async throws {
        let cluster = try SimulatedCluster(descriptions, further)
        defer { cluster.remove() }
        try await body(cluster)
    }

    /// The same with a body that waits.
    static func run(_ descriptions: [Description], _ body: (SimulatedCluster) async throws -> Void) async throws {
        let cluster = try SimulatedCluster(descriptions, "")
        defer { cluster.remove() }
        try cluster.start(descriptions)
        try await body(cluster)
    }

    /// The same with one node.
    static func runOne(
        _ instanceType: String = "t3.small", settings: [String: Int] = ["IP_COOLDOWN_PERIOD": 0],
        _ body: (SimulatedNodeProcess) throws -> Void
    ) throws {
        try run([Description(instanceType: instanceType, settings: settings)]) { try body($0.nodes[0]) }
    }

    private func start(_ descriptions: [Description]) throws {
        for (node, description) in zip(nodes, descriptions) {
            try node.start(awaiting: description.freeAtStart, options: description.options)
        }
    }

    private func remove() {
        for node in nodes {
            node.kill()
            node.sandboxes = []
            try? node.namespace.remove()
        }
        try? fabric.remove()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
