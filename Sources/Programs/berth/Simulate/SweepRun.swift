import ArgumentParser
import CommandLineTool
import Simulator

/// Many seeds, on all cores.
struct SweepRun {
    var first: UInt64
    var count: UInt64
    var faults: Set<Fault>

    /// So many seeds have to bring every fault upon every state.
    private static let seedsForCoverage = 2_000
    /// Failing seeds for which a smaller world is looked for.
    private static let casesMax = 3
    /// Seeds that one core runs before it says how far it is.
    private static let piece: UInt64 = 20

    func run(_ output: OutputFormat) async throws {
        let sweep = try await sum()
        let cases = try sweep.violations.sorted { $0.key < $1.key }.enumerated().map { position, violation in
            try FailingCase(Replay(seed: violation.key, faults: faults), violation.value, isShrunk: position < Self.casesMax)
        }
        let report = SimulationReport(sweep, firstSeed: first, cases: cases)
        print(output == .json ? try report.json : report.text)
        let mustCover = faults.count == Fault.allCases.count && sweep.seeds >= Self.seedsForCoverage
        if !cases.isEmpty || mustCover && !sweep.missed.isEmpty { throw ExitCode.foundSomething }
    }

    private func sum() async throws -> Sweep {
        let progress = Progress(of: count)
        defer { progress.end() }
        return try await withThrowingTaskGroup(of: Sweep.self) { group in
            let (faults, last) = (faults, first + count - 1)
            for begin in stride(from: first, through: last, by: Int(Self.piece)) {
                group.addTask { try Sweep(begin...min(begin + Self.piece - 1, last), faults: faults) }
            }
            var sum = Sweep(faults: faults)
            for try await piece in group {
                sum.merge(piece)
                progress.show(UInt64(sum.seeds))
            }
            return sum
        }
    }
}
