import AWSClient
import SeededRandom
import Testing

struct RetryPolicyTests {
    private let policy = RetryPolicy(
        attemptsMax: 4, pauseMax: .milliseconds(250), pauseLimit: .seconds(8), budget: .seconds(30))

    private func failure(_ meaning: AWSFailure.Meaning, retryAfter: Duration? = nil) -> AWSFailure {
        AWSFailure(code: "Code", message: "No.", meaning: meaning, retryAfter: retryAfter)
    }

    private func verdict(
        _ failure: AWSFailure, attempt: Int = 1, isRepeatable: Bool = true, elapsed: Duration = .zero, seed: UInt64 = 1
    ) -> RetryPolicy.Verdict {
        var random = SplitMix64(seed: seed)
        return policy.verdict(on: failure, attempt: attempt, isRepeatable: isRepeatable, elapsed: elapsed, random: &random)
    }

    /// The heart of it: a call that may assign twice is repeated only when AWS did nothing for certain.
    @Test(arguments: AWSFailure.Meaning.allCases)
    func whatMayHaveBeenDoneIsRepeatedOnlyWhereTwiceIsOnce(_ meaning: AWSFailure.Meaning) {
        if verdict(failure(meaning), isRepeatable: false) != .giveUp { #expect(meaning.leavesNoDoubt) }
        if [.serverFailed, .unanswered].contains(meaning) {
            #expect(verdict(failure(meaning), isRepeatable: true) != .giveUp)
            #expect(verdict(failure(meaning), isRepeatable: false) == .giveUp)
        }
    }

    @Test(arguments: [AWSFailure.Meaning.refused, .heldBack, .noCredentials, .cancelled])
    func whatWouldFailAgainIsNotRepeated(_ meaning: AWSFailure.Meaning) {
        #expect(verdict(failure(meaning)) == .giveUp)
    }

    @Test func pausesAreDrawnFromZeroToABoundThatDoublesToItsLimit() {
        for attempt in 1...3 {
            let pauses = (UInt64(1)...400).compactMap { seed -> Duration? in
                guard case .tryAgain(let pause) = verdict(failure(.throttled), attempt: attempt, seed: seed) else { return nil }
                return pause
            }
            let bound: Duration = .milliseconds(250) * (1 << (attempt - 1))
            #expect(pauses.count == 400)
            #expect(pauses.allSatisfy { $0 >= .zero && $0 <= bound })
            #expect(pauses.contains { $0 < bound / 10 } && pauses.contains { $0 > bound * 9 / 10 })
        }
    }

    @Test func theLastTryIsTheLast() {
        #expect(verdict(failure(.throttled), attempt: 4) == .giveUp)
    }

    @Test func awsIsLeftAloneForAsLongAsItAsks() {
        guard case .tryAgain(let pause) = verdict(failure(.throttled, retryAfter: .seconds(7))) else {
            Issue.record("given up")
            return
        }
        #expect(pause >= .seconds(7))
    }

    @Test func aPauseThatDoesNotFitIntoTheBudgetEndsTheCall() {
        #expect(verdict(failure(.throttled, retryAfter: .seconds(40))) == .giveUp)
        #expect(verdict(failure(.throttled, retryAfter: .seconds(2)), elapsed: .seconds(29)) == .giveUp)
    }
}
