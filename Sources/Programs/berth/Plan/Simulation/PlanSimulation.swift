import ArgumentParser
import CapacityPlanner
import ClusterSimulator
import CommandLineTool
import VPCModel

/// Runs a plan's cluster with several seeds, on all cores.
struct PlanSimulation {
    var scenario: PlanScenario
    var first: UInt64
    /// 1 or more.
    var count: Int

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
        let progress = PhaseProgress(of: count * (1 + scenario.events.count), unit: "phases")
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
