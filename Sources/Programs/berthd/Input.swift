import Addressing
import Foundation
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import NodeRuntime

/// What the daemon was told, read once and checked as a whole.
struct Input {
    let scenario: Scenario
    let node: Scenario.Node
    let type: InstanceType
    let settings: NodeSettings

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
        guard faults.isEmpty, let scenario, let node = scenario.nodes.first(where: { $0.name == name }),
            let type = InstanceType.named(node.instanceType)
        else { throw ConfigurationFaults(faults) }
        self.scenario = scenario
        self.node = node
        self.type = type
        settings = NodeSettings(
            engine: EngineConfiguration(node.variables, type: type, subnet: node.subnet, node: name, seed: scenario.seed),
            eniMTUBytes: node.variables.eniMTUBytes, addBudget: node.variables.addBudget, garbageAgeMin: node.variables.garbageAgeMin)
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
