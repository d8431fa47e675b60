public import Addressing
public import IPAMEngine
public import Logging
public import NodePorts
import PodNetwork
import Synchronization
public import Timeline

/// One node at work: owns the engine, feeds it events, and performs its effects.
///
/// The hot path is synchronous. A worker thread takes the lock for a decision, which is never held across input or output,
/// writes the journal, programs the kernel on its own socket and answers. Calls to EC2 go to ``run()``, whose outcomes come
/// back as events.
public final class Node: Sendable {
    private let currentSettings: Mutex<NodeSettings>
    let kernel: any Kernel
    let clock: @Sendable () -> Instant
    let logger: Logger
    private let state: Mutex<State>
    /// Held while entries go from the state to the journal, so that they are written in the order they were decided in.
    private let journalOrder = Mutex(())
    private let journal: AllocationJournal
    private let ec2: EC2Control
    private let submit: @Sendable (@escaping @Sendable (Worker) -> Void) -> Void
    private let alarm: Alarm
    let locks = AttachmentLocks()
    let pending = PendingAdds()
    let egress: EgressAddresses
    let branchENIs: BranchENISource
    let cluster: ClusterVoice
    let unpooledPods = UnpooledPods()
    let reaper: Reaper
    let repairs = Mutex(RepairHistory())
    let readiness = Mutex(Readiness())
    let watch: RepairWatch
    let arrivals = LinkArrivals()
    let securityGroups: SecurityGroups
    /// What is neither of a pod nor of an ENI; nil where somebody else makes it.
    let network: NodeNetwork?
    /// What the node needs beside pods and ENIs.
    let nodeObjects = Mutex<[KernelObject]>([])
    private let entriesWritten = Atomic(0)
    private let calls: AsyncStream<IPAMEngine.Effect>
    private let callsIn: AsyncStream<IPAMEngine.Effect>.Continuation

    private struct State {
        var engine: IPAMEngine
        /// Decided and not yet written.
        var unwritten: [JournalEntry] = []
        /// Whether entries were lost to a journal that failed: the next write is of the whole state.
        var isJournalBehind = false
    }

    /// What a worker thread has of its own: a socket into the node's namespace.
    public final class Worker {
        public let host: any KernelNamespace

        public init(host: any KernelNamespace) {
            self.host = host
        }
    }

    /// - Parameters:
    ///   - entries: What the journal held when it was opened.
    ///   - submit: Runs a piece of work on some worker thread, soon.
    public init(
        _ settings: NodeSettings, recovered entries: [JournalEntry], kernel: any Kernel, ec2: EC2Control, journal: AllocationJournal,
        network: NodeNetwork? = nil, branchENIs: BranchENISource = .none, cluster: ClusterVoice = .silent,
        clock: @escaping @Sendable () -> Instant, logger: Logger,
        submit: @escaping @Sendable (@escaping @Sendable (Worker) -> Void) -> Void
    ) {
        currentSettings = Mutex(settings)
        self.kernel = kernel
        self.ec2 = ec2
        self.journal = journal
        self.clock = clock
        self.logger = logger
        self.submit = submit
        self.network = network
        self.branchENIs = branchENIs
        self.cluster = cluster
        egress = EgressAddresses(settings.egress)
        securityGroups = SecurityGroups(ec2: ec2, logger: logger)
        state = Mutex(State(engine: IPAMEngine(settings.engine, replaying: entries, at: clock())))
        (calls, callsIn) = AsyncStream.makeStream()
        let owner = Owner()
        alarm = Alarm(clock: clock) { owner.node?.send(.deadlineReached) }
        reaper = Reaper(kernel: kernel) { gone in
            for addresses in gone { owner.node?.send(.linkGone(addresses)) }
        } onFault: { error in
            logger.error("links of deleted pods not removed", metadata: ["error": "\(error)"])
        }
        watch = RepairWatch(
            hear: { [arrivals] in arrivals.receive($0) }, concerns: { owner.node?.concern($0) ?? false },
            look: { owner.node?.repairWhatIsDue() })
        owner.node = self
        network?.observe { plan, mended in owner.node?.didMakeNetwork(plan, mended) }
    }

