import Addressing
import HeapModule
import Timeline

/// Addresses that were released and are not to be handed out yet.
///
/// Each waits for two things: its time, and word that its link is gone.
struct Cooldowns: Sendable {
    /// Ends by time; one that was overtaken by events finds its address gone, or cooling to another end.
    private var ends = Heap<End>()
    private var states: [IPAddress: State] = [:]

    private struct End: Comparable, Sendable {
        var until: Instant
        var address: IPAddress

        static func < (a: End, b: End) -> Bool { a.until < b.until }
    }

    private struct State: Sendable {
        var until: Instant
        var isLinkGone: Bool
        var isOver: Bool
        /// What let go of it, whole: one reference, where the pod's name would be two strings to copy. Nil when that is not known,
        /// as after a restart.
        var last: Allocation?
    }

    var count: Int { states.count }
    /// Not before the earliest end that is still awaited; an end that was overtaken may come first.
    private(set) var nextEnd: Instant?

    /// Every cooling address with its end and whether its link is gone, by address.
    var all: [(address: IPAddress, until: Instant, isLinkGone: Bool)] {
        states.map { ($0.key, $0.value.until, $0.value.isLinkGone) }.sorted { $0.0 < $1.0 }
    }

    /// The earliest end of all that cool; nil when nothing does.
    var firstEnd: Instant? { states.values.lazy.map(\.until).min() }

    /// - Parameter last: What the address was held for.
    mutating func add(_ address: IPAddress, until: Instant, after last: consuming Allocation? = nil, at now: Instant) {
        let count = states.count
        states[address] = State(until: until, isLinkGone: false, isOver: until <= now, last: last)
        precondition(states.count > count, "\(address) cools already")
        guard until > now else { return }
        ends.insert(End(until: until, address: address))
        nextEnd = min(nextEnd ?? until, until)
    }

    /// Whether the link of a cooling address is gone; nil when the address does not cool.
    func isLinkGone(_ address: IPAddress) -> Bool? { states[address]?.isLinkGone }

    /// The pod that held a cooling address last, where that is known.
    func lastHolder(of address: IPAddress) -> PodName? { states[address]?.last?.pod }

    /// Notes that a link is gone and tells whether the address is free with that.
    mutating func linkDidGo(_ address: IPAddress) -> Bool {
        guard let index = states.index(forKey: address) else { return false }
        if states.values[index].isOver {
            states.remove(at: index)
            return true
        }
        states.values[index].isLinkGone = true
        return false
    }

    /// Whether some time is over.
    func isDue(at now: Instant) -> Bool { nextEnd.map { $0 <= now } ?? false }

    /// Removes and returns the next address that is free by now.
    mutating func popFree(at now: Instant) -> IPAddress? {
        while let next = nextEnd, next <= now {
            let first = ends.removeMin()
            nextEnd = ends.min?.until
            guard let index = states.index(forKey: first.address), states.values[index].until == first.until else { continue }
            if states.values[index].isLinkGone {
                states.remove(at: index)
                return first.address
            }
            states.values[index].isOver = true
        }
        return nil
    }

    /// Ends a cooldown before its time, because a sandbox holds the address.
    mutating func remove(_ address: IPAddress) {
        states[address] = nil
    }
}
