import Foundation
import Testing

/// Holds how often the daemon asks the kernel for one pod against `Benchmarks/daemon-syscalls.json`.
@Suite(.serialized, .enabled(if: BenchmarkProgram.isToBeRun, "\(BenchmarkProgram.missing ?? "nothing is missing")"))
struct DaemonSystemCallsTests {
    @Test func theSystemCallsForAPodAreTheKeptOnes() throws {
        let measured = try JSONDecoder().decode(SystemCalls.self, from: BenchmarkProgram.measure(["system-calls"]))
        var figures = try DaemonFigures.read()
        if ProcessInfo.processInfo.environment["BERTH_UPDATE_BENCHMARKS"] == "1" {
            figures.calls = measured
            return try figures.write()
        }
        let update = "If this is meant: BERTH_UPDATE_BENCHMARKS=1 swift test -c release --filter DaemonSystemCallsTests"
        for (command, calls) in SystemCalls.commands {
            let (own, kept) = (measured[keyPath: calls], figures.calls[keyPath: calls])
            #expect(
                own.sum <= kept.sum + figures.tolerance,
                "\(command) takes \(own.sum) system calls instead of \(kept.sum): \(own) where \(kept) are kept. \(update)")
        }
    }
}

/// The system calls of each command by name.
struct SystemCalls: Codable {
    var add: [String: Int]
    var delete: [String: Int]
    var secondDelete: [String: Int]

    static var commands: [(String, KeyPath<SystemCalls, [String: Int]>)] {
        [("ADD", \.add), ("DEL", \.delete), ("the second DEL", \.secondDelete)]
    }
}

extension [String: Int] {
    fileprivate var sum: Int { values.reduce(0, +) }
}

/// The file of kept figures.
struct DaemonFigures: Codable {
    var calls: SystemCalls
    var howMeasured: String
    /// Entries of the journal may be written by the one thread or the other.
    var tolerance: Int

    private static let file = repositoryRoot.appendingPathComponent("Benchmarks/daemon-syscalls.json")

    static func read() throws -> DaemonFigures {
        try JSONDecoder().decode(DaemonFigures.self, from: Data(contentsOf: file))
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: Self.file)
    }
}
