public import Timeline

/// The rate at which one node calls one API: a token bucket whose rate halves when AWS throttles and climbs back with time.
///
/// The nodes of an account share AWS's limit without talking to each other. Halving at once and climbing by the same amount each
/// second makes shares even out, as it does for the senders of TCP. Pure: time is an argument.
public struct CallBucket: Hashable, Sendable {
    public struct Limits: Hashable, Sendable {
        /// Calls a second when all is well.
        public var rateMax: Double
        /// Calls a second that are left however often AWS throttles; above zero.
        public var rateMin: Double
        /// Calls that may be made at once after a rest; at least 1.
        public var burst: Double
        /// How much the rate climbs in a second, in calls a second.
        public var climb: Double

        /// The defaults let a node start with a burst, hold it below the 5 to 20 calls a second at which EC2 refills an account's buckets,
        /// and take minutes from the least rate to the full one: a faster climb only has more calls throttled.
        public init(rateMax: Double = 4, rateMin: Double = 0.1, burst: Double = 10, climb: Double = 0.01) {
            precondition(0 < rateMin && rateMin <= rateMax && burst >= 1 && climb > 0, "rates \(rateMin)...\(rateMax), burst \(burst)")
            self.rateMax = rateMax
            self.rateMin = rateMin
            self.burst = burst
            self.climb = climb
        }
    }

    public let limits: Limits
    /// At ``updated``; below zero while calls wait for their turn.
    private var tokens: Double
    private var rate: Double
    private var updated: Instant
    private var lastHalving: Instant?

    /// A full bucket.
    public init(_ limits: Limits = Limits(), at now: Instant) {
        self.limits = limits
        tokens = limits.burst
        rate = limits.rateMax
        updated = now
    }

    /// Calls a second at that moment.
    public func rate(at now: Instant) -> Double {
        min(limits.rateMax, rate + limits.climb * max(0, (now - updated).inSeconds))
    }

    /// Takes a turn, which may lie in the future: calls go out in the order in which they took theirs.
    ///
    /// - Returns: How long to wait before sending; zero while the bucket has tokens.
    public mutating func take(at now: Instant) -> Duration {
        update(at: now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }

    /// Gives back a turn that was not used.
    public mutating func giveBack(at now: Instant) {
        update(at: now)
        tokens = min(limits.burst, tokens + 1)
    }

    /// Takes note that AWS throttled: half the rate, and no burst. Calls that were made together and fail together count once.
    public mutating func throttled(at now: Instant) {
        update(at: now)
        if let lastHalving, now - lastHalving < .seconds(1) { return }
        lastHalving = now
        rate = max(limits.rateMin, rate / 2)
        tokens = min(tokens, 0)
    }

    private mutating func update(at now: Instant) {
        let elapsed = max(0, (now - updated).inSeconds)
        let climbed = rate(at: now)
        tokens = min(limits.burst, tokens + elapsed * (rate + climbed) / 2)
        rate = climbed
        updated = max(updated, now)
    }
}
