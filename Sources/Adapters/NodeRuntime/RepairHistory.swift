import Timeline

/// What was mended, how often, and how soon the same may be mended again.
///
/// An agent that removes an object whenever it is made would otherwise keep both busy for ever. The first few repairs of an
/// object come at once; those that follow come later and later, until it has been left alone for a while.
struct RepairHistory: Sendable {
    /// How often objects of each kind were mended.
    private(set) var counts: [Drift.Kind: Int] = [:]
    /// Pods let go because their link was gone.
    var podsGone = 0
    private var repairs: [Drift: Repairs] = [:]
    /// Since when each drift that is still there is known.
    private var firstSeen: [Drift: Instant] = [:]

    private struct Repairs: Sendable {
        var count: Int
        var last: Instant
    }

    /// So many repairs of one object come at once.
    static let promptRepairsMax = 4
    /// The wait before the one after; each further wait is twice as long.
    static let firstWait: Duration = .milliseconds(250)
    static let longestWait: Duration = .seconds(15)
    /// An object that was mended this long ago, and not since, is thought to be left alone.
    static let calm: Duration = .seconds(300)

    /// Takes note of what was found by a look at the whole network.
    mutating func note(found: [Drift], at now: Instant) {
        let known = firstSeen
        firstSeen = Dictionary(found.map { ($0, known[$0] ?? now) }) { first, _ in first }
        repairs = repairs.filter { $0.value.last + Self.calm > now }
    }

    mutating func note(mended drift: Drift, at now: Instant) {
        counts[drift.kind, default: 0] += 1
        firstSeen[drift] = nil
        repairs[drift] = Repairs(count: (repairs[drift]?.count ?? 0) + 1, last: now)
    }

    /// What breaks the traffic of pods that run, and has done so for a while; what is stale breaks that of later pods alone.
    func lasting(_ time: Duration, at now: Instant) -> [Drift] {
        firstSeen.filter { drift, since in drift.state != .stale && since.duration(to: now) >= time }.keys.sorted { $0.object < $1.object }
    }

    func since(_ drift: Drift) -> Instant? { firstSeen[drift] }

    /// When the drift may be mended: at once, or at a moment that may have passed.
    func due(_ drift: Drift) -> Instant? {
        guard let past = repairs[drift], past.count >= Self.promptRepairsMax else { return nil }
        let doublings = min(past.count - Self.promptRepairsMax, 16)
        return past.last + min(Self.longestWait, Self.firstWait * (1 << doublings))
    }

    /// Whether somebody keeps undoing the repair.
    func isContested(_ drift: Drift) -> Bool { due(drift) != nil }
}
