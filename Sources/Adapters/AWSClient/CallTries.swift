import Timeline

/// The tries of one call: how many there were, and what they leave in doubt. Pure.
struct CallTries: Sendable {
    private(set) var count = 0
    /// How long the call waited for its turn.
    var waited: Duration = .zero
    /// Whether the credentials were replaced, which is worth it once.
    var hasRenewed = false
    /// The last failure after which AWS may have carried the call out.
    private var doubt: AWSFailure?

    mutating func begin() { count += 1 }

    mutating func failed(_ failure: AWSFailure) {
        if !failure.meaning.leavesNoDoubt { doubt = failure }
    }

    /// Returns what the caller is told when the call ends with `failure`.
    ///
    /// A try that was throttled says nothing of one before it that had no answer. So the doubt is told, not the throttle: who takes
    /// the call for undone may make another of its kind. Only a refusal settles it, since the same call is refused after it was
    /// carried out only for having been.
    func outcome(_ failure: AWSFailure) -> AWSFailure {
        guard let doubt, failure.meaning != .refused else { return noted(failure) }
        var told = doubt
        if failure != doubt { told.message += "; then \(failure.code): \(failure.message)" }
        return noted(told)
    }

    private func noted(_ failure: AWSFailure) -> AWSFailure {
        guard count > 1 else { return failure }
        var failure = failure
        failure.message += " (after \(count) tries)"
        return failure
    }
}
