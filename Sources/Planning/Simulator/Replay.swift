/// A world as one command names it: a seed, the faults that happen in it, and what was taken out of it.
public struct Replay: Hashable, Sendable {
    public var seed: UInt64
    public var faults: Set<Fault>
    /// At most so many nodes; nil for as many as the seed says.
    public var nodes: Int?
    /// For how many seconds pods come, at most; nil for as long as the seed says.
    public var seconds: Int?
    /// How many times as rarely pods come one by one; 1 or more.
    public var calm: Int
    public var omissions: Set<Omission>
    /// Lets chance fall otherwise in the same world; 0 is as it falls by the seed.
    public var luck: UInt64

    /// What a world can be without.
    public enum Omission: String, Hashable, Sendable, CaseIterable, Comparable {
        case operators
        case outages
        case metadata
        case furtherSubnets = "further-subnets"
        case bursts
        case garbageCollection = "garbage-collection"
        /// Pods whose name comes again, and pods that are served before others.
        case names

        public static func < (a: Omission, b: Omission) -> Bool { a.rawValue < b.rawValue }
    }

    /// - Precondition: `nodes`, `seconds` and `calm` are at least 1 where they are given.
    public init(
        seed: UInt64, faults: Set<Fault> = Set(Fault.allCases), nodes: Int? = nil, seconds: Int? = nil, calm: Int = 1,
        omissions: Set<Omission> = [], luck: UInt64 = 0
    ) {
        precondition((nodes ?? 1) >= 1 && (seconds ?? 1) >= 1, "a world of \(nodes ?? 1) nodes for \(seconds ?? 1) s")
        precondition(calm >= 1, "pods cannot come \(calm) times as rarely")
        self.seed = seed
        self.faults = faults
        self.nodes = nodes
        self.seconds = seconds
        self.calm = calm
        self.omissions = omissions
        self.luck = luck
    }

    /// The world of the seed, without what was taken out.
    public var scenario: Scenario {
        var scenario = Scenario.varied(seed: seed, faults: faults)
        scenario.seed ^= luck &* 0x9e37_79b9_7f4a_7c15
        if let nodes { scenario.nodes = min(nodes, scenario.nodes) }
        if let seconds { scenario.duration = min(.seconds(seconds), scenario.duration) }
        scenario.churn.arrivalInterval = scenario.churn.arrivalInterval.map { $0 * calm }
        for omission in omissions { scenario.leaveOut(omission) }
        return scenario
    }

    /// The command that runs this world again.
    public var command: String {
        var words = ["berth simulate --seed \(seed) --faults \(Fault.list(faults))"]
        if let nodes { words.append("--nodes \(nodes)") }
        if let seconds { words.append("--duration \(seconds)") }
        if calm > 1 { words.append("--calm \(calm)") }
        if !omissions.isEmpty { words.append("--without \(omissions.sorted().map(\.rawValue).joined(separator: ","))") }
        if luck > 0 { words.append("--luck \(luck)") }
        return words.joined(separator: " ")
    }
}

extension Scenario {
    fileprivate mutating func leaveOut(_ omission: Replay.Omission) {
        switch omission {
        case .operators: operatorInterval = nil
        case .outages: outageInterval = nil
        case .metadata: readsMetadata = false
        case .furtherSubnets: (furtherSubnets, namedPool) = ([], nil)
        case .bursts: churn.burstInterval = nil
        case .garbageCollection: churn.garbageInterval = nil
        case .names: (churn.stickyShare, churn.criticalShare) = (0, 0)
        }
    }
}

extension Fault {
    /// The faults as a command line has them: `all`, `none`, or their names with commas between them.
    public static func list(_ faults: Set<Fault>) -> String {
        if faults.count == allCases.count { return "all" }
        return faults.isEmpty ? "none" : faults.sorted().map(\.rawValue).joined(separator: ",")
    }

    /// The faults of such a list.
    ///
    /// - Throws: ``UnknownName`` for the first name that is no fault's.
    public static func listed(_ list: String) throws(UnknownName) -> Set<Fault> {
        switch list {
        case "all": Set(allCases)
        case "none": []
        default: try UnknownName.parse(list, as: "fault")
        }
    }
}

extension Replay.Omission {
    /// The parts of a world in a list with commas between them.
    ///
    /// - Throws: ``UnknownName`` for the first name that is no part's.
    public static func listed(_ list: String) throws(UnknownName) -> Set<Replay.Omission> {
        try UnknownName.parse(list, as: "part of a scenario")
    }
}

/// A name in a list that is none of those which are known.
public struct UnknownName: Error, Hashable, CustomStringConvertible {
    public let name: String
    /// What it should be the name of.
    public let kind: String
    public let known: [String]

    public var description: String { "there is no \(kind) \"\(name)\"; known are \(known.joined(separator: ", "))" }

    fileprivate static func parse<Name>(_ list: String, as kind: String) throws(UnknownName) -> Set<Name>
    where Name: RawRepresentable<String> & CaseIterable & Hashable {
        var names: Set<Name> = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = Name(rawValue: String(part)) else {
                throw UnknownName(name: String(part), kind: kind, known: Name.allCases.map(\.rawValue).sorted())
            }
            names.insert(name)
        }
        return names
    }
}
