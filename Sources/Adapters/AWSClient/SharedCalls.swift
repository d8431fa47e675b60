import Synchronization

/// Calls that are asked for by several at once and made once.
///
/// The call runs in a task of its own, which this object owns: it goes on while anyone waits for it, or while it was begun ahead of
/// need, and is cancelled when the last who waits is cancelled.
public final class SharedCalls<Key: Hashable & Sendable, Answer: Sendable, Failure: Error>: Sendable {
    public typealias Outcome = Result<Answer, Failure>
    private typealias Waiter = CheckedContinuation<Outcome, Never>

    private struct Call {
        let number: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter] = [:]
        /// Whether it goes on without anyone who waits.
        var isWanted = false
    }

    private struct State {
        var calls: [Key: Call] = [:]
        var lastNumber: UInt64 = 0

        mutating func next() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())
    private let cancelled: Failure

    /// - Parameter cancelled: What a caller is answered whose own task is cancelled.
    public init(cancelled: Failure) {
        self.cancelled = cancelled
    }

    /// Returns the outcome of the call under way for `key`, or of `work`, which is begun when there is none.
    public func answer(_ key: Key, _ work: @escaping @Sendable () async -> Outcome) async throws(Failure) -> Answer {
        let number = state.withLock { $0.next() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isWaiting = state.withLock { state in
                    // Looked at under the lock: a cancellation that comes later finds the waiter.
                    guard !Task.isCancelled else { return false }
                    start(key, work, in: &state)
                    state.calls[key]?.waiters[number] = waiter
                    return true
                }
                if !isWaiting { waiter.resume(returning: .failure(cancelled)) }
            }
        } onCancel: {
            leave(key, number)
        }
        return try outcome.get()
    }

    /// Begins the call unless one is under way for `key`, and waits for nothing.
    public func begin(_ key: Key, _ work: @escaping @Sendable () async -> Outcome) {
        state.withLock { state in
            start(key, work, in: &state)
            state.calls[key]?.isWanted = true
        }
    }

    /// How many callers wait at this moment.
    package var waiting: Int { state.withLock { $0.calls.values.reduce(0) { $0 + $1.waiters.count } } }

    private func start(_ key: Key, _ work: @escaping @Sendable () async -> Outcome, in state: inout State) {
        guard state.calls[key] == nil else { return }
        let number = state.next()
        state.calls[key] = Call(number: number)
        // The task ends by taking the lock that is held here, so it is in the table by then.
        state.calls[key]?.task = Task { self.finish(key, number, await work()) }
    }

    private func finish(_ key: Key, _ number: UInt64, _ outcome: Outcome) {
        let waiters = state.withLock { state -> [Waiter] in
            guard let call = state.calls[key], call.number == number else { return [] }
            state.calls[key] = nil
            return Array(call.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// A caller that is cancelled is answered at once; the last one to go takes the call with it, so that whoever asks next begins
    /// another.
    private func leave(_ key: Key, _ number: UInt64) {
        let (waiter, abandoned) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard var call = state.calls[key], let waiter = call.waiters.removeValue(forKey: number) else { return (nil, nil) }
            let isAbandoned = call.waiters.isEmpty && !call.isWanted
            state.calls[key] = isAbandoned ? nil : call
            return (waiter, isAbandoned ? call.task : nil)
        }
        waiter?.resume(returning: .failure(cancelled))
        abandoned?.cancel()
    }
}
