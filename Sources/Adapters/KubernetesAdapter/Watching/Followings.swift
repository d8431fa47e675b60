import Synchronization

/// The tasks that follow, which end with the client at the latest.
final class Followings: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var number = 0
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Runs work in a task that ``end()`` cancels and awaits; the task is cancelled from the beginning when that has been called.
    func begin(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        state.withLock { state in
            state.number += 1
            let number = state.number
            let task = Task {
                await work()
                self.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
            if state.hasEnded { task.cancel() }
            state.tasks[number] = task
            return task
        }
    }

    func end() async {
        let tasks = state.withLock { state in
            state.hasEnded = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
