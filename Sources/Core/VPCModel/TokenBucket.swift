import Timeline

/// Lets a burst of calls through, and after it as many as are refilled; counted in whole numbers, so that it replays.
struct TokenBucket: Hashable, Sendable, Codable {
    private let burst: Int64
    private let perSecond: Int64
    /// Thousandths of a call a second beyond the whole ones; nil for none.
    private let thousandths: Int64?
    /// What is left, in billionths of a call: a refill of r calls a second is r of these a nanosecond.
    private var billionths: Int64
    private var filledAtNanoseconds: Int64

    private static let oneCall: Int64 = 1_000_000_000

    /// A full bucket.
    init(_ limit: (burst: Int, perSecond: Int), at now: Instant) {
        precondition(limit.burst > 0 && limit.burst < 1_000_000 && limit.perSecond > 0, "a bucket of \(limit) lets nothing through")
        burst = Int64(limit.burst)
        perSecond = Int64(limit.perSecond)
        thousandths = nil
        billionths = burst * Self.oneCall
        filledAtNanoseconds = now.nanoseconds
    }

    /// A full bucket.
    init(_ limit: CallLimit, at now: Instant) {
        burst = Int64(limit.burst)
        let rate = Int64((limit.perSecond * 1000).rounded())
        perSecond = rate / 1000
        thousandths = rate % 1000
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
        let rate = perSecond * 1000 + (thousandths ?? 0)
        filledAtNanoseconds = now
        guard rate > 0 else { return }
        // Less than a million calls are missing, so that a thousand times as many billionths are a number of 64 bits.
        billionths += overflow || elapsed > missing * 1000 / rate ? missing : elapsed * rate / 1000
    }
}
