import Timeline

/// Lets a burst of calls through, and after it as many as are refilled; counted in whole numbers, so that it replays.
struct TokenBucket: Hashable, Sendable, Codable {
    private let burst: Int64
    private let perSecond: Int64
    /// What is left, in billionths of a call: a refill of r calls a second is r of these a nanosecond.
    private var billionths: Int64
    private var filledAtNanoseconds: Int64

    private static let oneCall: Int64 = 1_000_000_000

    /// A full bucket.
    init(_ limit: (burst: Int, perSecond: Int), at now: Instant) {
        precondition(limit.burst > 0 && limit.burst < 1_000_000 && limit.perSecond > 0, "a bucket of \(limit) lets nothing through")
        burst = Int64(limit.burst)
        perSecond = Int64(limit.perSecond)
        billionths = burst * Self.oneCall
        filledAtNanoseconds = now.nanoseconds
    }

    /// Takes one call; false when there is none.
    mutating func take(at now: Instant) -> Bool {
        refill(until: now.nanoseconds)
        guard billionths >= Self.oneCall else { return false }
        billionths -= Self.oneCall
        return true
    }

    private mutating func refill(until now: Int64) {
        guard now > filledAtNanoseconds else { return }
        let missing = burst * Self.oneCall - billionths
        let (elapsed, overflow) = now.subtractingReportingOverflow(filledAtNanoseconds)
        billionths += overflow || elapsed > missing / perSecond ? missing : elapsed * perSecond
        filledAtNanoseconds = now
    }
}
