import AWSClient
import AWSTesting
import Synchronization
import Testing

struct SharedCallsTests {
    private struct Cancelled: Error, Equatable {}
    private typealias Calls = SharedCalls<String, Int, Cancelled>

    /// Work that waits until it is let go, and counts how often it was begun.
    private final class Gate: Sendable {
        private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        private let begun = Mutex(0)
        private let cancelled = Mutex(false)

        var timesBegun: Int { begun.withLock { $0 } }
        var wasCancelled: Bool { cancelled.withLock { $0 } }
        func open() { continuation.finish() }

        func work() async -> Result<Int, Cancelled> {
            let number = begun.withLock { count in
                count += 1
                return count
            }
            for await _ in stream {}
            if Task.isCancelled { cancelled.withLock { $0 = true } }
            return .success(number)
        }
    }

    @Test func fiftyWhoAskAtOnceShareOneCall() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await calls.answer("key") { await gate.work() } } }
            await eventually { calls.waiting == 50 }
            gate.open()
            for try await answer in group { #expect(answer >= 1) }
        }
        #expect(gate.timesBegun == 1)
    }

    @Test func whoAsksLaterBeginsAnother() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        gate.open()
        #expect(try await calls.answer("key") { await gate.work() } == 1)
        #expect(try await calls.answer("key") { await gate.work() } == 2)
    }

    @Test func otherQuestionsAreOtherCalls() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        gate.open()
        async let a = calls.answer("a") { await gate.work() }
        async let b = calls.answer("b") { await gate.work() }
        #expect(try await Set([a, b]) == [1, 2])
    }

    @Test func oneWhoIsCancelledLeavesTheCallToTheOthers() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        let patient = Task { try await calls.answer("key") { await gate.work() } }
        await eventually { gate.timesBegun > 0 }
        let hasty = Task { try await calls.answer("key") { await gate.work() } }
        hasty.cancel()
        await #expect(throws: Cancelled()) { try await hasty.value }
        gate.open()
        #expect(try await patient.value == 1)
        #expect(!gate.wasCancelled)
    }

    @Test func theLastOneWhoIsCancelledTakesTheCallAlong() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        let only = Task { try await calls.answer("key") { await gate.work() } }
        await eventually { gate.timesBegun > 0 }
        only.cancel()
        await #expect(throws: Cancelled()) { try await only.value }
        let wasCancelled = await eventually { gate.wasCancelled }
        #expect(wasCancelled)
        gate.open()
    }

    @Test func aCallBegunAheadOfNeedIsSharedWithWhoNeedsIt() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        calls.begin("key") { await gate.work() }
        calls.begin("key") { await gate.work() }
        await eventually { gate.timesBegun > 0 }
        let asker = Task { try await calls.answer("key") { await gate.work() } }
        await eventually { calls.waiting == 1 }
        gate.open()
        #expect(try await asker.value >= 1)
    }

    @Test func aCallThatWasAlsoBegunAheadOfNeedOutlivesWhoWaitsForIt() async throws {
        let (calls, gate) = (Calls(cancelled: Cancelled()), Gate())
        let only = Task { try await calls.answer("key") { await gate.work() } }
        await eventually { gate.timesBegun > 0 }
        calls.begin("key") { await gate.work() }
        only.cancel()
        await #expect(throws: Cancelled()) { try await only.value }
        let next = Task { try await calls.answer("key") { await gate.work() } }
        await eventually { calls.waiting == 1 }
        gate.open()
        #expect(try await next.value == 1)
        #expect(!gate.wasCancelled)
    }
}
