import Foundation
import Glibc
import IPAMEngine
import KubernetesNode
import NetlinkAdapter
import NodeConfiguration
import NodePorts
import PodNetwork
import SimulatedHost

/// A node of a simulation: what the scenario says of it, and the VPC that stands in for EC2.
struct SimulatedNode {
    /// What the scenario says of the node.
    let file: NodeFile
    private let scenario: Scenario
    private let node: Scenario.Node

    /// Reads the scenario and the environment.
    ///
    /// - Throws: ``ConfigurationFaults`` with everything that is wrong with either.
    init(scenario file: String, node name: String) throws(ConfigurationFaults) {
        var faults: [ConfigurationFault] = []
        let defaults = NodeVariables(environment: ProcessInfo.processInfo.environment, known: ["BERTH_SOCKET"], faults: &faults)
        let scenario = Self.scenario(file, defaults, &faults)
        if let scenario, !scenario.nodes.contains(where: { $0.name == name }) {
            faults.append(
                ConfigurationFault(
                    place: file, problem: "there is no node \"\(name)\"",
                    remedy: "Name one of \(scenario.nodes.map(\.name).joined(separator: ", "))"))
        }
        guard faults.isEmpty, let scenario, let node = scenario.nodes.first(where: { $0.name == name })
        else { throw ConfigurationFaults(faults) }
        self.scenario = scenario
        self.node = node
        self.file = scenario.nodeFile(of: node)
    }

    var name: String { node.name }

    /// The node by what the scenario and its cluster say of it.
    func input(_ file: NodeFile) throws(ConfigurationFaults) -> Input {
        Input(name: node.name, type: node.type, variables: file.variables, engine: try engine(file))
    }

    private func engine(_ file: NodeFile, hasTrunk: Bool = false) throws(ConfigurationFaults) -> EngineConfiguration {
        try file.engineConfiguration(
            type: node.type, subnet: node.subnet, securityGroups: [], node: node.name, seed: scenario.seed, hasTrunk: hasTrunk)
    }

    /// How the node is to work by another configuration than it began with.
    var direct: ClusterMember.Directing {
        { (file, hasTrunk) throws(ConfigurationFaults) in Directions(file.variables, engine: try engine(file, hasTrunk: hasTrunk)) }
    }

    private static func scenario(_ file: String, _ defaults: NodeVariables, _ faults: inout [ConfigurationFault]) -> Scenario? {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            faults.append(
                ConfigurationFault(place: file, problem: "the file cannot be read", remedy: "Give the path of a readable YAML file"))
            return nil
        }
        do throws(ConfigurationFaults) {
            return try Scenario(yaml: text, file: file, defaults: defaults)
        } catch {
            faults += error.faults
            return nil
        }
    }

    /// Starts the instance in the VPC, or finds it again.
    ///
    /// - Parameters:
    ///   - vpc: The file in which the VPC lives.
    ///   - kernel: That of the node, in which its ENIs' links appear.
    func launch(vpc: String, on kernel: NetlinkKernel) throws -> SimulatedCloud {
        let fabric = try fabric()
        if let slash = vpc.lastIndex(of: "/"), slash != vpc.startIndex {
            try FileManager.default.createDirectory(atPath: String(vpc[..<slash]), withIntermediateDirectories: true)
        }
        let ownNetns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
        guard ownNetns >= 0 else { throw KernelError("open /proc/self/ns/net", .badDescriptor) }
        let host = SimulatedHost(node: kernel, nodeNetns: ownNetns, fabric: fabric)
        return try SimulatedCloud(
            file: vpc, subnets: scenario.subnets.map(SimulatedCloud.Subnet.init), seed: scenario.seed, instance: node.instance,
            type: node.type, subnet: node.subnet, host: host)
    }

    /// The namespace that stands for the VPC. A daemon cannot make it: `ip netns exec` gives it mounts of its own, and what it
    /// bound there would end with it.
    private func fabric() throws -> NetlinkKernel {
        do throws(KernelError) {
            return try NetlinkKernel(NetworkNamespace(path: "\(NetworkNamespace.folder)/\(scenario.fabric)"))
        } catch {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "fabric", problem: "\(error)", remedy: "Make it before the first node: ip netns add \(scenario.fabric)")
            ])
        }
    }
}

extension SimulatedCloud.Subnet {
    fileprivate init(_ subnet: Scenario.Subnet) {
        self.init(id: subnet.id, zone: subnet.zone, block: subnet.block, ipv6Block: subnet.ipv6Block, tags: subnet.tags)
    }
}
