import AWSClient
import Timeline

/// Which credentials to use, and when to fetch the next ones. Pure: times are arguments.
struct CredentialState: Hashable, Sendable {
    private(set) var credentials: AWSCredentials?
    /// Whether AWS refused ``credentials``.
    private var isRefused = false
    private var fetchedAt: Instant?
    private var lastFailure: CredentialsFailure?

    /// Ahead of the end by this much, fetching begins while the old ones are in use. IMDS has the next ones 5 minutes before the end.
    static let early: Duration = .seconds(600)
    /// With less than this left, a call waits for the next ones, lest it arrive with what has ended.
    static let late: Duration = .seconds(60)
    /// Between two tries to fetch, so that a source that fails, or has nothing better yet, is not asked for every call.
    static let pause: Duration = .seconds(30)

    enum Decision: Hashable, Sendable {
        case use(AWSCredentials)
        /// They last, but not for long: fetch the next ones meanwhile.
        case useAndFetch(AWSCredentials)
        /// There are none that last: wait for the next ones.
        case fetch
        /// There are none, and the source has failed a moment ago.
        case fail(CredentialsFailure)
    }

    func decision(at now: Instant, _ calendar: UTCTime) -> Decision {
        let hasPaused = fetchedAt.map { now - $0 >= Self.pause } ?? true
        guard let credentials, !isRefused else { return next(hasPaused, otherwise: .fetch) }
        guard let expiration = credentials.expiration else { return .use(credentials) }
        let left = expiration - calendar
        // Credentials that came a moment ago and have ended already come from a clock that is behind this one: they are as good as any.
        if left <= .zero { return next(hasPaused, otherwise: .use(credentials)) }
        if left < Self.late { return hasPaused ? .fetch : .use(credentials) }
        return left < Self.early && hasPaused ? .useAndFetch(credentials) : .use(credentials)
    }

    private func next(_ hasPaused: Bool, otherwise: Decision) -> Decision {
        hasPaused ? .fetch : lastFailure.map(Decision.fail) ?? otherwise
    }

    /// The credentials at hand if they last for a moment more, for when no others can be had.
    func lasting(at calendar: UTCTime) -> AWSCredentials? {
        guard let credentials, !isRefused else { return nil }
        return credentials.expiration.map { $0 > calendar } ?? true ? credentials : nil
    }

    mutating func fetched(_ fresh: AWSCredentials, at now: Instant) {
        (credentials, isRefused, fetchedAt, lastFailure) = (fresh, false, now, nil)
    }

    mutating func failed(_ failure: CredentialsFailure, at now: Instant) {
        (lastFailure, fetchedAt) = (failure, now)
    }

    /// Credentials without an end are all that there is, so they stay.
    mutating func refused(_ refused: AWSCredentials) {
        if credentials == refused, refused.expiration != nil { isRefused = true }
    }
}
