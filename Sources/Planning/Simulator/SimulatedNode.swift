import Addressing
import IPAMEngine
import Timeline
import VPCModel

/// A node without a machine: a daemon that can die, a kernel that is a dictionary and a list, a runtime that knows its pods.
struct SimulatedNode<Policy: NodePolicy>: Sendable {
    let number: Int
    let instance: InstanceID
    var configuration: EngineConfiguration
    var condition = NodeCondition.schedulable
    /// What the operator ordered last, by the journal.
    var degradation = Degradation.normal
    var policy: Policy
    /// Whether the daemon's own engine decides.
    let runsEngine: Bool

    // The daemon.
    var journal: [JournalEntry] = []
    /// Counts the daemon's lives.
    var life = 0
    var isUp = true
    /// The daemon dies when this many more effects are performed.
    var effectsUntilCrash: Int?
    /// When the agenda wakes the engine.
    var alarm: Instant?
    /// The daemon does nothing before this moment.
    var stalledUntil = Instant.zero
    /// EC2 answers none of its calls before this moment.
    var ec2AwayUntil = Instant.zero
    /// Calls under way, so that a crash can cut them off in the middle.
    var calls: [CallID: PendingCall] = [:]
    /// Whether EC2 has not told this daemon yet what the node has.
    var isRecovering = true

    // The kernel.
    var sandboxes: [PodAttachment: Sandbox] = [:]
    /// Links without rules, until the reaper gets to them; few at a time.
    var dying: [Allocation] = []

    // The runtime.
    var pods: [PodAttachment: Pod] = [:]
    /// DELs that came while the daemon was away.
    var spool: [PodAttachment] = []
    var lastPod = 0
    /// Pods that the runtime has not ended.
    var alivePods = 0
    /// Allocates beside the engine, slowly and plainly.
    var shadow = ObviousAllocator()

    /// What EC2 showed of the node before each change of the last seconds, oldest first.
    var past: [Past] = []

    /// What the kernel has of an attachment, and what is being done to it.
    struct Sandbox: Sendable {
        /// Work under way, so that a crash can cut it off in the middle.
        var wiring: Allocation?
        var unwiring: Allocation?
        var link: Allocation?

        /// - Returns: Whether nothing is left.
        mutating func change(_ body: (inout Sandbox) -> Void) -> Bool {
            body(&self)
            return wiring == nil && unwiring == nil && link == nil
        }
    }

    /// What EC2 showed until a moment.
    struct Past: Sendable {
        var until: Instant
        var enis: [AttachedENI]
    }

    /// A call whose outcome has not reached the node.
    struct PendingCall: Sendable {
        var effect: IPAMEngine.Effect
        var hasReachedEC2 = false
    }

    /// What the runtime knows of a pod.
    struct Pod: Hashable, Sendable {
        /// When its ADD was sent.
        var since: Instant
        var phase: Phase
        /// What most pods have nothing of, out of the way of those that look at the rest.
        private var wish: Box?

        private final class Box: Hashable, Sendable {
            let wish: Wish

            init(_ wish: Wish) { self.wish = wish }

            static func == (a: Box, b: Box) -> Bool { a.wish == b.wish }
            func hash(into hasher: inout Hasher) { hasher.combine(wish) }
        }

        /// What sets a pod apart.
        struct Wish: Hashable, Sendable {
            var name: PodName?
            var pool: PoolName?
            var hold: Duration?
            /// For a pod of a trace.
            var traced: TracedPod?
        }

        init(since: Instant, wish: Wish? = nil) {
            self.since = since
            phase = .created
            self.wish = wish.map(Box.init)
        }

        var name: PodName? { wish?.wish.name }
        var pool: PoolName? { wish?.wish.pool }
        var hold: Duration? { wish?.wish.hold }
        var traced: TracedPod? { wish?.wish.traced }

        enum Phase: Hashable, Sendable {
            /// The ADD is on its way to the daemon.
            case created
            case adding(deadline: Instant)
            /// The ADD has an address and its links are being made.
            case wiring
            case running(PodAddresses)
            case deleting
            /// The runtime has forgotten it; the daemon has not.
            case forgotten
        }

        var isAlive: Bool { phase != .deleting && phase != .forgotten }
        var isAdding: Bool { if case .adding = phase { true } else { false } }
    }

    init(number: Int, instance: InstanceID, configuration: EngineConfiguration, policy: Policy) {
        self.number = number
        self.instance = instance
        self.configuration = configuration
        self.policy = policy
        runsEngine = policy.engine != nil
    }

    /// What the node is busy with besides this call.
    func state(besides call: CallID?) -> NodeState {
        let others = calls.filter { $0.key != call }.values
        if isRecovering || others.contains(where: { $0.effect.describes }) { return .recovering }
        if pods.values.contains(where: { $0.isAdding }) { return .waiting }
        if others.contains(where: { $0.effect.grows }) { return .growing }
        return others.isEmpty ? .idle : .shrinking
    }
}

extension IPAMEngine.Effect {
    var describes: Bool {
        if case .describeENIs = self { true } else { false }
    }

    /// Whether the call is to bring addresses.
    var grows: Bool {
        switch self {
        case .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix, .claimAddress: true
        case .describeENIs, .describeSubnets, .unassign, .detachENI, .deleteENI, .record, .wire, .unwire, .confirmDeleted, .refuse: false
        }
    }
}
