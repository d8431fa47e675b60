import Foundation
import Testing

/// Holds what the engine and the simulator cost against `Benchmarks/engine-costs.json`.
///
/// Instructions and allocations are counted and time is not measured, so the figures do not depend on what else runs; the times
/// that the tool prints are for people.
@Suite(.serialized, .enabled(if: EngineBenchmark.isToBeMeasured, "\(EngineBenchmark.missing ?? "nothing is missing")"))
struct EngineCostTests {
    @Test(arguments: EngineBenchmark.all)
    func theCostIsTheKeptOne(benchmark: EngineBenchmark) throws {
        let measured = try benchmark.measure()
        print("\(benchmark.workload): \(try benchmark.words())")
        var figures = try EngineFigures.read()
        if ProcessInfo.processInfo.environment["BERTH_UPDATE_BENCHMARKS"] == "1" {
            figures.workloads[benchmark.workload] = measured
            return try figures.write()
        }
        let kept = try #require(figures.workloads[benchmark.workload])
        let update = "If this is meant: BERTH_UPDATE_BENCHMARKS=1 swift test -c release --filter EngineCostTests"
        let change = 100 * (measured.instructions - kept.instructions) / kept.instructions
        #expect(
            abs(change) <= figures.instructionsTolerancePercent,
            "\(benchmark.workload) takes \(measured.instructions) instructions instead of \(kept.instructions), \(change) %. \(update)")
        #expect(
            measured.allocations <= kept.allocations + figures.allocationsTolerance,
            "\(benchmark.workload) allocates \(measured.allocations) times instead of \(kept.allocations). \(update)")
    }
}

/// What one unit of a workload costs: a pod's life, an ADD, or an event of a simulated engine.
struct EngineCost: Codable {
    var instructions: Double
    var allocations: Double
}

/// The file of kept figures.
struct EngineFigures: Codable {
    var allocationsTolerance: Double
    var architecture: String
    var howMeasured: String
    var instructionsTolerancePercent: Double
    var whyAllocations: String
    var workloads: [String: EngineCost]

    private static let file = repositoryRoot.appendingPathComponent("Benchmarks/engine-costs.json")

    static func read() throws -> EngineFigures {
        try JSONDecoder().decode(EngineFigures.self, from: Data(contentsOf: file))
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: Self.file)
    }
}
