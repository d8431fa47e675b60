import Addressing
import ArgumentParser
import CommandLineTool
import FoundationEssentials
import IPAMEngine
import Simulator
import Timeline
import VPCModel

/// One seed, told briefly.
struct ReplayRun {
    var replay: Replay

    func run(_ output: OutputFormat) throws {
        let report = try Simulation<IPAMEngine>.run(replay.scenario)
        var sweep = Sweep(faults: replay.faults)
        sweep.add(report)
        let cases = try report.violations.map { try FailingCase(replay, $0, isShrunk: true) }
        let summary = SimulationReport(sweep, firstSeed: replay.seed, cases: cases)
        switch output {
        case .json: print(try summary.json)
        case .table: print(([world] + story(of: report) + cases.map(\.text)).joined(separator: "\n"))
        }
        if !cases.isEmpty { throw ExitCode.foundSomething }
    }

    private var world: String {
        let scenario = replay.scenario
        let limits = scenario.limits
        let shares = scenario.faults.shares.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "\($0.key.rawValue) \(Int(($0.value * 100).rounded())) %" }
        return """
            \(replay.command)
            \(scenario.nodes) node\(scenario.nodes == 1 ? "" : "s") of \(limits.enis) ENIs with \(limits.slotsPerENI) slots and \(limits.maxPods) pods in \
            \(([scenario.subnet] + scenario.furtherSubnets).map(\.description).joined(separator: ", ")), addressing \(scenario.addressing)
            \(scenario.duration.components.seconds) s of pods with a cooldown of \(scenario.cooldown.components.seconds) s and \
            \(scenario.budget.components.seconds) s to wait
            faults: \(shares.isEmpty ? "none" : shares.joined(separator: ", "))
            """
    }

    private func story(of report: Report) -> [String] {
        func list(_ counts: [String: Int]) -> String {
            counts.isEmpty ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        let faults = Dictionary(uniqueKeysWithValues: report.faults.map { ($0.key.rawValue, $0.value) })
        let calls = Dictionary(uniqueKeysWithValues: report.calls.map { ($0.key.rawValue, $0.value) })
        let wait = report.waits.percentile(0.99).map { "\(Int($0 / .milliseconds(1))) ms" } ?? "-"
        return [
            "",
            "\(report.events) events in \(report.elapsed.components.seconds) s; \(report.pods) pods, \(report.served) of them served, p99 \(wait)",
            "refused: \(list(report.refusals))", "injected: \(list(faults))", "EC2 calls: \(list(calls))",
            "\(report.reconfigurations) changes by operators; \(report.violations.isEmpty ? "nothing went wrong" : "it ended with a violation")",
        ]
    }
}
