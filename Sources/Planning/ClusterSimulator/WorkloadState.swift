import CapacityPlanner

/// A workload and its pods.
struct WorkloadState: Sendable {
    let workload: PlanScenario.Workload
    /// Those that are wanted, with a node or without.
    var live: [Int32] = []
    /// Of those the ones without a node, the first to be placed first; from `firstPending` on.
    var pending: [Pending] = []
    var firstPending = 0
    /// Where its nodes are.
    var cells: [Int] = []

    struct Pending: Sendable {
        var pod: Int32
        var generation: UInt32
    }

    init(_ workload: PlanScenario.Workload) {
        self.workload = workload
    }

    var isDaemon: Bool { workload.size == .everyNode }
    /// Whether each of its pods has a lifetime, and those that come need none to go.
    var livesByItself: Bool { !isDaemon && workload.lifetime != nil && (workload.arrivalsPerSecond > 0 || workload.burst != nil) }
    var hasPending: Bool { firstPending < pending.count }

    func suits(_ cell: Cell) -> Bool {
        (workload.nodeGroups.isEmpty || workload.nodeGroups.contains(cell.kind.group))
            && (workload.zones.isEmpty || workload.zones.contains(cell.zone))
    }
}
