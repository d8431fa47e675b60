import ArgumentParser
import ClusterSimulator
import CommandLineTool
import FoundationEssentials
import IPAMEngine
import Simulator
import VPCModel

/// Which policies decide on the nodes of large clusters.
enum ScalePolicies: String, ExpressibleByArgument, CaseIterable {
    case berth
    case incumbent = "aws-vpc-cni"
    case both

    var policies: [ScaleRun.Policy] {
        switch self {
        case .berth: [.berth]
        case .incumbent: [.incumbent]
        case .both: [.incumbent, .berth]
        }
    }
}

/// How nodes of large clusters give addresses.
enum ScaleMode: String, ExpressibleByArgument, CaseIterable {
    case secondary, prefix

    var addressing: EngineConfiguration.Addressing { self == .secondary ? .secondary : .prefix }
}

/// How large clusters come up.
enum ScaleStart: String, ExpressibleByArgument, CaseIterable {
    case atOnce = "at-once"
    case paced

    var start: ScaleRun.Start { self == .atOnce ? .atOnce : .paced }
}

/// Large clusters, on all cores.
struct ScaleCommand {
    var counts: [Int]
    var policies: ScalePolicies
    var mode: ScaleMode
    var hours: Int
    var start: ScaleRun.Start

    /// Ctrl-C ends the runs, and those that are finished are all there is.
    func run(_ output: OutputFormat) async throws {
        Interruption.begin()
        defer { Interruption.end() }
        let runs = try await runs()
        guard !runs.isEmpty else {
            StandardError.write("berth: interrupted before the first cluster was finished; try fewer --nodes or --hours")
            throw ExitCode(Interruption.status)
        }
        switch output {
        case .table:
            print(([ScaleStudy(runs).table] + ScaleStudy.notes).joined(separator: "\n\n"))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(ScaleReport(runs)), as: UTF8.self))
        }
        if Interruption.hasCome { throw ExitCode(Interruption.status) }
    }

    private func runs() async throws -> [ScaleRun] {
        let all = counts.flatMap { nodes in
            policies.policies.map { policy in
                ScaleRun.Settings(policy: policy, nodes: nodes, addressing: mode.addressing, start: start, life: .seconds(hours * 3600))
            }
        }
        let progress = PhaseProgress(of: all.count * ScaleRun.stages, unit: "stages")
        defer { progress.end() }
        let watch = SimulationWatch(isCancelled: { Interruption.hasCome }, progress: { _, _ in progress.advance() })
        return try await withThrowingTaskGroup(of: (Int, ScaleRun?).self) { group in
            // The largest first, so that no core waits long for the other.
            for (position, settings) in all.enumerated().reversed() {
                group.addTask { (position, Interruption.hasCome ? nil : try ScaleRun.run(settings, watch: watch)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.compactMap(\.1)
        }
    }
}

/// Large clusters for programs.
struct ScaleReport: Encodable {
    let schema = "berth/scale/1"
    let runs: [Run]
    let notes = ScaleStudy.notes

    struct Run: Encodable {
        let policy: String
        let mode: String
        let nodes: Int
        let start: String
        let seed: UInt64
        let engineEvents: Int
        let comingUp: Stage
        let life: Stage
        let growth: Stage
    }

    struct Stage: Encodable {
        let seconds: Double
        /// Nil where not all pods ever ran, and for the cluster's life, which is not waited for.
        let readyAfterSeconds: Double?
        let podsServed: Int
        let podsWaiting: Int
        let addsFailed: Int
        let waitP50Seconds: Double?
        let waitP99Seconds: Double?
        let waitLongestSeconds: Double
        let calls: [String: Int]
        let callsThrottled: [String: Int]
        let addressesMost: Int

        init(_ stage: ScaleRun.Stage) {
            func named(_ counts: [EC2Operation: Int]) -> [String: Int] {
                Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
            }
            seconds = stage.elapsed / .seconds(1)
            readyAfterSeconds = stage.readyAfter.map { $0 / .seconds(1) }
            podsServed = stage.served
            podsWaiting = stage.podsWaiting
            addsFailed = stage.refusals
            waitP50Seconds = stage.waits.percentile(0.5).map { $0 / .seconds(1) }
            waitP99Seconds = stage.waits.percentile(0.99).map { $0 / .seconds(1) }
            waitLongestSeconds = stage.waits.longest / .seconds(1)
            calls = named(stage.calls)
            callsThrottled = named(stage.throttled)
            addressesMost = stage.addressesMost
        }
    }

    init(_ runs: [ScaleRun]) {
        self.runs = runs.map { run in
            Run(
                policy: run.settings.policy.rawValue, mode: run.settings.addressing == .prefix ? "prefix" : "secondary",
                nodes: run.settings.nodes, start: run.settings.start.rawValue, seed: run.settings.seed, engineEvents: run.engineEvents,
                comingUp: Stage(run.comingUp),
                life: Stage(run.life), growth: Stage(run.growth))
        }
    }
}
