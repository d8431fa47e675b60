import IPAMEngine
import Timeline
public import VPCModel

/// The search for a small world in which the same goes wrong as in a large one.
///
/// Takes one thing out after another and keeps out what is not missed, until nothing more can go. Whatever is taken out lets
/// chance fall otherwise, so each smaller world is tried a few times with other luck. What is found is a world by itself, with a
/// command that runs it; the same failing world always leads to the same small one.
public struct Shrinking: Sendable {
    /// The smallest failing world found.
    public private(set) var smallest: Replay
    /// What goes wrong in it.
    public private(set) var violation: Violation
    /// Worlds that were run in the search.
    public private(set) var runs = 0

    private let runsMax: Int
    private let run: @Sendable (Scenario) throws(VPCError) -> Violation?

    /// Shrinks a failing world.
    ///
    /// - Parameters:
    ///   - violation: What went wrong in it; worlds that fail otherwise are not taken for smaller ones.
    ///   - runsMax: The search ends after so many runs; a run takes milliseconds.
    ///   - run: Runs a scenario and returns the first violation.
    /// - Throws: What `run` throws.
    public init(
        _ failing: Replay, violation: Violation, runsMax: Int = 1_000, run: @escaping @Sendable (Scenario) throws(VPCError) -> Violation?
    ) throws(VPCError) {
        smallest = failing
        self.violation = violation
        self.runsMax = runsMax
        self.run = run
        while try shrinkOnce() {}
    }

    /// Shrinks a world in which the daemon's own engine fails.
    ///
    /// - Throws: What the simulation throws.
    public init(_ failing: Replay, violation: Violation) throws(VPCError) {
        try self.init(failing, violation: violation) { (scenario: Scenario) throws(VPCError) in
            try Simulation<IPAMEngine>.run(scenario).violations.first
        }
    }

    /// Tries everything that could go; whether something did.
    private mutating func shrinkOnce() throws(VPCError) -> Bool {
        let before = smallest
        for smaller in fewerFaults where smallest.faults.isSuperset(of: smaller) {
            try take(with(\.faults, smallest.faults.subtracting(smaller)))
        }
        for omission in Replay.Omission.allCases { try take(with(\.omissions, smallest.omissions.union([omission]))) }
        for nodes in 1..<smallest.scenario.nodes where nodes < smallest.scenario.nodes { try take(with(\.nodes, nodes)) }
        for seconds in shorter where seconds < smallest.scenario.duration.wholeSeconds { try take(with(\.seconds, seconds)) }
        for calm in [smallest.calm * 4, smallest.calm * 2] where calm <= Self.calmMax { try take(with(\.calm, calm)) }
        return smallest != before
    }

    /// Beyond it no pods come one by one.
    private static var calmMax: Int { 64 }

    /// Faults to take out together: half of them, a quarter, and so on down to one.
    private var fewerFaults: [Set<Fault>] {
        let faults = smallest.faults.sorted()
        var groups: [Set<Fault>] = []
        var size = (faults.count + 1) / 2
        while size >= 1 {
            groups += stride(from: 0, to: faults.count, by: size).map { Set(faults[$0..<min($0 + size, faults.count)]) }
            size = size == 1 ? 0 : (size + 1) / 2
        }
        return groups
    }

    /// How long pods may come instead, from the shortest: the half, and no longer than until the violation.
    private var shorter: [Int] {
        let seconds = smallest.scenario.duration.wholeSeconds
        let violated = Int(min(violation.moment.nanoseconds / 1_000_000_000, Int64(seconds))) + 1
        return Set([seconds / 4, seconds / 2, violated, seconds * 7 / 8]).filter { $0 >= 1 }.sorted()
    }

    private func with<Value>(_ part: WritableKeyPath<Replay, Value>, _ value: Value) -> Replay {
        var replay = smallest
        replay[keyPath: part] = value
        return replay
    }

    /// Takes the world for the smallest if the same goes wrong in it, with one luck or another.
    private mutating func take(_ replay: Replay) throws(VPCError) {
        guard replay != smallest else { return }
        var replay = replay
        for luck in [smallest.luck] + (smallest.luck + 1...smallest.luck + Self.triesMore) where runs < runsMax {
            runs += 1
            replay.luck = luck
            guard let found = try run(replay.scenario), found.kind == violation.kind else { continue }
            smallest = replay
            violation = found
            return
        }
    }

    private static var triesMore: UInt64 { 4 }
}

extension Violation {
    /// What went wrong, without who and when: the words of the text that have no digit in them.
    public var kind: String {
        text.split(separator: " ").filter { word in !word.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
            .joined(separator: " ")
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int { Int(components.seconds) }
}
