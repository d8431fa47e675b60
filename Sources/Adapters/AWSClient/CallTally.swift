import Synchronization

/// How often AWS was called since the process began, by action and outcome.
public final class CallTally: Sendable {
    /// Calls of one action that ended alike.
    public struct Outcome: Hashable, Sendable, Comparable {
        /// Such as `DescribeSubnets`.
        public var action: String
        /// AWS's code or the client's; `OK` for calls that succeeded.
        public var code: String

        public init(action: String, code: String) {
            self.action = action
            self.code = code
        }

        public static func < (a: Outcome, b: Outcome) -> Bool { (a.action, a.code) < (b.action, b.code) }
    }

    /// What calls came to.
    public struct Count: Hashable, Sendable {
        public var calls = 0
        /// Requests sent for them; 0 for calls that were held back.
        public var tries = 0
        /// How long they took from the question to the answer, every pause included.
        public var duration = Duration.zero
    }

    private let state = Mutex<[Outcome: Count]>([:])

    public init() {}

    public func note(_ report: CallReport) {
        state.withLock { counts in
            var count = counts[Outcome(action: report.action, code: report.failureCode ?? "OK")] ?? Count()
            count.calls += 1
            count.tries += report.tries
            count.duration += report.duration
            counts[Outcome(action: report.action, code: report.failureCode ?? "OK")] = count
        }
    }

    public var counts: [Outcome: Count] { state.withLock { $0 } }
}
