public import Addressing

/// Whether a cluster fits its subnets, now and in each event it is to survive, by formulas alone.
///
/// Numbers of formulas are those of the planner's list in `Docs/Concepts/CapacityPlanning.md`.
public struct CapacityPlan: Hashable, Sendable {
    public let scenario: PlanScenario
    public let spaces: [SubnetID: SubnetSpace]
    /// The cluster at rest first, then each event in the scenario's order.
    public let situations: [Situation]
    public let nodeKinds: [NodeKindOutcome]
    /// In the scenario's order, of subnets with a history.
    public let forecasts: [Forecast]
    /// The gravest first; empty when there is nothing to say.
    public let findings: [Finding]

    /// - Parameter history: What subnets had left, day by day; those without one have no forecast.
    public init(_ scenario: PlanScenario, history: [SubnetID: SubnetHistory] = [:]) {
        self.scenario = scenario
        let spaces = Dictionary(uniqueKeysWithValues: scenario.subnets.map { ($0.id, SubnetSpace($0)) })
        self.spaces = spaces
        let steady = Scheduling(scenario: scenario).fleet
        let rest = Situation(nil, steady, from: nil, Self.placement(scenario, steady, spaces), scenario)
        situations = [rest] + scenario.events.map { Self.situation($0, steady, scenario, spaces) }
        nodeKinds = NodeKindOutcome.all(of: scenario, steady, spaces)
        let goals = scenario.goals
        forecasts = scenario.subnets.compactMap { subnet in
            let safety = spaces[subnet.id].map { goals.reserve(of: $0) } ?? 0
            return history[subnet.id]?.forecast(for: subnet.id, takesBlocks: rest.demands[subnet.id]?.blocks ?? 0 > 0, safety: safety)
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
        _ scenario: PlanScenario, _ fleet: Fleet, _ spaces: [SubnetID: SubnetSpace], without zone: String? = nil, controlPlane: Int = 1
    ) -> Placement {
        Placement(
            scenario, fleet, subnets: scenario.subnets.filter { $0.zone != zone }, spaces: spaces,
            controlPlaneENIs: scenario.controlPlane.enis * controlPlane)
    }

    private static func situation(
        _ event: PlanScenario.Event, _ steady: Fleet, _ scenario: PlanScenario, _ spaces: [SubnetID: SubnetSpace]
    ) -> Situation {
        func adding(_ group: String, _ nodes: (PlanScenario.NodeGroup) -> Int) -> Situation {
            var fleet = steady
            if let group = scenario.nodeGroups.first(where: { $0.name == group }) {
                fleet.add(nodes(group), of: group, scenario.networking)
            }
            return Situation(event, fleet, from: steady, placement(scenario, fleet, spaces), scenario)
        }
        func count(_ group: PlanScenario.NodeGroup) -> Int {
            steady.bins.reduce(0) { $0 + ($1.kind.group == group.name ? $1.nodes : 0) }
        }
        switch event {
        case .rollingUpdate(let workload):
            let fleet = Scheduling(scenario: scenario, rolled: workload).fleet
            return Situation(event, fleet, from: steady, placement(scenario, fleet, spaces), scenario)
        case .nodeUpgrade(let group): return adding(group) { $0.surge.up(of: count($0)) }
        case .blueGreen(let group): return adding(group, count)
        case .scaleOut(let group, let nodes): return adding(group) { _ in nodes }
        case .zoneLoss(let zone):
            let fleet = Scheduling(scenario: scenario, lostZones: [zone]).fleet
            return Situation(event, fleet, from: steady, placement(scenario, fleet, spaces, without: zone), scenario)
        case .clusterUpgrade:
            return Situation(event, steady, from: steady, placement(scenario, steady, spaces, controlPlane: 2), scenario)
        case .outage: return Situation(event, steady, from: steady, placement(scenario, steady, spaces), scenario)
        }
    }
}
