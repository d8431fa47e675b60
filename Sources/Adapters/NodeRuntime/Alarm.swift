import Dispatch
import Synchronization
import Timeline

/// Calls back at the engine's next deadline; the process sleeps when there is none.
final class Alarm: Sendable {
    private let state: Mutex<State>
    private let clock: @Sendable () -> Instant

    private struct State {
        let timer: any DispatchSourceTimer
        var armed: Instant?
    }

    /// Timers of the kernel are exact to a millisecond at best; rounding up avoids a wake-up just before the deadline.
    private static let leeway = DispatchTimeInterval.milliseconds(1)

    init(clock: @escaping @Sendable () -> Instant, ring: @escaping @Sendable () -> Void) {
        self.clock = clock
        state = Mutex(State(timer: DispatchSource.makeTimerSource(queue: DispatchQueue(label: "berth.alarm")), armed: nil))
        state.withLock { state in
            state.timer.setEventHandler { [weak self] in
                self?.state.withLock { $0.armed = nil }
                ring()
            }
            state.timer.activate()
        }
    }

    /// Sets the deadline unless an earlier one stands; ringing too early is harmless.
    func set(_ deadline: Instant?) {
        guard let deadline else { return }
        state.withLock { state in
            if let earlier = state.armed, earlier <= deadline { return }
            state.armed = deadline
            let wait = max(0, clock().duration(to: deadline).wholeNanoseconds)
            state.timer.schedule(deadline: .now() + .nanoseconds(Int(wait)) + Self.leeway, leeway: Self.leeway)
        }
    }

    func cancel() {
        state.withLock { $0.timer.cancel() }
    }
}
