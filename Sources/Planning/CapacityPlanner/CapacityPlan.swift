public import Addressing

/// Whether a cluster fits its subnets, now and in each event it is to survive, by formulas alone.
///
/// Numbers of formulas are those of the planner's list in `Docs/Concepts/CapacityPlanning.md`.
public struct CapacityPlan: Hashable, Sendable {
    public let scenario: PlanScenario
    public let spaces: [SubnetID: SubnetSpace]
    /// The cluster at rest first, then each event in the scenario's order; at last, where addresses are given at random and there
    /// are events, ``afterPeaks``.
    public let situations: [Situation]
    /// The cluster at rest after all of its events, if no node ever gave an ENI or a prefix back: an upper figure (formula 22).
    public let afterPeaks: Situation
    public let nodeKinds: [NodeKindOutcome]
    /// In the scenario's order, of subnets with a history or with tenants that grow.
    public let forecasts: [Forecast]
    /// The gravest first; empty when there is nothing to say.
    public let findings: [Finding]

    /// - Parameters:
    ///   - history: What subnets had left, day by day.
    ///   - today: From when on tenants grow; without it subnets without a history have no forecast.
    public init(_ scenario: PlanScenario, history: [SubnetID: SubnetHistory] = [:], today: Day? = nil) {
        self.scenario = scenario
        let spaces = Dictionary(uniqueKeysWithValues: scenario.subnets.map { ($0.id, SubnetSpace($0)) })
        self.spaces = spaces
        let steady = Scheduling(scenario: scenario).fleet
        let rest = Situation(nil, steady, from: nil, Self.placement(scenario, steady, spaces), scenario)
        let fleets = scenario.events.map { ($0, Self.fleet($0, steady, scenario)) }
        let full = fleets.reduce(steady) { $0.keepingPools(of: $1.1) }
        afterPeaks = Situation(nil, full, from: nil, Self.placement(scenario, full, spaces), scenario, name: "after-peaks")
        let events = fleets.map { event, fleet in
            Situation(event, fleet, from: steady, Self.placement(scenario, fleet, spaces, in: event), scenario)
        }
        let retained = scenario.networking.allocation == .random && !events.isEmpty ? [afterPeaks] : []
        situations = [rest] + events + retained
        nodeKinds = NodeKindOutcome.all(of: scenario, steady, spaces)
        let goals = scenario.goals
        forecasts = scenario.subnets.compactMap { subnet in
            guard let space = spaces[subnet.id], let demand = rest.demands[subnet.id] else { return nil }
            let growth = GrowthForecast(subnet, space, demand, safety: goals.reserve(of: space))
            let seen = history[subnet.id]?.forecast(for: subnet.id, takesBlocks: demand.blocks > 0, safety: goals.reserve(of: space))
            return seen.map { growth?.widened($0) ?? $0 } ?? today.flatMap { growth?.forecast(from: $0) }
        }
        let ends = forecasts.compactMap { Finding.exhaustion($0, within: goals.horizonDays) }
        findings = ends + Finding.all(of: scenario, spaces, situations, nodeKinds)
    }

    public var fits: Bool { !findings.contains { $0.gravity == .fault } }

    /// The cluster when nothing happens.
    public var steady: Situation { situations[0] }

    /// The situation that leaves a subnet least, and what it takes of it.
    public func peak(of subnet: SubnetID) -> (situation: Situation, demand: AddressDemand) {
        let demands = situations.compactMap { situation in situation.demands[subnet].map { (situation, $0) } }
        return demands.dropFirst().reduce(demands.first ?? (steady, AddressDemand())) { $1.1.addresses > $0.1.addresses ? $1 : $0 }
    }

    private static func placement(
        _ scenario: PlanScenario, _ fleet: Fleet, _ spaces: [SubnetID: SubnetSpace], in event: PlanScenario.Event? = nil
    ) -> Placement {
        let lost: String? = if case .zoneLoss(let zone) = event { zone } else { nil }
        return Placement(
            scenario, fleet, subnets: scenario.subnets.filter { $0.zone != lost }, spaces: spaces,
            controlPlaneENIs: scenario.controlPlane.enis * (event == .clusterUpgrade ? 2 : 1))
    }

    /// The nodes that are there in an event, with the pods on them.
    private static func fleet(_ event: PlanScenario.Event, _ steady: Fleet, _ scenario: PlanScenario) -> Fleet {
        func adding(_ group: String, _ nodes: (PlanScenario.NodeGroup) -> Int) -> Fleet {
            var fleet = steady
            if let group = scenario.nodeGroups.first(where: { $0.name == group }) {
                fleet.add(nodes(group), of: group, scenario.networking)
            }
            return fleet
        }
        func count(_ group: PlanScenario.NodeGroup) -> Int {
            steady.bins.reduce(0) { $0 + ($1.kind.group == group.name ? $1.nodes : 0) }
        }
        return switch event {
        case .rollingUpdate(let workload): Scheduling(scenario: scenario, rolled: workload).fleet
        case .nodeUpgrade(let group): adding(group) { $0.surge.up(of: count($0)) }
        case .blueGreen(let group): adding(group, count)
        case .scaleOut(let group, let nodes): adding(group) { _ in nodes }
        case .consolidation(let group, let nodes): adding(group) { nodes.up(of: count($0)) }
        case .zoneLoss(let zone): Scheduling(scenario: scenario, lostZones: [zone]).fleet
        case .massRestart: Scheduling(scenario: scenario, isRestarted: true).fleet
        case .autoscalersAtMost: Scheduling(scenario: scenario, isScaledOut: true).fleet
        case .clusterUpgrade, .outage: steady
        }
    }
}
