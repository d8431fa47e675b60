import Addressing
import DequeModule
import Timeline

/// Addresses that were released and are not to be handed out yet.
///
/// Each waits for two things: its time, and word that its link is gone. In order of their ends.
struct Cooldowns: Sendable {
    private var ends: Deque<(address: IPv4Address, until: Instant)> = []
    private var states: [IPv4Address: State] = [:]

    private struct State: Sendable {
        var until: Instant
        var isLinkGone: Bool
        var isOver: Bool
    }

    var count: Int { states.count }
    var nextEnd: Instant? { ends.first?.until }

    /// Every cooling address with its end and whether its link is gone, by address.
    var all: [(address: IPv4Address, until: Instant, isLinkGone: Bool)] {
        states.map { ($0.key, $0.value.until, $0.value.isLinkGone) }.sorted { $0.0 < $1.0 }
    }

    mutating func add(_ address: IPv4Address, until: Instant) {
        precondition(states[address] == nil, "\(address) cools already")
        states[address] = State(until: until, isLinkGone: false, isOver: false)
        let index = ends.lastIndex { $0.until <= until }.map { $0 + 1 } ?? 0
        ends.insert((address, until), at: index)
    }

    /// Whether the link of a cooling address is gone; nil when the address does not cool.
    func isLinkGone(_ address: IPv4Address) -> Bool? { states[address]?.isLinkGone }

    /// Notes that a link is gone and tells whether the address is free with that.
    mutating func linkDidGo(_ address: IPv4Address) -> Bool {
        guard var state = states[address] else { return false }
        if state.isOver {
            states[address] = nil
            return true
        }
        state.isLinkGone = true
        states[address] = state
        return false
    }

    /// Removes and returns the next address that is free by now.
    mutating func popFree(at now: Instant) -> IPv4Address? {
        while let first = ends.first, first.until <= now {
            ends.removeFirst()
            guard var state = states[first.address] else { continue }
            if state.isLinkGone {
                states[first.address] = nil
                return first.address
            }
            state.isOver = true
            states[first.address] = state
        }
        return nil
    }

    /// Ends a cooldown before its time, because a sandbox is found to hold the address.
    mutating func remove(_ address: IPv4Address) {
        states[address] = nil
        ends.removeAll { $0.address == address }
    }
}
