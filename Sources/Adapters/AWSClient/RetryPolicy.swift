import Timeline

/// When a call is made again. Pure: chance and time are arguments.
public struct RetryPolicy: Hashable, Sendable {
    /// Tries of one call, the first included; at least 1.
    public var attemptsMax: Int
    /// The longest pause before the second try; it doubles for each one after that.
    public var pauseMax: Duration
    /// The bound of the doubling.
    public var pauseLimit: Duration
    /// The whole call from beginning to end, every try and pause included.
    public var budget: Duration

    public init(
        attemptsMax: Int = 4, pauseMax: Duration = .milliseconds(250), pauseLimit: Duration = .seconds(8), budget: Duration = .seconds(30)
    ) {
        precondition(attemptsMax >= 1, "\(attemptsMax) tries of a call")
        self.attemptsMax = attemptsMax
        self.pauseMax = pauseMax
        self.pauseLimit = pauseLimit
        self.budget = budget
    }

    public enum Verdict: Hashable, Sendable {
        case giveUp
        case tryAgain(after: Duration)
    }

    /// Decides after a try has failed.
    ///
    /// What may have been carried out is repeated only where a second time changes nothing: an address assigned twice is one that
    /// nobody uses. The pause is drawn evenly from zero to its bound ("full jitter"), because nodes that fail together must not come
    /// back together; and it is never shorter than what AWS asked for.
    ///
    /// - Parameters:
    ///   - attempt: How many tries there were; at least 1.
    ///   - isRepeatable: Whether carrying the call out twice is the same as once.
    ///   - elapsed: How long the call has taken so far.
    public func verdict(
        on failure: AWSFailure, attempt: Int, isRepeatable: Bool, elapsed: Duration, random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard attempt < attemptsMax, isWorthRepeating(failure, isRepeatable: isRepeatable) else { return .giveUp }
        let bound = min(pauseLimit, pauseMax * (1 << min(attempt - 1, 16)))
        let drawn = Duration.nanoseconds(Int64.random(in: 0...max(0, bound.wholeNanoseconds), using: &random))
        let pause = max(drawn, failure.retryAfter ?? .zero)
        return elapsed + pause < budget ? .tryAgain(after: pause) : .giveUp
    }

    private func isWorthRepeating(_ failure: AWSFailure, isRepeatable: Bool) -> Bool {
        switch failure.meaning {
        case .throttled, .notSent: true
        case .serverFailed, .unanswered: isRepeatable
        case .signatureRefused, .refused, .heldBack, .noCredentials, .cancelled: false
        }
    }
}
