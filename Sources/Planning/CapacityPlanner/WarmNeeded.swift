import IPAMEngine

/// Addresses that a node is to keep warm, so that pods that come while EC2 takes its time find one (formula 28).
public struct WarmNeeded: Hashable, Sendable {
    /// The warm target that is needed.
    public let addresses: Int
    /// Pods that come to the node in that time, in the mean.
    public let mean: Double
    /// Pods that come to the node all at once.
    public let atOnce: Int
    /// How long EC2 takes to bring the next address: an assignment where an ENI has room, a further ENI otherwise.
    public let refillSeconds: Double

    /// Nil without a goal, or where no pods come.
    init?(_ draw: NodeDraw, of kind: NodeKind, _ scenario: PlanScenario, _ steady: Fleet) {
        let refill = (kind.hasRoom(draw) ? scenario.cloud.assignTime : scenario.cloud.newENITime) / .seconds(1)
        var (perSecond, atOnce) = (0.0, 0)
        for workload in scenario.workloads
        where workload.network == .pod && (workload.nodeGroups.isEmpty || workload.nodeGroups.contains(kind.group)) {
            let nodes = steady.bins.reduce(0) { $0 + (Fleet.suits($1, workload) ? $1.nodes : 0) }
            guard nodes > 0 else { continue }
            perSecond += workload.arrivalsPerSecond / Double(nodes)
            atOnce += workload.burst.map { ($0.pods + nodes - 1) / nodes } ?? 0
        }
        guard perSecond > 0 || atOnce > 0 else { return nil }
        var needed: [Int] = []
        if let chance = scenario.goals.missProbability {
            needed.append(AutoTarget.addresses(mean: perSecond * refill, missProbability: chance))
        }
        // Who comes later than that before EC2's answer waits no longer than is allowed.
        if let wait = scenario.goals.waitP99 {
            let beyond = max(0, refill - wait / .seconds(1))
            needed.append(beyond > 0 ? AutoTarget.addresses(mean: perSecond * beyond, missProbability: 0.01) : 0)
        }
        guard let most = needed.max() else { return nil }
        let isLate = scenario.goals.missProbability != nil || refill > (scenario.goals.waitP99 ?? .zero) / .seconds(1)
        (addresses, mean, self.atOnce, refillSeconds) = (most + (isLate ? atOnce : 0), perSecond * refill, atOnce, refill)
    }
}
