import Synchronization

/// Counts the requests that wait for an answer, wherever they wait.
final class UnansweredRequests: Sendable {
    private struct State {
        var count = 0
        var isWatched = false
    }

    private let state = Mutex(State())
    /// Signalled when a request is answered while somebody watches, and by the server for progress of its own.
    let progress: EventCounter

    init() throws(PluginSocketError) {
        progress = try EventCounter()
    }

    var count: Int { state.withLock(\.count) }

    /// From here on every answer is signalled.
    func watch() {
        state.withLock { $0.isWatched = true }
    }

    func enter() {
        state.withLock { $0.count += 1 }
    }

    func leave() {
        let isWatched = state.withLock { state in
            state.count -= 1
            precondition(state.count >= 0, "\(-state.count) requests were answered twice")
            return state.isWatched
        }
        if isWatched { progress.signal() }
    }
}
