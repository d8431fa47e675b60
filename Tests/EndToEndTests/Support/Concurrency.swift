import Foundation
import Synchronization

/// Runs the body for every element on `count` threads of its own, since the bodies block; returns the results in order.
func onThreads<Element: Sendable, Value: Sendable>(
    _ count: Int, _ elements: [Element], _ body: @escaping @Sendable (Element) throws -> Value
) throws -> [Value] {
    let work = Work<Value>()
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<count {
        Thread.detachNewThread {
            while let index = work.take(below: elements.count) { work.put(Result { try body(elements[index]) }, at: index) }
            ended.signal()
        }
    }
    for _ in 0..<count { ended.wait() }
    return try elements.indices.compactMap { try work.result(at: $0)?.get() }
}

/// What several threads have still to do, and what they have done.
private final class Work<Value: Sendable>: Sendable {
    private let next = Mutex(0)
    private let results = Mutex<[Int: Result<Value, any Error>]>([:])

    func take(below end: Int) -> Int? {
        next.withLock { next in
            guard next < end else { return nil }
            defer { next += 1 }
            return next
        }
    }

    func put(_ result: Result<Value, any Error>, at index: Int) {
        results.withLock { $0[index] = result }
    }

    func result(at index: Int) -> Result<Value, any Error>? {
        results.withLock { $0[index] }
    }
}

/// Waits until another process has brought the condition about; false when it has not within the limit.
func eventually(within limit: Duration = .seconds(15), _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else { return false }
        // Another process is watched: there is nothing of it to wait on.
        usleep(5_000)
    }
    return true
}