    // MARK: - Settings

    /// How the node works at this moment.
    var settings: NodeSettings { currentSettings.withLock { $0 } }

    /// What the engine goes by at this moment.
    package var engineConfiguration: EngineConfiguration { read(\.configuration) }

    /// Works otherwise from here on; what pods have stays as it is. Another ``NodeSettings/egress`` takes a new start.
    public func reconfigure(_ settings: NodeSettings) {
        currentSettings.withLock { $0 = settings }
        send(.configured(settings.engine))
    }

    // MARK: - Deciding and performing

    /// Lets the engine decide; the lock is held for the decision alone.
    private func decide(_ event: IPAMEngine.Event) -> [IPAMEngine.Effect] {
        let (effects, deadline, hasTurned) = state.withLock { state in
            let wasTripped = state.engine.restraint.trip != nil
            let effects = state.engine.handle(event, at: clock())
            for case .record(let entry) in effects { state.unwritten.append(entry) }
            return (effects, state.engine.nextDeadline, wasTripped != (state.engine.restraint.trip != nil))
        }
        alarm.set(deadline)
        if hasTurned { tell(of: read(\.restraint.trip)) }
        return effects
    }

    private func tell(of trip: Restraint.Trip?) {
        guard let trip else { return logger.notice("EC2 called again") }
        logger.warning(
            "EC2 left alone, as it keeps failing", metadata: ["code": "\(trip.failure.code)", "message": "\(trip.failure.message)"])
    }

    /// Takes in an event that nobody waits for.
    public func send(_ event: IPAMEngine.Event) {
        do throws(JournalFailure) {
            _ = try send(event, onBehalfOf: nil)
        } catch {
            logger.error("journal not written", metadata: ["error": "\(error)"])
        }
    }

    /// Takes in an event and performs what follows, but for the effect that concerns `attachment`, which is returned: its
    /// caller holds the attachment's lock and performs it at once.
    ///
    /// - Throws: ``JournalFailure`` when what follows could not be written down. Then no pod was given an address; all else
    ///   was performed, since the engine counts on the outcome of every call.
    func send(_ event: IPAMEngine.Event, onBehalfOf attachment: PodAttachment?) throws(JournalFailure) -> IPAMEngine.Effect? {
        let effects = decide(event)
        let failure = write()
        var own: IPAMEngine.Effect?
        for effect in effects {
            if let attachment, own == nil, effect.answers == attachment, !effect.isForEarlierRequest {
                own = effect
            } else if let failure, case .wire(let allocation) = effect {
                submit { _ in self.give(up: allocation, after: failure) }
            } else {
                perform(effect)
            }
        }
        if let failure { throw failure }
        return own
    }

    /// Returns why the entries among the effects could not be kept, or nil.
    /// Writes what was decided until this moment, by whichever thread.
    ///
    /// - Returns: Nil when this thread's entries are kept.
    private func write() -> JournalFailure? {
        do throws(JournalFailure) {
            let count = try journalOrder.withLock { _ throws(JournalFailure) in try writeInOrder() }
            let (before, after) = entriesWritten.add(count, ordering: .relaxed)
            if before / Self.entriesPerLook != after / Self.entriesPerLook { submit { _ in self.compactIfDue() } }
            return nil
        } catch {
            return error
        }
    }

    /// - Returns: How many entries were written. ``journalOrder`` is held.
    private func writeInOrder() throws(JournalFailure) -> Int {
        let (entries, isBehind) = state.withLock { state in
            defer { state.unwritten = [] }
            return (state.unwritten, state.isJournalBehind)
        }
        if isBehind { return try rewrite() }
        guard !entries.isEmpty else { return 0 }
        do throws(JournalFailure) {
            try journal.append(entries)
        } catch {
            state.withLock { $0.isJournalBehind = true }
            throw error
        }
        return entries.count
    }

    /// Writes the journal anew. The state is held still, so that no entry falls between; ``journalOrder`` is held.
    private func rewrite() throws(JournalFailure) -> Int {
        try state.withLock { state throws(JournalFailure) in
            let entries = state.engine.journal
            try journal.compact(entries)
            state.unwritten = []
            state.isJournalBehind = false
            return entries.count
        }
    }

