public import Addressing
public import IPAMEngine
public import InstanceTypes

/// A simulated VPC and the nodes in it, as a YAML file describes them.
///
/// ```yaml
/// seed: 7
/// fabric: berth-fabric
/// subnets:
///   - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24, ipv6Cidr: "2600:1f13:a2b:4c01::/64"}
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
        /// A /64; nil for a subnet of IPv4 alone.
        public var ipv6Block: IPv6CIDR?
        public var tags: [String: String]
    }

    public struct Node: Hashable, Sendable {
        public var name: String
        public var instance: InstanceID
        public var type: InstanceType
        public var subnet: SubnetID
        public var variables: NodeVariables
        /// With the subnets in the node's zone; nil without custom networking.
        public var eniConfig: PoolSource?
        /// Those with subnets in the node's zone, and with IPv6 where its pods have it; with these subnets alone.
        public var pools: [PoolName: PoolSource]

        /// Such as `m5.large`.
        public var instanceType: String { type.name }
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
        guard yaml.utf8.count <= Self.bytesMax else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "\(file):1", problem: "the file has \(yaml.utf8.count) bytes", remedy: "A scenario has at most \(Self.bytesMax)")
            ])
        }
        var reader = ScenarioReader(file: file, defaults: defaults)
        self = try reader.scenario(yaml)
    }

    init(seed: UInt64, fabric: String, subnets: [Subnet], nodes: [Node]) {
        self.seed = seed
        self.fabric = fabric
        self.subnets = subnets
        self.nodes = nodes
    }

    /// A node as its own file would describe it: for a cluster that has more to say.
    public func nodeFile(of node: Node) -> NodeFile {
        NodeFile(variables: node.variables, eniConfigs: node.eniConfig.map { ["default": $0] } ?? [:], pools: node.pools, place: node.name)
    }

    /// The configuration of a node's engine.
    public func engineConfiguration(for node: Node) -> EngineConfiguration {
        EngineConfiguration(
            node.variables, type: node.type, subnet: node.subnet, eniConfig: node.eniConfig, pools: node.pools, node: node.name, seed: seed)
    }
}
