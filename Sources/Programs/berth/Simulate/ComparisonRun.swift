import FoundationEssentials
import IPAMEngine
import Simulator

/// The comparison, on all cores.
struct ComparisonRun {
    func run(_ output: OutputFormat) async throws {
        let comparison = try await compare()
        switch output {
        case .table: print(([comparison.table] + Comparison.notes).joined(separator: "\n\n"))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(ComparisonReport(comparison)), as: UTF8.self))
        }
    }

    private func compare() async throws -> Comparison {
        let pairs = Comparison.Trial.allCases.flatMap { trial in Comparison.Contender.allCases.map { (trial, $0) } }
        let outcomes = try await withThrowingTaskGroup(of: (Int, Comparison.Outcome).self) { group in
            for (position, (trial, contender)) in pairs.enumerated() {
                group.addTask { (position, try Comparison.Outcome(trial, contender)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return Comparison(outcomes.sorted { $0.0 < $1.0 }.map(\.1))
    }
}

/// The comparison for programs.
struct ComparisonReport: Encodable {
    let schema = "berth/comparison/1"
    let outcomes: [Outcome]
    let notes = Comparison.notes

    struct Outcome: Encodable {
        let mode: String
        let load: String
        let subnet: String
        let policy: String
        let pods: Int
        let callsPerPod: Double
        let changesPerPod: Double
        let addressesHeldPerUsed: Double
        let freeBlocksMean: Double
        let freeBlocksLeast: Int
        let waitP50Seconds: Double?
        let waitP99Seconds: Double?
        let waitLongestSeconds: Double
        let addsRefused: Int
        let podsThatNeverRan: Int
        let handedOnTooSoon: Int

        init(_ outcome: Comparison.Outcome) {
            let use = outcome.use
            mode = outcome.trial.unit.rawValue
            load = outcome.trial.workload.rawValue
            subnet = outcome.trial.room.rawValue
            policy = outcome.contender.rawValue
            pods = use.report.pods
            callsPerPod = use.callsPerPod
            changesPerPod = use.changesPerPod
            addressesHeldPerUsed = use.takenPerHeld
            freeBlocksMean = use.freeBlocksMean
            freeBlocksLeast = use.freeBlocksLeast
            waitP50Seconds = use.report.waits.percentile(0.5).map { $0 / .seconds(1) }
            waitP99Seconds = use.report.waits.percentile(0.99).map { $0 / .seconds(1) }
            waitLongestSeconds = use.report.waits.longest / .seconds(1)
            addsRefused = use.refusals
            podsThatNeverRan = use.neverRan
            handedOnTooSoon = use.handedOnTooSoon
        }
    }

    init(_ comparison: Comparison) {
        outcomes = comparison.outcomes.map(Outcome.init)
    }
}
