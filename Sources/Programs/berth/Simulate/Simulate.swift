import ArgumentParser
import CommandLineTool
import Simulator

/// Runs the daemon's engine in worlds where everything goes wrong, and says what it did.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the engine on simulated nodes with injected faults, or compare it with the AWS VPC CNI.",
        discussion: """
            Each seed is one small VPC with its nodes, pods and faults, and always runs in the same way. A seed at which an address is \
            lost, leaked or given out twice is printed with the command that replays it, and with a smaller world in which the same \
            goes wrong.

            With --nodes and no --seed it is one large cluster of one account, or several, without faults but with EC2's token buckets: how \
            long it takes to come up, what it asks of EC2, and how long pods wait.

            Exit codes: 0 nothing found; 1 a violation, or a fault that came upon no node in some state where all faults were chosen and \
            2000 seeds or more were run; 2 bad input.
            """)

    @Option(help: "How many seeds to run.")
    var seeds: UInt64?

    @Option(help: "The first of the seeds.")
    var firstSeed: UInt64?

    @Option(help: "Run this one seed and tell what happened.")
    var seed: UInt64?

    @Option(help: "Faults to inject: all, none, or names with commas between them.")
    var faults = "all"

    @Option(
        help: ArgumentHelp(
            "Run large clusters of so many nodes, with commas between several. With --seed: run so many nodes of that world at most.",
            valueName: "n"))
    var nodes: NodeCounts?

    @Option(help: "With --nodes: who decides on the nodes: berth, aws-vpc-cni or both.")
    var policy: ScalePolicies?

    @Option(help: "With --nodes: what nodes give pods, single addresses or prefixes: secondary or prefix.")
    var mode: ScaleMode?

    @Option(help: "With --nodes: how the cluster comes up, at-once or paced, which is as fast as EC2's buckets fill pools.")
    var start: ScaleStart?

    @Option(help: "With --nodes: how many hours pods and nodes come and go. A day if left out.")
    var hours: Int?

    @Option(help: "With --seed: let pods come for so many seconds at most.")
    var duration: Int?

    @Option(help: "With --seed: let single pods come so many times as rarely.")
    var calm: Int?

    @Option(
        help: ArgumentHelp(
            "With --seed: leave out parts of the world: \(Replay.Omission.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "parts"))
    var without: String?

    @Option(help: "With --seed: let chance fall otherwise in the same world.")
    var luck: UInt64?

    @Flag(help: "Run Berth's engine and the AWS VPC CNI's policy on the same pods and print what each made of them.")
    var compare = false

    @Option(name: .shortAndLong, help: "How to print the answer.")
    var output: OutputFormat = .table

    func validate() throws {
        _ = try chosenFaults
        if compare, seed != nil || seeds != nil { throw ValidationError("--compare runs its own pods and takes no seeds.") }
        if seed != nil, seeds != nil || firstSeed != nil {
            throw ValidationError("--seed runs one seed; --seeds and --first-seed run many.")
        }
        if seed == nil, duration ?? calm != nil || without != nil || luck != nil {
            throw ValidationError("--duration, --calm, --without and --luck change the world of one seed; name it with --seed.")
        }
        for (name, number) in [("--duration", duration), ("--calm", calm)] where (number ?? 1) < 1 {
            throw ValidationError("\(name) is 1 or more.")
        }
        if isLarge, compare || seeds != nil || firstSeed != nil {
            throw ValidationError("--nodes runs large clusters, without --seeds and --compare; --policy both compares them.")
        }
        if !isLarge, policy != nil || mode != nil || hours != nil || start != nil {
            throw ValidationError("--policy, --mode, --start and --hours are of clusters; say how large with --nodes, not --seed.")
        }
        guard (1...Self.hoursMax).contains(hours ?? 1) else { throw ValidationError("--hours is 1 to \(Self.hoursMax).") }
        if seed != nil, nodes?.counts.count ?? 1 > 1 { throw ValidationError("--nodes is one number with --seed.") }
        _ = try replay(of: seed ?? 0)
        guard (1...Self.seedsMax).contains(seeds ?? 1), (firstSeed ?? 0) <= UInt64.max - Self.seedsMax else {
            throw ValidationError("--seeds is 1 to \(Self.seedsMax).")
        }
    }

    /// Of large clusters, and not of one seed's small world.
    private var isLarge: Bool { nodes != nil && seed == nil }
    private static let hoursMax = 24 * 7

    /// Days of work, and no more than a sum of their events can hold.
    private static let seedsMax: UInt64 = 100_000_000

    func run() async throws {
        if compare { return try await ComparisonRun().run(output) }
        if let nodes, seed == nil {
            let command = ScaleCommand(
                counts: nodes.counts, policies: policy ?? .berth, mode: mode ?? .secondary, hours: hours ?? 24,
                start: (start ?? .atOnce).start)
            return try await command.run(output)
        }
        if let seed { return try ReplayRun(replay: try replay(of: seed)).run(output) }
        try await SweepRun(first: firstSeed ?? 1, count: seeds ?? 200, faults: try chosenFaults).run(output)
    }

    private var chosenFaults: Set<Fault> {
        get throws {
            do throws(UnknownName) { return try Fault.listed(faults) } catch { throw ValidationError("\(error).") }
        }
    }

    private func replay(of seed: UInt64) throws -> Replay {
        do throws(UnknownName) {
            let omissions = try without.map { text throws(UnknownName) in try Replay.Omission.listed(text) } ?? []
            return Replay(
                seed: seed, faults: try Fault.listed(faults), nodes: nodes?.counts.first, seconds: duration, calm: calm ?? 1,
                omissions: omissions,
                luck: luck ?? 0)
        } catch {
            throw ValidationError("\(error).")
        }
    }
}
