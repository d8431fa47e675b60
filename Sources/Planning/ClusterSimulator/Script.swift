import CapacityPlanner

/// An event on its way: what is left to do, looked at each second.
enum Script: Sendable {
    case roll(workload: Int)
    case replace(Replacement)
    case scaleOut(Growth)
    /// The second set of ENIs of the control plane goes at its end.
    case controlPlane(surplus: [Int], until: Int64)
    case outage(until: Int64)
    case over

    /// Nodes of a group that are replaced.
    struct Replacement: Sendable {
        /// Those to go, the first to go first.
        var old: [Int]
        /// Nodes that are there beyond the old number at most.
        var surge: Int
        /// Whether all that come are there before the first goes.
        var waitsForAll: Bool
        var launched = 0
        var drained = 0
        /// The number of the first node that was started for the event.
        var firstNew: Int
    }

    /// Nodes that come with pods of their own.
    struct Growth: Sendable {
        var left: Int
        /// Workloads of the pods that a node of each cell comes with.
        var pods: [Int: [Int]]
    }
}
