import Addressing
import IPAMEngine
import Timeline
import VPCModel

/// A node without a machine: a daemon that can die, a kernel that is two dictionaries, a runtime that knows its pods.
struct SimulatedNode<Policy: NodePolicy>: Sendable {
    let number: Int
    let instance: InstanceID
    let configuration: EngineConfiguration
    var policy: Policy

    // The daemon.
    var journal: [JournalEntry] = []
    /// Counts the daemon's lives.
    var life = 0
    var isUp = true
    /// The daemon dies when this many more effects are performed.
    var effectsUntilCrash: Int?
    /// When the agenda wakes the engine.
    var alarm: Instant?
    /// Kernel work and calls under way, so that a crash can cut them off in the middle.
    var wiring: [PodAttachment: Allocation] = [:]
    var unwiring: [PodAttachment: Allocation] = [:]
    var calls: [CallID: PendingCall] = [:]
    /// What is needed to tell a state for the coverage.
    var isComparing = false

    // The kernel.
    var links: [PodAttachment: Allocation] = [:]
    /// Links without rules, until the reaper gets to them.
    var dying: [PodAttachment: [IPv4Address]] = [:]

    // The runtime.
    var pods: [PodAttachment: Pod] = [:]
    /// DELs that came while the daemon was away.
    var spool: [PodAttachment] = []
    var lastPod = 0

    /// What EC2 showed of the node before each change of the last seconds, oldest first.
    var past: [(until: Instant, enis: [AttachedENI])] = []

    /// A call that has not reached EC2, or whose outcome has not reached the node.
    struct PendingCall: Sendable {
        var effect: IPAMEngine.Effect
        var hasArrived = false
    }

    /// What the runtime knows of a pod.
    enum Pod: Hashable, Sendable {
        /// The ADD is on its way to the daemon.
        case created(since: Instant)
        case adding(since: Instant, deadline: Instant)
        /// The ADD has an address and its links are being made.
        case wiring(since: Instant)
        case running(IPv4Address)
        case deleting
        /// The runtime has forgotten it; the daemon has not.
        case forgotten

        var isAlive: Bool {
            switch self {
            case .created, .adding, .wiring, .running: true
            case .deleting, .forgotten: false
            }
        }
    }

    init(number: Int, instance: InstanceID, configuration: EngineConfiguration, policy: Policy) {
        self.number = number
        self.instance = instance
        self.configuration = configuration
        self.policy = policy
    }

    var livingPods: Int { pods.values.count(where: \.isAlive) }

    var state: NodeState {
        if !isUp || isComparing { return .recovering }
        if pods.values.contains(where: { if case .adding = $0 { true } else { false } }) { return .waiting }
        if calls.values.contains(where: { $0.effect.grows }) { return .growing }
        return calls.isEmpty ? .idle : .shrinking
    }
}

extension IPAMEngine.Effect {
    /// The call to EC2 or the step of an ENI's life that the effect asks for; nil for the others.
    var call: CallID? {
        switch self {
        case .describeENIs(let id), .createENI(let id, _), .attachENI(let id, _, _), .setUpENI(let id, _),
            .assignAddresses(let id, _, _), .assignPrefixes(let id, _, _), .unassign(let id, _, _, _), .detachENI(let id, _),
            .deleteENI(let id, _):
            id
        case .record, .wire, .unwire, .confirmDeleted, .refuse: nil
        }
    }

    /// Whether the call is to bring addresses.
    var grows: Bool {
        switch self {
        case .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes: true
        case .describeENIs, .unassign, .detachENI, .deleteENI, .record, .wire, .unwire, .confirmDeleted, .refuse: false
        }
    }
}
