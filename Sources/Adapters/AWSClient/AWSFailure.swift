/// Why a call to AWS brought no answer of the kind that was asked for.
public struct AWSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// AWS's own code, such as `InsufficientCidrBlocks`; the client's for calls without an answer.
    public var code: String
    public var message: String
    /// AWS's identifier of the call; nil when there was no answer.
    public var requestID: String?
    public var meaning: Meaning
    /// How long AWS wants to be left alone (`Retry-After`).
    public var retryAfter: Duration?
    /// AWS's time when it answered.
    public var answeredAt: UTCTime?

    public init(
        code: String, message: String, requestID: String? = nil, meaning: Meaning, retryAfter: Duration? = nil, answeredAt: UTCTime? = nil
    ) {
        self.code = code
        self.message = message
        self.requestID = requestID
        self.meaning = meaning
        self.retryAfter = retryAfter
        self.answeredAt = answeredAt
    }

    /// What a failure says about the next try.
    public enum Meaning: Hashable, Sendable, CaseIterable {
        /// AWS did nothing because too much was asked of it.
        case throttled
        /// AWS did nothing because it does not take the signature: the clocks disagree, or the credentials have ended or are unknown.
        case signatureRefused
        /// AWS says no, and would again.
        case refused
        /// AWS failed; it may have carried the call out.
        case serverFailed
        /// Nothing was sent: there was no connection.
        case notSent
        /// No answer, or none that can be read; AWS may have carried the call out.
        case unanswered
        /// Nothing was sent: this client's own limit held the call back for longer than the call may take.
        case heldBack
        /// Nothing was sent: there are no credentials.
        case noCredentials
        /// The caller was cancelled.
        case cancelled

        /// Whether AWS did nothing for certain.
        public var leavesNoDoubt: Bool {
            switch self {
            case .throttled, .signatureRefused, .refused, .notSent, .heldBack, .noCredentials: true
            case .serverFailed, .unanswered, .cancelled: false
            }
        }
    }

    public var description: String { requestID.map { "\(code): \(message) (request \($0))" } ?? "\(code): \(message)" }
}

extension AWSFailure {
    /// An answer that is a refusal or a failure of the service.
    init(_ answer: HTTPAnswer, at now: UTCTime) {
        let error = AWSErrorBody(answer.body)
        let code = error?.code ?? "HTTP\(answer.status)"
        self.init(
            code: code, message: error?.message ?? "answered with status \(answer.status) and no AWS error: \(answer.text.prefix(200))",
            requestID: error?.requestID ?? answer["x-amzn-requestid"], meaning: Self.meaning(of: code, status: answer.status),
            retryAfter: answer["retry-after"].flatMap { Self.retryAfter($0, at: now) },
            answeredAt: answer["date"].flatMap(UTCTime.init(httpDate:)))
    }

    /// No answer at all.
    init(_ failure: HTTPFailure) {
        let (code, meaning): (String, Meaning) =
            switch failure.kind {
            case .notConnected: ("ConnectionFailed", .notSent)
            case .timedOut: ("RequestTimeout", .unanswered)
            case .broken: ("ConnectionBroken", .unanswered)
            case .tooLarge: ("AnswerTooLarge", .unanswered)
            case .cancelled: ("RequestCanceled", .cancelled)
            }
        self.init(code: code, message: failure.message, meaning: meaning)
    }

    static func cancelled(_ call: String) -> AWSFailure {
        AWSFailure(code: "RequestCanceled", message: "\(call) was cancelled", meaning: .cancelled)
    }

    static func heldBack(_ call: String, for wait: Duration, atRate rate: Double) -> AWSFailure {
        AWSFailure(
            code: "RequestThrottled",
            message: "\(call) was held back by this node's own limit of \(rate) calls a second; its turn is in \(wait)", meaning: .heldBack)
    }

    static func noCredentials(_ failure: CredentialsFailure) -> AWSFailure {
        AWSFailure(code: "NoCredentials", message: failure.description, meaning: .noCredentials)
    }

    /// Common error codes of the EC2 and STS API references. A code that is not among these is judged by its status.
    private static func meaning(of code: String, status: Int) -> Meaning {
        switch code {
        case "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
            "RequestThrottledException", "TooManyRequestsException", "SlowDown", "EC2ThrottledException", "HTTP429":
            .throttled
        case "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture", "SignatureDoesNotMatch", "InvalidSignatureException",
            "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException":
            .signatureRefused
        default: status == 429 ? .throttled : status >= 500 ? .serverFailed : .refused
        }
    }

    /// Seconds, or a date (RFC 9110, section 10.2.3).
    private static func retryAfter(_ text: String, at now: UTCTime) -> Duration? {
        if let seconds = UInt32(text) { return .seconds(seconds) }
        return UTCTime(httpDate: text).map { max(.zero, $0 - now) }
    }
}
