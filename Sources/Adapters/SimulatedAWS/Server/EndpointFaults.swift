/// Faults of EC2 that a served AWS has on purpose: each for a share of the calls, drawn anew for every call.
public struct EndpointFaults: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Refused with `RequestLimitExceeded`, status 503; nothing is done.
        case throttle
        /// Refused with `InternalError`, status 500; nothing is done.
        case error
        /// Carried out and then answered with `Unavailable`, status 503, so that whoever asked cannot know.
        case lostAnswer = "lost-answer"

        public static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    /// From 0 to 1, by kind; together at most 1.
    public let shares: [Kind: Double]

    public static let none = EndpointFaults()

    private init() { shares = [:] }

    /// Reads shares in percent such as `throttle=10,lost-answer=2.5`; nil for anything else.
    public init?(_ text: String) {
        var shares: [Kind: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let kind = Kind(rawValue: String(halves[0])), shares[kind] == nil,
                halves[1].allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let percent = Double(halves[1]),
                (0...100).contains(percent)
            else { return nil }
            shares[kind] = percent / 100
        }
        guard shares.values.reduce(0, +) <= 1 else { return nil }
        self.shares = shares
    }

    /// The fault of one call; nil for none.
    ///
    /// - Parameter chance: From 0 up to 1.
    func fault(at chance: Double) -> Kind? {
        var end = 0.0
        for kind in shares.keys.sorted() {
            end += shares[kind] ?? 0
            if chance < end { return kind }
        }
        return nil
    }

    public var description: String {
        shares.isEmpty ? "none" : shares.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value * 100)" }.joined(separator: ",")
    }
}
