/// Pauses that double, each of any length up to its bound: those who failed together come back apart.
struct Backoff: Hashable, Sendable {
    static let first = Duration.milliseconds(500)
    static let longest = Duration.seconds(30)

    private(set) var failures = 0

    /// The next pause: from nothing to 0.5 s, 1 s, 2 s … 30 s; at least as long as the server asked for, and then by up to a half longer.
    mutating func next(atLeast asked: Duration? = nil, using random: inout some RandomNumberGenerator) -> Duration {
        let bound = min(Self.longest, Self.first * (1 << min(failures, 10)))
        failures += 1
        guard let asked, asked > .zero else { return Self.random(upTo: bound, using: &random) }
        return asked + Self.random(upTo: asked / 2, using: &random)
    }

    /// Begins anew, after a time without failures.
    mutating func reset() { failures = 0 }

    private static func random(upTo bound: Duration, using random: inout some RandomNumberGenerator) -> Duration {
        .milliseconds(Int64.random(in: 0...max(0, Int64(bound / .milliseconds(1))), using: &random))
    }
}
