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
    /// How often an operator changed the configuration of a node under its pods.
    public internal(set) var reconfigurations = 0
    /// How often EC2 went away for a node, and how often an engine that left it alone looked whether it is back.
    public internal(set) var outages = 0
    public internal(set) var probes = 0
    /// Wholly free /28 blocks of the nodes' subnet at the end of the churn.
    public internal(set) var freeBlocks = 0
    public internal(set) var violations: [Violation] = []
    /// What a policy that is not judged did against the rules, by the kind of violation it would have been.
    public internal(set) var breaches: [String: Int] = [:]
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

    package init(seed: UInt64, moment: Instant, text: String) {
        self.seed = seed
        self.moment = moment
        self.text = text
    }

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

/// Waiting times by their size, each class an eighth wider than the one before and so at most an eighth of a time wide.
public struct Waits: Hashable, Sendable {
    public private(set) var count = 0
    public private(set) var longest = Duration.zero
    /// By the end of the class, in microseconds.
    private var classes: [UInt64: Int] = [:]

    package init() {}

    package mutating func add(_ wait: Duration) {
        classes[Self.end(of: UInt64(max(0, wait.wholeNanoseconds / 1_000))), default: 0] += 1
        count += 1
        longest = max(longest, wait)
    }

    /// Joins the waits of several runs.
    public init(joining all: [Waits]) {
        for waits in all {
            classes.merge(waits.classes, uniquingKeysWith: +)
            count += waits.count
            longest = max(longest, waits.longest)
        }
    }

    /// The first multiple of an eighth of the time's power of two that is above the time.
    private static func end(of microseconds: UInt64) -> UInt64 {
        let width: UInt64 = microseconds < 8 ? 1 : 1 << (60 - microseconds.leadingZeroBitCount)
        return (microseconds / width + 1) * width
    }

    /// The time below which this share of the waits lies, as the end of its class; nil when there was none.
    public func percentile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        var below = 0
        for (end, size) in classes.sorted(by: { $0.key < $1.key }) {
            below += size
            if Double(below) >= share * Double(count) { return min(longest, .microseconds(end)) }
        }
        return longest
    }
}
