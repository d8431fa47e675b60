import Addressing
import Timeline

/// What left the node a short while ago, and what a description may still show.
///
/// EC2 is eventually consistent: for a while it may describe an address that it has taken back, which by then may be
/// another node's. What has left is not taken in again on a description's word before that while is over.
struct Departures: Sendable {
    /// How old a description may be. EC2 names no bound; its guide speaks of seconds to minutes (EC2 Developer Guide,
    /// "Eventual consistency").
    static let lag: Duration = .seconds(120)

    enum Thing: Hashable, Sendable {
        case address(IPv4Address)
        case prefix(IPv4CIDR)
        case eni(ENIID)
    }

    private var moments: [Thing: Instant] = [:]
    /// Nothing left before; nil when nothing did.
    private var firstMoment: Instant?

    var isEmpty: Bool { moments.isEmpty }
    /// When the last of them may be believed again; nil when nothing left.
    var end: Instant? { moments.values.max().map { $0 + Self.lag } }

    var all: [(thing: Thing, moment: Instant)] {
        moments.map { ($0.key, $0.value) }.sorted { ($0.1, "\($0.0)") < ($1.1, "\($1.0)") }
    }

    mutating func note(_ things: some Sequence<Thing>, at moment: Instant) {
        for thing in things { moments[thing] = max(moment, moments[thing] ?? moment) }
        if !moments.isEmpty { firstMoment = min(firstMoment ?? moment, moment) }
    }

    /// EC2 has given it again, in answer to a call.
    mutating func forget(_ things: some Sequence<Thing>) {
        guard !moments.isEmpty else { return }
        for thing in things { moments[thing] = nil }
    }

    func contain(_ thing: Thing) -> Bool { moments[thing] != nil }

    mutating func expire(at now: Instant) {
        guard let first = firstMoment, first + Self.lag <= now else { return }
        moments = moments.filter { $0.value + Self.lag > now }
        firstMoment = moments.values.min()
    }

    static func things(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) -> [Thing] {
        addresses.map(Thing.address) + prefixes.map(Thing.prefix)
    }
}
