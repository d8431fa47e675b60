import Addressing
public import CapacityPlanner
public import IPAMEngine
import InstanceTypes

extension PlanScenario {
    /// Pods of each node of a cluster that is there to be large.
    static let scaledPodsPerNode = 20
    /// How long each of them lives on average.
    static let scaledPodLife: Duration = .seconds(3600)
    /// How long a node is kept on average, as with spot instances and nodes that are rolled every few days.
    static let scaledNodeLife: Duration = .seconds(3 * 24 * 3600)

    /// A cluster of m5.xlarge in three zones, with subnets that hold it several times and quotas that are no obstacle: what is in its way
    /// are the account's token buckets, as AWS publishes them.
    ///
    /// - Parameter nodes: From 1 to ``scaledNodesMax``.
    public static func scaled(nodes: Int, addressing: EngineConfiguration.Addressing) -> PlanScenario {
        precondition((1...scaledNodesMax).contains(nodes), "a cluster of \(nodes) nodes is none of 1 to \(scaledNodesMax)")
        guard let type = InstanceType.named("m5.xlarge") else { preconditionFailure("the table has no m5.xlarge") }
        let zones = ["a", "b", "c"].map { "zone-\($0)" }
        // A node takes 45 addresses by the incumbent's default targets, and 64 with two prefixes to spare; twice that, and one more /16.
        let subnets = zones.count * (1 + nodes * 128 / zones.count / 65_536)
        return PlanScenario(
            subnets: (0..<subnets).map { number in
                Subnet(
                    id: SubnetID(unchecked: "subnet-\(number)"), zone: zones[number % zones.count],
                    block: IPv4CIDR(containing: IPv4Address(10, UInt8(number), 0, 0), prefixLength: 16))
            },
            networking: Networking(addressing: addressing),
            nodeGroups: [
                NodeGroup(
                    name: "general", types: [.init(type)], desired: nodes, most: nodes * 11 / 10 + 1, zones: zones,
                    lifetime: scaledNodeLife)
            ],
            workloads: [
                Workload(
                    name: "web", size: .pods(nodes * scaledPodsPerNode),
                    arrivalsPerSecond: Double(nodes * scaledPodsPerNode) / (scaledPodLife / .seconds(1)))
            ],
            cloud: Cloud(enisMax: nodes * 8 + 100, unitsMax: .max))
    }

    /// For more there are no subnets in 10.0.0.0/8.
    public static var scaledNodesMax: Int { 120_000 }
}
