/// How one call to AWS went, for metrics and logs; it holds no secret.
public struct CallReport: Hashable, Sendable {
    /// Such as `DescribeSubnets`.
    public var action: String
    /// How often it was tried; 0 when it was not sent.
    public var tries: Int
    /// From the question to the answer, every try and pause included.
    public var duration: Duration
    /// The part of it that this node's own limit took.
    public var waited: Duration
    /// Nil when the call succeeded.
    public var failureCode: String?

    public init(action: String, tries: Int, duration: Duration, waited: Duration, failureCode: String?) {
        self.action = action
        self.tries = tries
        self.duration = duration
        self.waited = waited
        self.failureCode = failureCode
    }
}
