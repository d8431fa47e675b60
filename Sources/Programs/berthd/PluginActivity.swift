import Synchronization

/// How often plugins have called, and a way to wait for them that costs an idle daemon nothing.
final class PluginActivity: Sendable {
    private let calls = Atomic<Int>(0)
    private let isAwaited = Atomic<Bool>(false)
    private let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Calls since the daemon began.
    var count: Int { calls.load(ordering: .relaxed) }

    func noteCall() {
        calls.add(1, ordering: .relaxed)
        if isAwaited.load(ordering: .relaxed), isAwaited.exchange(false, ordering: .relaxed) { signal.yield() }
    }

    /// Waits until there have been other than so many calls, or the task is cancelled.
    func change(from count: Int) async {
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        if self.count != count { return }
        for await _ in signals where self.count != count { return }
    }
}
