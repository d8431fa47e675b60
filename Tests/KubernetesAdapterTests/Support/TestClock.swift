import KubernetesAdapter
import Synchronization
import Timeline

/// A clock that a test moves: whoever sleeps lets the time pass at once.
final class TestClock: Sendable {
    private struct State {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var calendar = Timestamp(secondsSince1970: 1_767_323_045)
        var slept: [Duration] = []
        var random: UInt64
    }

    private let state: Mutex<State>

    init(seed: UInt64 = 1) {
        state = Mutex(State(random: seed))
    }

    var calendar: Timestamp { state.withLock(\.calendar) }
    var slept: [Duration] { state.withLock(\.slept) }

    func advance(by duration: Duration) {
        state.withLock { state in
            state.now = state.now + duration
            state.calendar = state.calendar + duration
        }
    }

    var clock: ClientClock {
        ClientClock(
            now: { self.state.withLock(\.now) }, calendar: { self.calendar },
            sleep: { duration in
                self.advance(by: duration)
                self.state.withLock { $0.slept.append(duration) }
                await Task.yield()
            },
            random: {
                self.state.withLock { state in
                    state.random = state.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return state.random
                }
            })
    }
}
