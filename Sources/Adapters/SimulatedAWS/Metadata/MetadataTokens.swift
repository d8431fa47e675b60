import Timeline

/// The tokens that the metadata service has given out, and when each ends.
struct MetadataTokens: Sendable {
    private var ends: [String: Instant] = [:]

    /// What EC2 grants, in seconds (EC2 User Guide, "Use the Instance Metadata Service").
    static let lifeSeconds = 1...21_600
    /// Enough for many programs that each ask for a token of their own; when they are used up, the one that ends first makes room.
    static let countMax = 1_000

    mutating func issue(_ token: String, seconds: Int, at now: Instant) {
        ends = ends.filter { now < $0.value }
        if ends.count >= Self.countMax, let first = ends.min(by: { $0.value < $1.value }) { ends[first.key] = nil }
        ends[token] = now + .seconds(seconds)
    }

    func isValid(_ token: String, at now: Instant) -> Bool {
        ends[token].map { now < $0 } ?? false
    }
}
