public import Addressing
public import VPCModel

/// The cluster at one moment that it is to have room for.
public struct Situation: Hashable, Sendable {
    /// Nil for the cluster as it is when nothing happens, and as it is after all that did.
    public let event: PlanScenario.Event?
    /// What is printed for it.
    public let name: String
    public let nodes: Int
    /// Pods with an address of a node's ENIs or a branch ENI, those that are ending among them.
    public let pods: Int
    /// Addresses on ENIs that no pod has.
    public let warm: Int
    /// Pods for which no node has room, by workload.
    public let unplaced: [String: Int]
    public let demands: [SubnetID: AddressDemand]
    /// Calls that lead here from the cluster at rest.
    public let calls: EC2Calls
    /// The operation whose bucket holds up the others; nil when none does.
    public let throttledBy: EC2Operation?
    /// How long; nil when it never ends.
    public let throttledSeconds: Double?
    /// Until all has its addresses; nil when it never has.
    public let seconds: Double?
    /// During an outage of EC2: pods that would come and find no address, if none went meanwhile.
    public let blocked: Int

    init(
        _ event: PlanScenario.Event?, _ fleet: Fleet, from steady: Fleet?, _ placement: Placement, _ scenario: PlanScenario,
        name: String? = nil
    ) {
        self.event = event
        self.name = name ?? event?.name ?? "steady"
        nodes = fleet.nodes
        pods = fleet.bins.reduce(0) { $0 + $1.nodes * ($1.pods + $1.branches) }
        warm = fleet.bins.reduce(0) { $0 + $1.nodes * $1.draw.warm }
        unplaced = fleet.unplaced
        demands = placement.demands
        calls = steady.map { EC2Calls(from: $0, to: fleet) } ?? EC2Calls()
        let throttle = calls.throttle(in: scenario.cloud)
        (throttledBy, throttledSeconds) = (throttle.operation, throttle.seconds)
        let wait: Duration =
            calls.newENIs > 0 ? scenario.cloud.newENITime : calls.assigns + calls.ipv6Assigns > 0 ? scenario.cloud.assignTime : .zero
        seconds = throttle.seconds.map { $0 + wait / .seconds(1) }
        if case .outage(let duration) = event {
            let arrivals = scenario.workloads.filter { $0.network == .pod }.reduce(0) { $0 + $1.arrivalsPerSecond }
            blocked = max(0, Int((arrivals * (duration / .seconds(1))).rounded(.up)) - warm)
        } else {
            blocked = 0
        }
    }

    public var total: AddressDemand { demands.values.reduce(AddressDemand(), +) }
    public var unplacedPods: Int { unplaced.values.reduce(0, +) }
}

extension EC2Calls {
    /// What makes one fleet of the other: nodes of a kind in a zone are paired from the emptiest on, and those without a partner
    /// have just started.
    init(from before: Fleet, to after: Fleet) {
        struct Place: Hashable {
            var kind: NodeKind
            var zone: String
        }
        func sorted(_ fleet: Fleet) -> [Place: [Fleet.Bin]] {
            Dictionary(grouping: fleet.bins) { Place(kind: $0.kind, zone: $0.zone) }
                .mapValues { $0.sorted { ($0.pods + $0.cooling, $0.branches) < ($1.pods + $1.cooling, $1.branches) } }
        }
        let (old, new) = (sorted(before), sorted(after))
        var calls = EC2Calls()
        for (place, bins) in new {
            var partners = (old[place] ?? [])[...]
            for bin in bins {
                var left = bin.nodes
                while left > 0, var partner = partners.popFirst() {
                    let count = min(left, partner.nodes)
                    calls = calls + bin.draw.calls(from: partner.draw) * count
                    left -= count
                    partner.nodes -= count
                    if partner.nodes > 0 { partners = [partner] + partners }
                }
                calls = calls + bin.draw.calls(from: nil) * left
            }
        }
        self = calls
    }
}
