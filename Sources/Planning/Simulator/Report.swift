import Addressing
public import Timeline
public import VPCModel

/// What a run has shown.
public struct Report: Hashable, Sendable {
    public let seed: UInt64
    /// Events that the engines were given.
    public internal(set) var events = 0
    /// ADDs of pods, repeated ones not counted.
    public internal(set) var pods = 0
    /// ADDs that ended with an address and its links.
    public internal(set) var served = 0
    /// ADDs that were refused, by the reason's stable name.
    public internal(set) var refusals: [String: Int] = [:]
    public internal(set) var faults: [Fault: Int] = [:]
    /// How often a fault came upon a node in each state.
    public internal(set) var coverage: [Coverage: Int] = [:]
    public internal(set) var calls: [EC2Operation: Int] = [:]
    /// From an ADD to its links, for those that were served.
    public internal(set) var waits = Waits()
    /// Addresses that nodes had attached and addresses that pods held, each summed over the arrivals of pods.
    public internal(set) var addressesAttached = 0
    public internal(set) var addressesHeld = 0
    /// ENIs that EC2 made in the moment the daemon died or the answer was lost, and that nobody knows. They stay in the account.
    public internal(set) var enisUnheardOf = 0
    public internal(set) var violations: [Violation] = []
    /// How long the run was in its own time, the coming to rest included.
    public internal(set) var elapsed = Duration.zero

    init(seed: UInt64) {
        self.seed = seed
    }

    /// Addresses attached for each that a pod held; nil when none ever was.
    public var attachedPerHeld: Double? {
        addressesHeld == 0 ? nil : Double(addressesAttached) / Double(addressesHeld)
    }

    /// A fault and the state of the node that it came upon.
    public struct Coverage: Hashable, Sendable {
        public let fault: Fault
        public let state: NodeState

        public init(fault: Fault, state: NodeState) {
            self.fault = fault
            self.state = state
        }
    }
}

/// Something that must never be, with what replays it.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public let seed: UInt64
    /// On the run's own time line.
    public let moment: Instant
    public let text: String

    public var description: String { "seed \(seed) at \(moment): \(text)" }
}

/// What a node is busy with, as faults see it; the first that applies.
public enum NodeState: String, Hashable, Sendable, CaseIterable {
    /// The daemon has begun and does not yet know what EC2 has, or doubts it.
    case recovering
    /// An ADD waits for an address.
    case waiting
    case growing
    case shrinking
    case idle
}

/// Waiting times by their size, each class twice as wide as the one before.
public struct Waits: Hashable, Sendable {
    public private(set) var count = 0
    public private(set) var longest = Duration.zero
    /// The first is below 1 ms, the next below 2 ms, below 4 ms and so on.
    public private(set) var classes: [Int] = Array(repeating: 0, count: 32)

    mutating func add(_ wait: Duration) {
        let milliseconds = UInt64(max(0, wait.wholeNanoseconds / 1_000_000))
        classes[min(classes.count - 1, 64 - milliseconds.leadingZeroBitCount)] += 1
        count += 1
        longest = max(longest, wait)
    }

    /// The time below which this share of the waits lies, as the end of its class; nil when there was none.
    public func percentile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        var below = 0
        for (index, size) in classes.enumerated() {
            below += size
            if Double(below) >= share * Double(count) { return min(longest, .milliseconds(1 << index)) }
        }
        return longest
    }
}
