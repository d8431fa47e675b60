import Addressing
import InstanceTypes

/// What nodes of one type in one group draw, empty, as they are, and full.
public struct NodeKindOutcome: Hashable, Sendable {
    public let kind: NodeKind
    /// How many there are with the cluster at rest.
    public let nodes: Int
    /// Empty, as full as the fullest at rest, and as full as the kubelet lets it be.
    public let loads: [Load]
    /// What the goals ask a node to keep warm; nil without such a goal, or where no pods come.
    public let warmNeeded: WarmNeeded?

    public struct Load: Hashable, Sendable {
        public let name: Name
        /// Pods with an address of the node's ENIs.
        public let pods: Int
        public let draw: NodeDraw
        /// Nodes with that load for which the subnets of the group's zones have room when nobody else draws from them (formula 25).
        /// Without custom networking all of a node's ENIs are taken to lie in the subnet it is in.
        public let nodesThatFit: Int

        public enum Name: String, Hashable, Sendable {
            case idle, typical, full
        }
    }

    static func all(of scenario: PlanScenario, _ steady: Fleet, _ spaces: [SubnetID: SubnetSpace]) -> [NodeKindOutcome] {
        scenario.nodeGroups.flatMap { group in
            group.types.map { NodeKindOutcome(NodeKind($0.type, in: group, scenario.networking), of: group, scenario, steady, spaces) }
        }
    }

    private init(
        _ kind: NodeKind, of group: PlanScenario.NodeGroup, _ scenario: PlanScenario, _ steady: Fleet, _ spaces: [SubnetID: SubnetSpace]
    ) {
        self.kind = kind
        let bins = steady.bins.filter { $0.kind == kind }
        nodes = bins.reduce(0) { $0 + $1.nodes }
        let daemons = scenario.workloads.filter { workload in
            workload.size == .everyNode && (workload.nodeGroups.isEmpty || workload.nodeGroups.contains(group.name))
        }
        let hosts = NodeKind.systemPods + daemons.count { $0.network == .host }
        let full = max(0, min(kind.podsMax - hosts, kind.addressesMax))
        let loads: [(Load.Name, Int)] = [
            (.idle, min(full, daemons.count { $0.network == .pod })), (.typical, bins.map(\.pods).max() ?? 0), (.full, full),
        ]
        self.loads = loads.map { name, pods in
            let draw = kind.draw(pods: pods)
            return Load(name: name, pods: pods, draw: draw, nodesThatFit: Self.nodesThatFit(draw, group, scenario, spaces))
        }
        let typical = self.loads.first { $0.name == .typical }
        warmNeeded = typical.flatMap { WarmNeeded($0.draw, of: kind, scenario, steady) }
    }

    private static func nodesThatFit(
        _ draw: NodeDraw, _ group: PlanScenario.NodeGroup, _ scenario: PlanScenario, _ spaces: [SubnetID: SubnetSpace]
    ) -> Int {
        group.zones.reduce(0) { sum, zone in
            func count(_ demand: AddressDemand, _ purpose: PlanScenario.Subnet.Purpose) -> Int {
                scenario.subnets.filter { $0.zone == zone && $0.purpose == purpose }
                    .reduce(0) { $0 + (spaces[$1.id]?.count(of: demand) ?? 0) }
            }
            guard scenario.networking.isCustom, !draw.further.isEmpty else { return sum + count(draw.total, .nodes) }
            return sum + min(count(draw.primary, .nodes), count(draw.further.reduce(AddressDemand(), +), .pods))
        }
    }

    public subscript(name: Load.Name) -> Load? { loads.first { $0.name == name } }
}
