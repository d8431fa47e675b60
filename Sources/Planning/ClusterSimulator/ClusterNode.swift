import Addressing
import IPAMEngine
import VPCModel

/// A node without its engine, which lies elsewhere: this is looked at much more often.
struct ClusterNode: Sendable {
    /// In the cluster's list of cells: nodes of one kind in one zone.
    let cell: Int
    /// Among the nodes of the cell that there are at once.
    let ordinal: Int
    let instance: InstanceID
    var state = State.booting
    /// Pods with an address of its ENIs, with a branch ENI, and on the host network; those that are ending among them.
    var pods = 0
    var branches = 0
    var hosts: Int
    /// By their place in the list of pods, in no order.
    var bound: [Int32] = []
    /// When the agenda wakes the engine, in nanoseconds.
    var alarm = Int64.max
    /// What the engine wants to be woken at.
    var deadline = Int64.max
    /// Whether the daemon has been told of its ENIs.
    var isDescribed = false
    /// Pods at the level of the index at which it is found, by network; -1 where it is not.
    var levels = (host: -1, pod: -1, branch: -1)
    /// The trunk for branch ENIs.
    var trunk: ENIID?
    /// Whether it came with the event that goes on, and has not begun.
    var isAwaited = false

    var taken: Int { pods + branches + hosts }
    var isThere: Bool { state != .gone }

    enum State: Sendable {
        case booting
        case ready
        /// Its pods leave, and it goes with the last.
        case draining
        case gone
    }
}

/// A pod, as small as can be: there are hundreds of thousands.
struct ClusterPod: Sendable {
    var attachment: PodAttachment?
    /// When it was wanted, then when its first ADD was sent, then from when on it runs; nanoseconds.
    var since: Int64 = 0
    var node: Int32 = -1
    /// Among its workload's live pods.
    var position: Int32 = -1
    /// Counts who had this place in the list, and the sandboxes of each.
    var generation: UInt32 = 0
    var workload: Int16 = -1
    /// The subnet of its IPv4 address; -1 without one.
    var subnet: Int16 = -1
    var phase = Phase.vacant
    /// Of a workload that is rolled, whether it is of the revision before.
    var isOld = false
    /// Whether it came with the event that goes on, and does not run yet.
    var isAwaited = false

    enum Phase: UInt8, Sendable {
        /// No pod: the place is free.
        case vacant
        /// Without a node.
        case pending
        /// On its node; the ADD is not sent yet.
        case held
        /// The ADD waits for its address.
        case adding
        /// Between two sandboxes.
        case backingOff
        case running
        /// Deleted, within its grace.
        case ending
        /// The DEL is under way.
        case deleting
    }
}
