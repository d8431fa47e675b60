public import Addressing
public import IPAMEngine
public import InstanceTypes

/// What a node is told by its environment and by a file over it.
///
/// ```yaml
/// settings: {ENABLE_PREFIX_DELEGATION: true, WARM_IP_TARGET: 4}
/// labels: {k8s.amazonaws.com/eniConfig: zone-a}
/// eniConfigs:
///   zone-a: {subnet: subnet-0a, securityGroups: [sg-0a]}
/// ```
///
/// Labels and annotations stand in for those of the Kubernetes node, by which its ENIConfig is chosen.
public struct NodeFile: Hashable, Sendable {
    public let variables: NodeVariables
    private let labels: [String: String]
    private let annotations: [String: String]
    private let eniConfigs: [String: PoolSource]
    private let pools: [PoolName: PoolSource]
    /// Where settings were written, by name.
    private let places: [String: String]
    private let place: String

    /// The largest file that is read, in bytes.
    public static let bytesMax = 1 << 20

    /// Reads the environment and, where there is one, a file over it.
    ///
    /// - Parameters:
    ///   - yaml: The file's text; nil for none.
    ///   - file: The name that faults carry.
    /// - Throws: ``ConfigurationFaults`` with everything that is wrong with either.
    public init(environment: [String: String], yaml: String?, file: String) throws(ConfigurationFaults) {
        var reader = YAMLReader(file: file)
        let defaults = NodeVariables(environment: environment, known: ["BERTH_SOCKET"], faults: &reader.faults)
        guard let yaml else {
            guard reader.faults.isEmpty else { throw ConfigurationFaults(reader.faults) }
            (variables, place, places, labels, annotations, eniConfigs, pools) = (defaults, "environment", [:], [:], [:], [:], [:])
            return
        }
        guard yaml.utf8.count <= Self.bytesMax else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: file, problem: "the file has \(yaml.utf8.count) bytes", remedy: "A node's file has at most \(Self.bytesMax)")
            ])
        }
        let fields = reader.fields(
            of: try reader.root(of: yaml), known: ["settings", "labels", "annotations", "eniConfigs", "pools"], required: [])
        let settings = reader.settings(fields["settings"])
        variables = NodeVariables(settings, defaults: defaults, faults: &reader.faults)
        (labels, annotations) = (reader.texts(fields["labels"], "labels"), reader.texts(fields["annotations"], "annotations"))
        let readSubnet = { (reader: inout YAMLReader, node: YAMLReader.Node) in
            reader.text(node, "subnet", expected: "the identifier of a subnet such as subnet-0a1b") { SubnetID($0) }
        }
        var (eniConfigs, pools) = ([String: PoolSource](), [PoolName: PoolSource]())
        for (name, node) in reader.entries(fields["eniConfigs"], "eniConfigs") { eniConfigs[name] = reader.source(node, readSubnet) }
        for (name, node) in reader.entries(fields["pools"], "pools") {
            if let pool = reader.poolName(name, node) { pools[pool] = reader.source(node, readSubnet) }
        }
        (self.eniConfigs, self.pools, place, places) = (eniConfigs, pools, file, settings.mapValues(\.place))
        guard reader.faults.isEmpty else { throw ConfigurationFaults(reader.faults) }
    }

    /// The configuration of the node's engine.
    ///
    /// - Parameters:
    ///   - subnet: The primary ENI's.
    ///   - securityGroups: The primary ENI's.
    ///   - node: The node's name.
    /// - Throws: ``ConfigurationFaults`` where the variables contradict each other or the type, or the ENIConfig is missing.
    public func engineConfiguration(
        type: InstanceType, subnet: SubnetID, securityGroups: [SecurityGroupID], node: String, seed: UInt64
    ) throws(ConfigurationFaults) -> EngineConfiguration {
        var faults = variables.conflicts(on: type, places: places, elsewhere: place)
        let eniConfig = variables.placement.usesENIConfig ? chosenENIConfig(&faults) : nil
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
        return EngineConfiguration(
            variables, type: type, subnet: subnet, securityGroups: securityGroups, eniConfig: eniConfig, pools: pools, node: node,
            seed: seed)
    }

    private func chosenENIConfig(_ faults: inout [ConfigurationFault]) -> PoolSource? {
        let name = eniConfigName(labels: labels, annotations: annotations, variables: variables)
        if let eniConfig = eniConfigs[name] { return eniConfig }
        let names = eniConfigs.keys.sorted().joined(separator: ", ")
        faults.append(
            ConfigurationFault(
                place: place, problem: "there is no ENIConfig \"\(name)\" for the node",
                remedy: names.isEmpty
                    ? "Describe it under eniConfigs in the node's file" : "Describe it under eniConfigs, or name one of \(names)"))
        return nil
    }
}
