import Foundation
import InstanceTypes
import NodeConfiguration
import NodeRuntime
import PodNetwork
import SimulatedHost

/// What the daemon was told, read once and checked as a whole.
struct Input {
    let scenario: Scenario
    let node: Scenario.Node
    let settings: NodeSettings

    var type: InstanceType { node.type }
    /// What the node will not do though it was told to; worth a line in the log.
    var warnings: [ConfigurationFault] { node.variables.warnings(on: node.type, place: node.name) }
    /// What the operator wants of the node's own network.
    var network: NodeNetworkPolicy { node.variables.nodeNetwork }
    var subnets: [SimulatedCloud.Subnet] { scenario.subnets.map(SimulatedCloud.Subnet.init) }

    /// Reads the scenario and the environment.
    ///
    /// - Throws: ``ConfigurationFaults`` with everything that is wrong with either.
    init(simulate file: String, node name: String) throws(ConfigurationFaults) {
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
        settings = NodeSettings(
            engine: scenario.engineConfiguration(for: node), eniMTUBytes: node.variables.eniMTUBytes,
            addBudget: node.variables.pods.addBudget, garbageAgeMin: node.variables.pods.garbageAgeMin,
            stickyNamespaces: node.variables.pods.stickyNamespaces, stickyHold: node.variables.pods.stickyHold,
            egress: node.variables.egress, allowsSeveralCards: node.variables.placement.usesEveryCard)
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
}

extension SimulatedCloud.Subnet {
    fileprivate init(_ subnet: Scenario.Subnet) {
        self.init(id: subnet.id, zone: subnet.zone, block: subnet.block, ipv6Block: subnet.ipv6Block, tags: subnet.tags)
    }
}
