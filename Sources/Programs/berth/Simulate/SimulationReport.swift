import FoundationEssentials
import Simulator
import TextTable
import Timeline

/// What a sweep has shown, for people and for programs.
struct SimulationReport: Encodable {
    let schema = "berth/simulation/1"
    let firstSeed: UInt64
    let seeds: Int
    /// In the runs' own time.
    let simulatedSeconds: Double
    let events: Int
    let pods: Int
    let served: Int
    /// By the name of the fault.
    let faults: [String: Int]
    let violations: Int
    /// The failing seeds, ascending.
    let cases: [FailingCase]
    let coverage: Coverage

    struct Coverage: Encodable {
        /// By fault, then by the state of the node that it came upon.
        let counts: [String: [String: Int]]
        let missed: [Pair]
    }

    struct Pair: Encodable {
        let fault: String
        let state: String
    }

    init(_ sweep: Sweep, firstSeed: UInt64, cases: [FailingCase]) {
        self.firstSeed = firstSeed
        seeds = sweep.seeds
        simulatedSeconds = sweep.elapsed.inSeconds
        events = sweep.events
        pods = sweep.pods
        served = sweep.served
        let chosen = sweep.chosen.sorted()
        faults = Dictionary(uniqueKeysWithValues: chosen.map { ($0.rawValue, sweep.faults[$0] ?? 0) })
        violations = sweep.violations.count
        self.cases = cases
        let counts = chosen.map { fault in
            (
                fault.rawValue,
                Dictionary(
                    uniqueKeysWithValues: NodeState.allCases.map { state in
                        (state.rawValue, sweep.coverage[Report.Coverage(fault: fault, state: state)] ?? 0)
                    })
            )
        }
        coverage = Coverage(
            counts: Dictionary(uniqueKeysWithValues: counts),
            missed: sweep.missed.map { Pair(fault: $0.fault.rawValue, state: $0.state.rawValue) })
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    // MARK: - For people

    var text: String {
        ([summary] + (faults.isEmpty ? [] : [coverageTable, missedPairs]) + cases.map(\.text)).joined(separator: "\n\n")
    }

    private var summary: String {
        let days = simulatedSeconds / 86_400
        let rows = [
            ("seeds", "\(seeds), from \(firstSeed)"), ("simulated", "\(Int(days)) days \(Int(days * 24) % 24) h"), ("events", "\(events)"),
            ("pods", "\(pods), \(served) with an address"), ("faults", "\(faults.values.reduce(0, +))"), ("violations", "\(violations)"),
        ]
        return rows.map { $0.0 + String(repeating: " ", count: 12 - $0.0.count) + $0.1 }.joined(separator: "\n")
    }

    /// Each fault, how often it happened and to nodes in which state.
    private var coverageTable: String {
        let table = TextTable<String> { fault in
            [Column("FAULT" <- fault), Column("INJECTED" <- faults[fault] ?? 0, align: .right)]
                + NodeState.allCases.map { state in
                    Column(state.rawValue.uppercased() <- coverage.counts[fault]?[state.rawValue] ?? 0, align: .right)
                }
        }
        return Tables.lines(table.string(for: faults.keys.sorted(), style: Style.plain))
    }

    private var missedPairs: String {
        guard !coverage.missed.isEmpty else { return "Every fault came upon nodes in every state." }
        return "Not seen: " + coverage.missed.map { "\($0.fault) while \($0.state)" }.joined(separator: ", ")
    }
}
