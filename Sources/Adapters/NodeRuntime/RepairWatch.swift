import Dispatch
import NodePorts
import Synchronization

/// Decides when the node's network is looked at: when the kernel tells of damage, when a repair that was put off is due, and
/// every minute or so in any case.
///
/// Notices are gathered for a moment, since damage seldom comes alone, and looks never take more than a fraction of the time,
/// however much is told. Nothing wakes up between the minutes while nothing happens.
final class RepairWatch: Sendable {
    private let queue = DispatchQueue(label: "berth.repair")
    private let hear: @Sendable ([KernelNotice]) -> Void
    private let concerns: @Sendable ([KernelNotice]) -> Bool
    private let look: @Sendable () -> Duration?
    private let state: Mutex<State>

    private struct State {
        var notices: [KernelNotice] = []
        var monitor: (any KernelMonitor)?
        var timer: any DispatchSourceTimer
        /// How long the latest look took.
        var cost: Duration = .zero
        var isStopped = false
    }

    private static let gathering: Duration = .milliseconds(5)
    /// Of all time, looks take one part in so many at most.
    private static let share = 5
    /// The most notices that are kept; more are as good as an overrun.
    private static let noticesMax = 4096
    /// The time between looks that nothing has called for, drawn anew each time so that the nodes of a cluster spread.
    private static let sweepSeconds = 45.0...75.0

    /// - Parameters:
    ///   - hear: Is told of everything at once.
    ///   - concerns: Whether notices tell of something that is ours.
    ///   - look: Looks at the network and mends it; returns after which time it wants to look again, nil for not before the
    ///     next sweep.
    init(
        hear: @escaping @Sendable ([KernelNotice]) -> Void, concerns: @escaping @Sendable ([KernelNotice]) -> Bool,
        look: @escaping @Sendable () -> Duration?
    ) {
        self.hear = hear
        self.concerns = concerns
        self.look = look
        state = Mutex(State(timer: DispatchSource.makeTimerSource(queue: queue)))
        state.withLock { state in
            state.timer.setEventHandler { [weak self] in self?.lookOnce() }
            state.timer.activate()
        }
    }

    /// Begins with a first look.
    ///
    /// - Throws: ``KernelError`` when the kernel's notices cannot be had; the sweeps go on without them.
    func start(_ kernel: any Kernel) throws(KernelError) {
        queue.async { [weak self] in self?.lookOnce() }
        let monitor = try kernel.monitorHost { [weak self] notices in self?.receive(notices) }
        state.withLock { $0.monitor = monitor }
    }

    /// Ends; a look that is under way is waited for.
    func stop() {
        let monitor = state.withLock { state in
            state.isStopped = true
            state.timer.cancel()
            return state.monitor
        }
        monitor?.stop()
        queue.sync {}
    }

    /// Has a look taken at once, once looks have begun.
    func lookSoon() {
        guard state.withLock({ $0.monitor != nil }) else { return }
        queue.async { [weak self] in self?.lookOnce() }
    }

    /// Runs the body where looks are taken, so that none is under way meanwhile.
    func between<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }

    private func receive(_ notices: [KernelNotice]) {
        hear(notices)
        let wait = state.withLock { state -> Duration? in
            let isFirst = state.notices.isEmpty
            let isFull = state.notices.count + notices.count > Self.noticesMax
            state.notices = isFull ? [.overrun] : state.notices + notices
            return isFirst ? max(Self.gathering, state.cost * Self.share) : nil
        }
        guard let wait else { return }
        queue.asyncAfter(deadline: .now() + wait.timeInterval) { [weak self] in self?.settle() }
    }

    private func settle() {
        let notices = state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
        if concerns(notices) { lookOnce() }
    }

    /// Looks, and sets the timer for the next look: for when one is wanted, or for the next sweep.
    private func lookOnce() {
        guard !state.withLock(\.isStopped) else { return }
        let begin = ContinuousClock.now
        let wait = look()
        state.withLock { state in
            state.cost = ContinuousClock.now - begin
            guard !state.isStopped else { return }
            if let wait {
                state.timer.schedule(deadline: .now() + max(Self.gathering, wait).timeInterval, leeway: .milliseconds(1))
            } else {
                let pause = DispatchTimeInterval.milliseconds(Int(Double.random(in: Self.sweepSeconds) * 1000))
                state.timer.schedule(deadline: .now() + pause, leeway: .seconds(5))
            }
        }
    }
}

extension Duration {
    fileprivate var timeInterval: DispatchTimeInterval {
        .microseconds(Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000))
    }
}
