public import Addressing
import IPAMEngine
import InstanceTypes
import Yams

/// A simulated VPC and the nodes in it, as a YAML file describes them.
///
/// ```yaml
/// seed: 7
/// fabric: berth-fabric
/// subnets:
///   - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24}
/// nodes:
///   - name: node-a
///     instanceType: t3.small
///     subnet: subnet-0a
///     settings: {WARM_IP_TARGET: 2}
/// ```
public struct Scenario: Hashable, Sendable {
    /// Decides every choice the simulated VPC makes.
    public var seed: UInt64
    /// The name of the network namespace that stands for the VPC.
    public var fabric: String
    public var subnets: [Subnet]
    public var nodes: [Node]

    public struct Subnet: Hashable, Sendable {
        public var id: SubnetID
        public var zone: String
        public var block: IPv4CIDR
    }

    public struct Node: Hashable, Sendable {
        public var name: String
        public var instance: InstanceID
        public var instanceType: String
        public var subnet: SubnetID
        public var variables: NodeVariables
    }

    /// The largest file that is read, in bytes.
    public static let bytesMax = 1 << 20

    /// Reads a scenario.
    ///
    /// - Parameters:
    ///   - file: The name that faults carry.
    ///   - defaults: What holds for variables that a node does not set.
    /// - Throws: ``ConfigurationFaults`` with every fault and its line.
    public init(yaml: String, file: String, defaults: NodeVariables = NodeVariables()) throws(ConfigurationFaults) {
        var reader = YAMLReader(file: file)
        guard yaml.utf8.count <= Self.bytesMax else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: file, problem: "the file has \(yaml.utf8.count) bytes", remedy: "A scenario has at most \(Self.bytesMax)")
            ])
        }
        let root = try reader.root(of: yaml)
        let fields = reader.fields(of: root, known: ["seed", "fabric", "subnets", "nodes"], required: ["subnets", "nodes"])
        seed = fields["seed"].flatMap { reader.whole($0, "seed") } ?? 1
        fabric = fields["fabric"].flatMap { reader.name($0, "fabric") } ?? "berth-fabric"
        let (subnetEntries, nodeEntries) = (reader.list(fields["subnets"], "subnets"), reader.list(fields["nodes"], "nodes"))
        subnets = subnetEntries.compactMap { Self.subnet($0, &reader) }
        let known = subnets
        nodes = nodeEntries.compactMap { Self.node($0, known, defaults, &reader) }
        reader.requireDistinct("id", of: subnetEntries, "subnet") { $0["id"]?.string }
        reader.requireDistinct("name", of: nodeEntries, "node") { $0["name"]?.string }
        reader.requireDistinct("instance", of: nodeEntries, "node") {
            $0["instance"]?.string ?? Self.instance(of: $0["name"]?.string ?? "")
        }
        checkOverlaps(&reader, fields["subnets"])
        guard reader.faults.isEmpty else { throw ConfigurationFaults(reader.faults) }
    }

    private static func subnet(_ node: Yams.Node, _ reader: inout YAMLReader) -> Subnet? {
        let fields = reader.fields(of: node, known: ["id", "zone", "cidr"], required: ["id", "zone", "cidr"])
        guard let id = fields["id"].flatMap({ reader.text($0, "id", expected: "an identifier such as subnet-0a1b") { SubnetID($0) } }),
            let zone = fields["zone"].flatMap({ reader.text($0, "zone", expected: "a zone such as eu-central-1a") { $0 } }),
            let block = fields["cidr"].flatMap({
                reader.text($0, "cidr", expected: "an IPv4 block of length 16 to 28 such as 10.0.32.0/24") {
                    IPv4CIDR($0).flatMap { (16...28).contains($0.prefixLength) ? $0 : nil }
                }
            })
        else { return nil }
        return Subnet(id: id, zone: zone, block: block)
    }

    private static func node(_ node: Yams.Node, _ subnets: [Subnet], _ defaults: NodeVariables, _ reader: inout YAMLReader) -> Node? {
        let fields = reader.fields(
            of: node, known: ["name", "instance", "instanceType", "subnet", "settings"], required: ["name", "instanceType", "subnet"])
        let settings = reader.settings(fields["settings"])
        let variables = NodeVariables(settings, defaults: defaults, faults: &reader.faults)
        guard let name = fields["name"].flatMap({ reader.name($0, "name") }),
            let type = fields["instanceType"].flatMap({
                reader.text($0, "instanceType", expected: "an EC2 instance type such as m5.large") { InstanceType.named($0)?.name }
            }),
            let subnet = fields["subnet"].flatMap({
                reader.text($0, "subnet", expected: "the id of one of the subnets") { text in subnets.first { $0.id.rawValue == text }?.id }
            })
        else { return nil }
        let instance =
            fields["instance"].flatMap { reader.text($0, "instance", expected: "an identifier such as i-0a1b") { InstanceID($0) } }
            ?? InstanceID(unchecked: Self.instance(of: name))
        return Node(name: name, instance: instance, instanceType: type, subnet: subnet, variables: variables)
    }

    /// The instance of a node that names none.
    private static func instance(of node: String) -> String { "i-\(node)" }

    private func checkOverlaps(_ reader: inout YAMLReader, _ node: Yams.Node?) {
        for (index, subnet) in subnets.enumerated() {
            for other in subnets[..<index] where other.block.overlaps(subnet.block) {
                reader.fault(
                    node, "subnet \(subnet.id) with \(subnet.block) overlaps \(other.id) with \(other.block)", "Give it a block of its own")
            }
        }
    }
}
