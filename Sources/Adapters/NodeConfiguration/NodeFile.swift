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
/// Labels and annotations stand in for those of the Kubernetes node, by which its ENIConfig is chosen; ``under(_:)`` puts the cluster's over
/// them.
public struct NodeFile: Hashable, Sendable {
    public internal(set) var variables: NodeVariables
    var labels: [String: String]
    var annotations: [String: String]
    var eniConfigs: [String: PoolSource]
    private let pools: [PoolName: PoolSource]
    /// Where settings were written, by name.
    var places: [String: String]
    /// Where the others are said to be.
    var place: String

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
                    place: "\(file):1", problem: "the file has \(yaml.utf8.count) bytes",
                    remedy: "A node's file has at most \(Self.bytesMax)")
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

    init(variables: NodeVariables, eniConfigs: [String: PoolSource], pools: [PoolName: PoolSource], place: String) {
        (self.variables, self.eniConfigs, self.pools, self.place) = (variables, eniConfigs, pools, place)
        (labels, annotations, places) = ([:], [:], [:])
    }

    /// The configuration of the node's engine.
    ///
    /// - Parameters:
    ///   - subnet: The primary ENI's.
    ///   - securityGroups: The primary ENI's.
    ///   - node: The node's name.
    ///   - hasTrunk: Whether a trunk ENI is attached; a place is kept for one where pods are to have branch ENIs.
    /// - Throws: ``ConfigurationFaults`` where the variables contradict each other or the type, or the ENIConfig is missing.
    public func engineConfiguration(
        type: InstanceType, subnet: SubnetID, securityGroups: [SecurityGroupID], node: String, seed: UInt64, hasTrunk: Bool = false
    ) throws(ConfigurationFaults) -> EngineConfiguration {
        var faults = variables.conflicts(on: type, places: places, elsewhere: place)
        let eniConfig = variables.placement.usesENIConfig ? chosenENIConfig(&faults) : nil
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
        var engine = EngineConfiguration(
            variables, type: type, subnet: subnet, securityGroups: securityGroups, eniConfig: eniConfig, pools: pools, node: node,
            seed: seed)
        let enis = engine.limits.enisByCard[0]
        if variables.cluster.givesBranchENIs, type.supportsTrunk != false, !hasTrunk, enis > 1 { engine.limits.enisByCard[0] = enis - 1 }
        return engine
    }

    /// The ENIConfig that decides where the node's ENIs are made.
    var eniConfigName: String { NodeConfiguration.eniConfigName(labels: labels, annotations: annotations, variables: variables) }

    /// Whether custom networking is on and nobody has told the node's ENIConfig, so that no pod can be served.
    public var lacksENIConfig: Bool { variables.placement.usesENIConfig && eniConfigs[eniConfigName] == nil }

    /// - Throws: ``ConfigurationFaults`` where it is lacking, with its name.
    public func requireENIConfig() throws(ConfigurationFaults) {
        var faults: [ConfigurationFault] = []
        if variables.placement.usesENIConfig { _ = chosenENIConfig(&faults) }
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
    }

    private func chosenENIConfig(_ faults: inout [ConfigurationFault]) -> PoolSource? {
        let name = eniConfigName
        if let eniConfig = eniConfigs[name] { return eniConfig }
        let names = eniConfigs.keys.sorted().joined(separator: ", ")
        faults.append(
            ConfigurationFault(
                place: place, problem: "there is no ENIConfig \"\(name)\" for the node",
                remedy: names.isEmpty
                    ? "Apply it to the cluster, or describe it under eniConfigs in the node's file"
                    : "Apply it to the cluster, describe it under eniConfigs, or name one of \(names)"))
        return nil
    }
}
