import IPAMEngine
public import VPCModel

/// What the runs of many seeds have shown together.
///
/// A sum: whoever has several cores gives each some of the seeds and merges what comes of it, in any order.
public struct Sweep: Hashable, Sendable {
    /// What was to happen to the nodes.
    public let chosen: Set<Fault>
    public private(set) var seeds = 0
    public private(set) var events = 0
    public private(set) var pods = 0
    /// ADDs that ended with an address and its links.
    public private(set) var served = 0
    /// What happened to the nodes, and how often.
    public private(set) var faults: [Fault: Int] = [:]
    /// How often a fault came upon a node in each state.
    public private(set) var coverage: [Report.Coverage: Int] = [:]
    /// Seeds whose run ended at a violation, each with it.
    public private(set) var violations: [UInt64: Violation] = [:]
    /// In the runs' own time, summed.
    public private(set) var elapsed = Duration.zero

    /// Of no seed yet.
    public init(faults: Set<Fault>) {
        chosen = faults
    }

    /// Runs the varied scenarios of these seeds with the daemon's own engine.
    ///
    /// - Throws: `InsufficientFreeAddressesInSubnet` where a world is too small for its nodes, which no varied one is.
    public init(_ seeds: some Sequence<UInt64>, faults: Set<Fault>) throws(VPCError) {
        self.init(faults: faults)
        for seed in seeds { add(try Simulation<IPAMEngine>.run(.varied(seed: seed, faults: faults))) }
    }

    public mutating func add(_ report: Report) {
        seeds += 1
        events += report.events
        pods += report.pods
        served += report.served
        elapsed += report.elapsed
        faults.merge(report.faults, uniquingKeysWith: +)
        coverage.merge(report.coverage, uniquingKeysWith: +)
        if let violation = report.violations.first { violations[report.seed] = violation }
    }

    /// Takes in what other seeds have shown.
    ///
    /// - Precondition: The same faults were chosen for both.
    public mutating func merge(_ other: Sweep) {
        precondition(chosen == other.chosen, "sweeps of different faults have no common coverage")
        seeds += other.seeds
        events += other.events
        pods += other.pods
        served += other.served
        elapsed += other.elapsed
        faults.merge(other.faults, uniquingKeysWith: +)
        coverage.merge(other.coverage, uniquingKeysWith: +)
        violations.merge(other.violations) { first, _ in first }
    }

    /// The chosen faults that have not come upon a node in some state, by fault and then in the order of the states.
    public var missed: [Report.Coverage] {
        chosen.sorted().flatMap { fault in NodeState.allCases.map { Report.Coverage(fault: fault, state: $0) } }
            .filter { coverage[$0] == nil }
    }
}
