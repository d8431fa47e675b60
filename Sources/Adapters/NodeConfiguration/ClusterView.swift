import Addressing
import IPAMEngine

/// What the cluster says of a node: over its environment and its file.
///
/// A label or annotation `settings.berth.dev/WARM_IP_TARGET` sets that variable for the node; the annotation counts where both are there.
public struct ClusterView: Hashable, Sendable {
    /// The node's name, for faults.
    public var node: String
    public var labels: [String: String]
    public var annotations: [String: String]
    /// By name.
    public var eniConfigs: [String: ENIConfig]

    /// An ENIConfig as it is written, checked where it is used.
    public struct ENIConfig: Hashable, Sendable {
        public var subnet: String
        public var securityGroups: [String]

        public init(subnet: String, securityGroups: [String] = []) {
            self.subnet = subnet
            self.securityGroups = securityGroups
        }
    }

    /// What keys of labels and annotations that are settings begin with.
    public static let settingPrefix = "settings.berth.dev/"

    public init(
        node: String, labels: [String: String] = [:], annotations: [String: String] = [:], eniConfigs: [String: ENIConfig] = [:]
    ) {
        self.node = node
        self.labels = labels
        self.annotations = annotations
        self.eniConfigs = eniConfigs
    }

    /// The settings that the node's labels and annotations make, each with its place.
    var settings: [String: (value: String, place: String)] {
        var settings: [String: (value: String, place: String)] = [:]
        for (kind, entries) in [("label", labels), ("annotation", annotations)] {
            for (key, value) in entries where key.hasPrefix(Self.settingPrefix) {
                settings[String(key.dropFirst(Self.settingPrefix.count))] = (value, "node \(node), \(kind) \(key)")
            }
        }
        return settings
    }
}

extension NodeFile {
    /// The same node as the cluster wants it. Where the cluster says nothing, the file and the environment hold.
    ///
    /// - Throws: ``ConfigurationFaults`` with everything that is wrong with what the cluster says.
    public func under(_ view: ClusterView) throws(ConfigurationFaults) -> NodeFile {
        var faults: [ConfigurationFault] = []
        var file = self
        let settings = view.settings
        file.variables = NodeVariables(settings, defaults: variables, faults: &faults)
        file.places.merge(settings.mapValues(\.place)) { _, new in new }
        file.labels.merge(view.labels) { _, new in new }
        file.annotations.merge(view.annotations) { _, new in new }
        file.place = "node \(view.node)"
        if file.variables.placement.usesENIConfig {
            let name = file.eniConfigName
            if let eniConfig = view.eniConfigs[name] { file.eniConfigs[name] = PoolSource(eniConfig, named: name, &faults) }
        }
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
        return file
    }
}

extension PoolSource {
    fileprivate init?(_ written: ClusterView.ENIConfig, named name: String, _ faults: inout [ConfigurationFault]) {
        let before = faults.count
        let subnet = SubnetID(written.subnet)
        if subnet == nil {
            faults.append(
                ConfigurationFault(
                    place: "ENIConfig \(name)", problem: "spec.subnet is \"\(written.subnet)\"",
                    remedy: "Give the identifier of a subnet such as subnet-0a1b"))
        }
        let groups = written.securityGroups.map { (text: $0, group: SecurityGroupID($0)) }
        for (text, group) in groups where group == nil {
            faults.append(
                ConfigurationFault(
                    place: "ENIConfig \(name)", problem: "spec.securityGroups has \"\(text)\"",
                    remedy: "Give identifiers of security groups such as sg-0a1b"))
        }
        guard faults.count == before, let subnet else { return nil }
        self.init(subnet: subnet, securityGroups: groups.compactMap(\.group))
    }
}
