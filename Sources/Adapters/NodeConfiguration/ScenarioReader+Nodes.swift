import Addressing
import IPAMEngine
import InstanceTypes
import Yams

// The nodes, and whether the subnets serve them.
extension ScenarioReader {
    mutating func readNodes(_ node: Yams.Node?) -> [Scenario.Node] {
        let entries = yaml.list(node, "nodes")
        let nodes = entries.compactMap { self.node($0) }
        yaml.requireDistinct("name", of: entries, "node") { $0["name"]?.string }
        yaml.requireDistinct("instance", of: entries, "node") { $0["instance"]?.string ?? Self.instance(of: $0["name"]?.string ?? "") }
        return nodes
    }

    /// The instance of a node that names none.
    private static func instance(of node: String) -> String { "i-\(node)" }

    private mutating func node(_ node: Yams.Node) -> Scenario.Node? {
        let fields = yaml.fields(
            of: node, known: ["name", "instance", "instanceType", "subnet", "labels", "annotations", "settings"],
            required: ["name", "instanceType", "subnet"])
        let settings = yaml.settings(fields["settings"])
        let variables = NodeVariables(settings, defaults: defaults, faults: &yaml.faults)
        let (labels, annotations) = (yaml.texts(fields["labels"], "labels"), yaml.texts(fields["annotations"], "annotations"))
        guard let name = fields["name"].flatMap({ yaml.name($0, "name") }),
            let type = fields["instanceType"].flatMap({
                yaml.text($0, "instanceType", expected: "an EC2 instance type such as m5.large") { InstanceType.named($0) }
            }),
            let subnet = fields["subnet"].flatMap({ knownSubnet($0, "subnet") })
        else { return nil }
        let instance =
            fields["instance"].flatMap { yaml.text($0, "instance", expected: "an identifier such as i-0a1b") { InstanceID($0) } }
            ?? InstanceID(unchecked: Self.instance(of: name))
        yaml.faults += variables.conflicts(on: type, places: settings.mapValues(\.place), elsewhere: yaml.place(of: node))
        var read = Scenario.Node(
            name: name, instance: instance, type: type, subnet: subnet, variables: variables,
            pools: pools.compactMapValues { nearby($0, to: subnet, needsIPv6: variables.families.hasIPv6) })
        if variables.placement.usesENIConfig {
            read.eniConfig = eniConfig(eniConfigName(labels: labels, annotations: annotations, variables: variables), for: read, node)
        }
        checkSubnets(of: read, node)
        return read
    }

    private mutating func eniConfig(_ name: String, for node: Scenario.Node, _ entry: Yams.Node) -> PoolSource? {
        guard let known = eniConfigs[name] else {
            let names = eniConfigs.keys.sorted().joined(separator: ", ")
            yaml.fault(
                entry, "there is no ENIConfig \"\(name)\" for \(node.name)",
                names.isEmpty ? "Describe it under eniConfigs" : "Describe it under eniConfigs, or name one of \(names)")
            return nil
        }
        // One that could not be read has had its fault.
        guard let source = known else { return nil }
        guard let near = nearby(source, to: node.subnet) else {
            yaml.fault(
                entry, "ENIConfig \"\(name)\" has no subnet in \(subnets[node.subnet]?.zone ?? ""), the zone of \(node.name)",
                "Add one that is, or name another ENIConfig")
            return nil
        }
        return near
    }

    /// The source with the subnets that are in the zone of another, since EC2 attaches no ENI across zones; nil without any.
    private func nearby(_ source: PoolSource, to subnet: SubnetID, needsIPv6: Bool = false) -> PoolSource? {
        guard case .these(let ids) = source.subnets else { return source }
        let near = ids.filter { id in
            subnets[id]?.zone == subnets[subnet]?.zone && (!needsIPv6 || subnets[id]?.ipv6Block != nil)
        }
        return near.isEmpty ? nil : PoolSource(.these(near), securityGroups: source.securityGroups)
    }

    private mutating func checkSubnets(of node: Scenario.Node, _ entry: Yams.Node) {
        let placement = node.variables.placement
        let serving: [SubnetID] =
            switch node.eniConfig?.subnets {
            case .these(let subnets)?: subnets
            case .discovered?: []
            case nil: placement.usesENIConfig ? [] : [node.subnet]
            }
        if node.variables.families.hasIPv6 {
            for subnet in serving where subnets[subnet]?.ipv6Block == nil {
                yaml.fault(
                    entry, "\(node.name) is to give pods IPv6 addresses, but \(subnet) has none",
                    "Give it an ipv6Cidr, or set ENABLE_IPv6 to false")
            }
        }
        if !placement.usesENIConfig, !placement.discoversSubnets, subnets[node.subnet]?.tags["kubernetes.io/role/cni"] == "0" {
            yaml.fault(
                entry, "\(node.name) has \(node.subnet) alone, and its tag kubernetes.io/role/cni=0 keeps pods out",
                "Set ENABLE_SUBNET_DISCOVERY to true, or take the tag away")
        }
    }
}
