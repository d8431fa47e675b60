import ArgumentParser
import CapacityPlanner
import ClusterSimulator
import CommandLineTool
import Glibc
import Synchronization
import VPCModel

/// Runs a plan's cluster with several seeds, on all cores.
struct PlanSimulation {
    var scenario: PlanScenario
    var first: UInt64
    /// 1 or more.
    var count: Int

    /// What shells say of a program that SIGINT ended: 128 and the signal's number.
    static let interrupted: Int32 = 130

    struct Result {
        /// Nil when it was ended before anything was finished.
        var plan: SimulatedPlan?
        var wasInterrupted: Bool
    }

    /// Ctrl-C ends the run, and what is finished is all there is.
    func run() async throws -> Result {
        guard scenario.networking.runsBerthsEngine else {
            let networking = scenario.networking
            StandardError.write(
                "berth: --simulate runs Berth's engine, and the file has preset \(networking.preset.name) with allocation "
                    + "\(networking.allocation.rawValue). Leave --simulate out, or set preset to berth and allocation to packed")
            throw ExitCode.badInput
        }
        Interruption.begin()
        defer { Interruption.end() }
        let progress = PhaseProgress(of: count * (1 + scenario.events.count))
        defer { progress.end() }
        let watch = SimulationWatch(isCancelled: { Interruption.hasCome }, progress: { _, _ in progress.advance() })
        do {
            let runs = try await withThrowingTaskGroup(of: SimulatedPlan.Run?.self) { group in
                for seed in first..<first + UInt64(count) {
                    group.addTask { [scenario] in
                        Interruption.hasCome ? nil : try SimulatedPlan.run(scenario, seed: seed, watch: watch)
                    }
                }
                return try await group.reduce(into: [SimulatedPlan.Run]()) { runs, run in if let run { runs.append(run) } }
            }
            let sorted = runs.sorted { $0.seed < $1.seed }
            let plan = sorted.isEmpty ? nil : SimulatedPlan(scenario: scenario, runs: sorted, seedsAsked: count)
            return Result(plan: plan, wasInterrupted: Interruption.hasCome)
        } catch let error as VPCError {
            StandardError.write("berth: the subnets cannot be simulated: \(error.message)")
            throw ExitCode.badInput
        }
    }
}

/// How many phases all seeds have finished.
private final class PhaseProgress: Sendable {
    private let progress: Progress
    private let done = Atomic<UInt64>(0)

    init(of total: Int) {
        progress = Progress(of: UInt64(total), unit: "phases")
    }

    func advance() {
        progress.show(done.add(1, ordering: .relaxed).newValue)
    }

    func end() { progress.end() }
}

/// Ctrl-C while every core computes: a task that waited for the signal would have no thread to run on.
private enum Interruption {
    private static let flag = Atomic<Bool>(false)

    static var hasCome: Bool { flag.load(ordering: .relaxed) }

    static func begin() {
        // Made before the handler needs it.
        flag.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in Interruption.flag.store(true, ordering: .relaxed) }
    }

    static func end() {
        signal(SIGINT, SIG_DFL)
    }
}
