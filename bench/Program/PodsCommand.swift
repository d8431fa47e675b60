import ArgumentParser
import NetlinkAdapter

/// `berth-bench pods`: ADD, DEL and the second DEL of every contender, taking turns.
struct PodsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "Measure ADD and DEL beside the floor and the ptp plugin, taking turns.")

    @OptionGroup var options: BenchmarkOptions

    @Option(help: "The folder with ptp and host-local; empty to leave them out.")
    var ptp = "/usr/lib/cni"

    @Option(parsing: .upToNextOption, help: "How many pods at once, one figure for each round.")
    var atOnce = [1, 4, 16, 32]

    @Option(help: "Pods of each contender in each round.")
    var pods = 160

    @Option(help: "Turns that each contender has in a round.")
    var turns = 4

    @Option(help: "Seconds to wait before each turn, at most, for a machine that does nothing else.")
    var patience = 3

    func validate() throws {
        guard atOnce.allSatisfy({ (1...64).contains($0) }) else { throw ValidationError("--at-once takes figures from 1 to 64") }
        guard (1...100).contains(turns), (turns...10_000).contains(pods) else {
            throw ValidationError("--turns takes 1 to 100 and --pods at least as many and at most 10000")
        }
        guard (0...60).contains(patience) else { throw ValidationError("--patience takes 0 to 60") }
    }

    func run() throws {
        let measurement = try Grounds.use { grounds in
            let node = try SimulatedNode(grounds, programs: options.programs, warmAddresses: 200)
            try node.start()
            var contenders = [
                Contender.berth(node, programs: options.programs), try .floor(grounds, programs: options.floor),
            ]
            if !ptp.isEmpty { contenders.append(try .ptp(grounds, folder: ptp)) }
            return try PodsBenchmark(
                grounds: grounds, contenders: contenders, atOnce: atOnce, pods: pods, turns: turns, patience: patience
            ).run()
        }
        try options.output.print(measurement) { Tables.pods($0) }
    }
}

/// The rounds of one run.
struct PodsBenchmark {
    let grounds: Grounds
    let contenders: [Contender]
    let atOnce: [Int]
    let pods: Int
    let turns: Int
    let patience: Int

    /// Executions of each program that show what starting it costs.
    private static let startsMax = 200
    /// Pods that warm up caches, and let the pool grow, before anything is measured.
    private static let warmUp = 32

    func run() throws -> PodsMeasurement {
        let machine = Machine()
        var number = 0
        for contender in contenders {
            _ = try Turn(contender, atOnce: 8, in: grounds).run(number..<number + Self.warmUp, patience: 0)
        }
        number += Self.warmUp
        try EndState.requireEqual(contenders, number, in: grounds)
        number += 1
        let start = try measureStart()
        let rounds = try atOnce.map { count in
            defer { number += pods }
            return try round(count, numbers: number..<number + pods)
        }
        return PodsMeasurement(machine: machine, start: start, rounds: rounds, budgets: Budget.ofPods(start, rounds))
    }

    /// VERSION, which needs neither daemon nor kernel; one execution of each program in turn.
    private func measureStart() throws -> [PodsMeasurement.Start] {
        var outcomes = contenders.map { _ in [Executable.Outcome]() }
        for _ in 0..<min(Self.startsMax, max(20, pods)) {
            try BenchmarkFailure.checkInterruption()
            for (index, contender) in contenders.enumerated() {
                outcomes[index].append(
                    try contender.plugin.run(["CNI_COMMAND": "VERSION", "CNI_PATH": ""], input: #"{"cniVersion":"1.0.0"}"#))
            }
        }
        return zip(contenders, outcomes).map { contender, outcomes in
            PodsMeasurement.Start(
                contender: contender.name, wall: Distribution(outcomes.map(\.wall.milliseconds)),
                cpu: Distribution(outcomes.map(\.cpu.milliseconds)))
        }
    }

    /// A B C, C B A, A B C …: what changes slowly meets all of them alike.
    private func round(_ atOnce: Int, numbers: Range<Int>) throws -> PodsMeasurement.Round {
        var outcomes = contenders.map { _ in [Turn.Outcome]() }
        for turn in 0..<turns {
            let own = numbers.lowerBound + pods * turn / turns..<numbers.lowerBound + pods * (turn + 1) / turns
            let order = turn.isMultiple(of: 2) ? Array(contenders.indices) : contenders.indices.reversed()
            for index in order {
                outcomes[index].append(try Turn(contenders[index], atOnce: atOnce, in: grounds).run(own, patience: patience))
            }
        }
        let results = zip(contenders, outcomes).map { PodsMeasurement.Result($0.name, $1, atOnce: atOnce) }
        return PodsMeasurement.Round(atOnce: atOnce, results)
    }
}
