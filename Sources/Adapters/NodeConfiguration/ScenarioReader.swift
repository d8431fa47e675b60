import Addressing
import IPAMEngine
import InstanceTypes
import Yams

/// Reads a scenario from the top down, as what comes later names what came before.
struct ScenarioReader {
    var yaml: YAMLReader
    let defaults: NodeVariables
    private(set) var subnets: [SubnetID: Scenario.Subnet] = [:]
    private(set) var eniConfigs: [String: PoolSource?] = [:]
    private(set) var pools: [PoolName: PoolSource] = [:]

    init(file: String, defaults: NodeVariables) {
        yaml = YAMLReader(file: file)
        self.defaults = defaults
    }

    mutating func scenario(_ text: String) throws(ConfigurationFaults) -> Scenario {
        let root = try yaml.root(of: text)
        let fields = yaml.fields(
            of: root, known: ["seed", "fabric", "subnets", "eniConfigs", "pools", "nodes"], required: ["subnets", "nodes"])
        let seed = fields["seed"].flatMap { yaml.whole($0, "seed") } ?? 1
        let fabric = fields["fabric"].flatMap { yaml.name($0, "fabric") } ?? "berth-fabric"
        let subnets = readSubnets(fields["subnets"])
        for (name, node) in yaml.entries(fields["eniConfigs"], "eniConfigs") { eniConfigs.updateValue(source(node), forKey: name) }
        for (name, node) in yaml.entries(fields["pools"], "pools") { readPool(name, node) }
        let nodes = readNodes(fields["nodes"])
        guard yaml.faults.isEmpty else { throw ConfigurationFaults(yaml.faults) }
        return Scenario(seed: seed, fabric: fabric, subnets: subnets, nodes: nodes)
    }

    // MARK: - Subnets and what is made of them

    private mutating func readSubnets(_ node: Yams.Node?) -> [Scenario.Subnet] {
        let entries = yaml.list(node, "subnets")
        let read = entries.compactMap { subnet($0) }
        yaml.requireDistinct("id", of: entries, "subnet") { $0["id"]?.string }
        for (index, subnet) in read.enumerated() {
            for other in read[..<index] { checkOverlap(of: subnet, with: other, node) }
        }
        subnets = Dictionary(read.map { ($0.id, $0) }) { first, _ in first }
        return read
    }

    private mutating func subnet(_ node: Yams.Node) -> Scenario.Subnet? {
        let fields = yaml.fields(of: node, known: ["id", "zone", "cidr", "ipv6Cidr", "tags"], required: ["id", "zone", "cidr"])
        let tags = yaml.texts(fields["tags"], "tags")
        checkTags(tags, fields["tags"])
        let ipv6Block = fields["ipv6Cidr"].flatMap {
            yaml.text($0, "ipv6Cidr", expected: "an IPv6 block of length 64 such as 2600:1f13:a2b:4c01::/64") {
                IPv6CIDR($0).flatMap { $0.prefixLength == 64 ? $0 : nil }
            }
        }
        guard let id = fields["id"].flatMap({ yaml.text($0, "id", expected: "an identifier such as subnet-0a1b") { SubnetID($0) } }),
            let zone = fields["zone"].flatMap({ yaml.text($0, "zone", expected: "a zone such as eu-central-1a") { $0 } }),
            let block = fields["cidr"].flatMap({
                yaml.text($0, "cidr", expected: "an IPv4 block of length 16 to 28 such as 10.0.32.0/24") {
                    IPv4CIDR($0).flatMap { (16...28).contains($0.prefixLength) ? $0 : nil }
                }
            })
        else { return nil }
        return Scenario.Subnet(id: id, zone: zone, block: block, ipv6Block: ipv6Block, tags: tags)
    }

    private mutating func checkOverlap(of subnet: Scenario.Subnet, with other: Scenario.Subnet, _ node: Yams.Node?) {
        if other.block.overlaps(subnet.block) {
            yaml.fault(
                node, "subnet \(subnet.id) with \(subnet.block) overlaps \(other.id) with \(other.block)", "Give it a block of its own")
        }
        if let block = subnet.ipv6Block, block == other.ipv6Block {
            yaml.fault(node, "subnets \(subnet.id) and \(other.id) both have \(block)", "Give each a block of its own")
        }
    }

    /// EC2's bounds (EC2 User Guide, "Tag your Amazon EC2 resources").
    private mutating func checkTags(_ tags: [String: String], _ node: Yams.Node?) {
        if tags.count > 50 { yaml.fault(node, "there are \(tags.count) tags", "EC2 takes at most 50") }
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            guard !isTag(key, value) else { continue }
            yaml.fault(
                node, "the tag \"\(key)\" is none that EC2 takes",
                "A key has 1 to 128 characters and does not begin with aws:, a value up to 256")
        }
    }

    private mutating func readPool(_ name: String, _ node: Yams.Node) {
        if let pool = yaml.poolName(name, node) { pools[pool] = source(node) }
    }

    private mutating func source(_ node: Yams.Node) -> PoolSource? {
        let subnets = subnets
        return yaml.source(node) { yaml, node in Self.knownSubnet(node, "subnet", among: subnets, &yaml) }
    }

    mutating func knownSubnet(_ node: Yams.Node, _ field: String) -> SubnetID? {
        Self.knownSubnet(node, field, among: subnets, &yaml)
    }

    private static func knownSubnet(
        _ node: Yams.Node, _ field: String, among subnets: [SubnetID: Scenario.Subnet], _ yaml: inout YAMLReader
    ) -> SubnetID? {
        yaml.text(node, field, expected: "the id of one of the subnets") { text in SubnetID(text).flatMap { subnets[$0]?.id } }
    }
}