    /// After this many entries the journal is looked at: whether most of it is obsolete.
    private static let entriesPerLook = 4096

    /// Performs an effect that the thread at hand does not wait for.
    private func perform(_ effect: IPAMEngine.Effect) {
        switch effect {
        case .record, .confirmDeleted:
            break
        case .wire(let allocation):
            submit { worker in self.resume(allocation, on: worker) }
        case .unwire(let allocation):
            submit { worker in self.takeAway(allocation, on: worker) }
        case .refuse(let attachment, let refusal):
            refuse(attachment, refusal)
        case .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix,
            .claimAddress, .unassign, .detachENI, .deleteENI:
            callsIn.yield(effect)
        }
    }

    /// A view of the engine for reports and checks.
    func read<Value: Sendable>(_ body: (borrowing IPAMEngine) -> Value) -> Value {
        state.withLock { body($0.engine) }
    }

    /// Whether an ENI that is attached to nothing may yet be this node's.
    public func mayNeed(_ eni: ENIID) -> Bool { read { $0.mayNeed(eni) } }

    // MARK: - The control plane

    /// Begins, and performs calls to EC2 until ``stop()`` or until the task is cancelled. Comes after ``recover()``.
    public func run() async {
        send(.started)
        startRepairing()
        await withDiscardingTaskGroup { group in
            group.addTask {
                let policy = SecurityGroups.Policy(
                    take: { self.send(.primaryENIGrouped($0)) }, groups: { pool in self.read { $0.followedGroups(of: pool) } },
                    mayChange: { self.read(\.restraint.degradation) != .stopCalls })
                await self.securityGroups.run(policy)
            }
            for await effect in calls {
                group.addTask { await self.perform(effect) }
            }
            group.cancelAll()
        }
    }

    private func perform(_ effect: IPAMEngine.Effect) async {
        let control = ControlPlane(
            ec2: ec2, settings: settings, kernel: kernel, arrivals: arrivals, securityGroups: securityGroups, logger: logger)
        for event in await control.perform(effect) { send(event) }
    }

    /// Lets nobody wait any longer and lets go of what can be let go; workers have ended before.
    public func stop() {
        send(.stopping)
        watch.stop()
        alarm.cancel()
        reaper.drain()
        callsIn.finish()
        compactIfDue()
    }

    /// Writes the journal anew when most of it is obsolete.
    private func compactIfDue() {
        guard journal.isCompactionDue(read(\.journal.count)) else { return }
        do throws(JournalFailure) {
            _ = try journalOrder.withLock { _ throws(JournalFailure) in try rewrite() }
        } catch {
            logger.error("journal not compacted", metadata: ["error": "\(error)"])
        }
    }
}

extension IPAMEngine.Effect {
    /// The attachment whose ADD or DEL this effect answers or goes on with.
    fileprivate var answers: PodAttachment? {
        switch self {
        case .wire(let allocation), .unwire(let allocation): allocation.attachment
        case .refuse(let attachment, _), .confirmDeleted(let attachment): attachment
        case .record, .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes,
            .assignIPv6Prefix, .claimAddress, .unassign, .detachENI, .deleteENI:
            nil
        }
    }

    /// Whether it answers an ADD that came before the request at hand: one replaced, or cancelled by a DEL.
    fileprivate var isForEarlierRequest: Bool {
        switch self {
        case .refuse(_, .superseded), .refuse(_, .deleted): true
        case .record, .wire, .unwire, .refuse, .confirmDeleted, .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI,
            .assignAddresses, .assignPrefixes, .assignIPv6Prefix, .claimAddress, .unassign, .detachENI, .deleteENI:
            false
        }
    }
}

/// Leads the parts of a node to the whole, which is made after them and does not live for their sake.
private final class Owner: Sendable {
    private struct Reference: Sendable {
        weak var node: Node?
    }

    private let reference = Mutex(Reference())

    var node: Node? {
        get { reference.withLock { $0.node } }
        set { reference.withLock { $0.node = newValue } }
    }
}
