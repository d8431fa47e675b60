public import AWSClient
import Synchronization
public import Timeline

/// A clock that a test moves: whoever sleeps lets the time pass at once.
public final class VirtualClock: Sendable {
    private struct State {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var calendar: UTCTime
        var slept: [Duration] = []
        var random: UInt64
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - calendar: What the node believes the date is.
    ///   - seed: Of chance, which replays.
    public init(calendar: UTCTime = UTCTime(secondsSince1970: 1_767_323_045), seed: UInt64 = 1) {
        state = Mutex(State(calendar: calendar, random: seed))
    }

    public var now: Instant { state.withLock(\.now) }
    public var calendar: UTCTime { state.withLock(\.calendar) }
    /// What was slept, in order.
    public var slept: [Duration] { state.withLock(\.slept) }
    public var sleptInAll: Duration { slept.reduce(.zero, +) }

    public func advance(by duration: Duration) {
        state.withLock { state in
            state.now = state.now + duration
            state.calendar = state.calendar + duration
        }
    }

    public var clock: AWSClock {
        AWSClock(
            now: { self.now }, calendar: { self.calendar },
            sleep: { (duration) throws(CancellationError) in
                if Task.isCancelled { throw CancellationError() }
                self.advance(by: duration)
                self.state.withLock { $0.slept.append(duration) }
            },
            random: {
                self.state.withLock { state in
                    state.random = state.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return state.random
                }
            })
    }
}
