import AWSClient
import AWSTesting
import CredentialSources
import Synchronization
import Testing

/// What is kept, for how long, and when the next ones are fetched, in virtual time.
struct CredentialCacheTests {
    private let time = VirtualClock()

    /// A source whose credentials last for a time, and which can be made to fail.
    private final class Source: Sendable {
        private struct State {
            var fetches = 0
            var failure: CredentialsFailure?
        }

        private let state = Mutex(State())
        private let time: VirtualClock
        private let life: Duration?

        init(_ time: VirtualClock, life: Duration?) {
            self.time = time
            self.life = life
        }

        var fetches: Int { state.withLock(\.fetches) }
        func fail(_ problem: String?) {
            state.withLock { $0.failure = problem.map { CredentialsFailure(problem: $0, remedy: "Mend it.") } }
        }

        func fetch() throws(CredentialsFailure) -> AWSCredentials {
            let (number, failure) = state.withLock { state in
                state.fetches += 1
                return (state.fetches, state.failure)
            }
            if let failure { throw failure }
            return AWSCredentials(
                accessKeyID: "AKID\(number)", secretAccessKey: "hush", sessionToken: "token",
                expiration: life.map { time.calendar + $0 }, source: "the test")
        }
    }

    private func cache(_ source: Source) -> CredentialsProvider {
        CredentialCache(clock: time.clock) { () throws(CredentialsFailure) in try source.fetch() }.provider
    }

    @Test func credentialsAreFetchedOnceWhileTheyLast() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        for _ in 0..<5 {
            #expect(try await provider.current().accessKeyID == "AKID1")
            time.advance(by: .seconds(500))
        }
        #expect(source.fetches == 1)
    }

    @Test func theNextOnesAreFetchedMinutesBeforeTheEndWhileTheOldAreUsed() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        _ = try await provider.current()
        time.advance(by: .seconds(3600 - 540))
        #expect(try await provider.current().accessKeyID == "AKID1")
        let areReplaced = try await eventually { try await provider.current().accessKeyID == "AKID2" }
        #expect(areReplaced)
        #expect(source.fetches == 2)
    }

    @Test func theOldOnesAreUsedWhileTheyLastWhenTheSourceFails() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        _ = try await provider.current()
        source.fail("The source is away")
        time.advance(by: .seconds(3570))
        #expect(try await provider.current().accessKeyID == "AKID1")
        time.advance(by: .seconds(31))
        let failure = await #expect(throws: CredentialsFailure.self) { try await provider.current() }
        #expect(failure?.description == "The source is away. Mend it.")
    }

    @Test func aSourceThatFailsIsNotAskedForEveryCall() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        source.fail("The source is away")
        for _ in 0..<10 { await #expect(throws: CredentialsFailure.self) { try await provider.current() } }
        #expect(source.fetches == 1)
        source.fail(nil)
        time.advance(by: .seconds(30))
        #expect(try await provider.current().accessKeyID == "AKID2")
    }

    /// IMDS gives the same ones until minutes before their end.
    @Test func aSourceWithNothingBetterIsNotAskedForEveryCall() async throws {
        let source = Source(time, life: .seconds(300))
        let provider = cache(source)
        for _ in 0..<10 { _ = try await provider.current() }
        #expect(source.fetches == 1)
    }

    @Test func keysWithoutAnEndAreNeverFetchedAgain() async throws {
        let source = Source(time, life: nil)
        let provider = cache(source)
        let keys = try await provider.current()
        provider.refused(keys)
        time.advance(by: .seconds(1_000_000))
        #expect(try await provider.current() == keys)
        #expect(source.fetches == 1)
    }

    @Test func refusedOnesAreFetchedAnew() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        let first = try await provider.current()
        provider.refused(first)
        #expect(try await provider.current().accessKeyID == "AKID2")
        provider.refused(first)
        #expect(try await provider.current().accessKeyID == "AKID2")
        #expect(source.fetches == 2)
    }

    @Test func credentialsThatHaveEndedAreNotUsedWhenTheSourceHasJustFailed() async throws {
        let source = Source(time, life: .seconds(3600))
        let provider = cache(source)
        _ = try await provider.current()
        source.fail("The source is away")
        time.advance(by: .seconds(3590))
        #expect(try await provider.current().accessKeyID == "AKID1")
        time.advance(by: .seconds(11))
        await #expect(throws: CredentialsFailure.self) { try await provider.current() }
        #expect(source.fetches == 2)
    }

    /// A node whose clock is ahead must get its addresses too, without asking the source for each call.
    @Test func credentialsThatSeemToHaveEndedAreUsedWhenTheyAreFresh() async throws {
        let source = Source(time, life: .seconds(-60))
        let provider = cache(source)
        for _ in 0..<5 { #expect(try await provider.current().accessKeyID == "AKID1") }
        time.advance(by: .seconds(30))
        #expect(try await provider.current().accessKeyID == "AKID2")
    }

    @Test func fiftyWhoAskAtOnceAskTheSourceOnce() async throws {
        let (source, gate) = (Source(time, life: .seconds(3600)), AsyncStream.makeStream(of: Void.self))
        let arrived = Counter()
        let provider = CredentialCache(clock: time.clock) { () throws(CredentialsFailure) in
            for await _ in gate.stream {}
            return try source.fetch()
        }.provider
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    arrived.next()
                    return try await provider.current().accessKeyID
                }
            }
            await eventually { arrived.count == 50 }
            gate.continuation.finish()
            for try await id in group { #expect(id == "AKID1") }
        }
        #expect(source.fetches == 1)
    }
}
