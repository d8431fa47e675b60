import ArgumentParser
import Foundation
import Glibc
import NetlinkAdapter

/// `berth-bench node`: what the daemon takes when it stands still and when it starts.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Measure the daemon's memory, wake-ups and starts with many pods.")

    @OptionGroup var options: BenchmarkOptions

    @Option(help: "Pods on the node.")
    var pods = SimulatedNode.podsMax

    @Option(help: "Seconds for which the daemon is watched while it has nothing to do.")
    var idleSeconds = 5

    func validate() throws {
        guard (1...SimulatedNode.podsMax).contains(pods) else { throw ValidationError("--pods takes 1 to \(SimulatedNode.podsMax)") }
        guard (1...600).contains(idleSeconds) else { throw ValidationError("--idle-seconds takes 1 to 600") }
    }

    func run() throws {
        let measurement = try Grounds.use { try NodeBenchmark(grounds: $0, options: options, pods: pods, idleSeconds: idleSeconds).run() }
        try options.output.print(measurement) { Tables.node($0) }
    }
}

/// What was measured of a node, as `--output json` prints it.
struct NodeMeasurement: Codable {
    var machine: Machine
    var pods: Int
    /// From starting the daemon on a node that has nothing until the answer of the first ADD.
    var newNodeMilliseconds: Double
    /// The same on a node with pods and their journal, after the daemon was killed.
    var coldStartMilliseconds: Double
    /// Resident memory (proc(5), VmRSS) without pods and with all of them.
    var residentMiBWithoutPods: Double
    var residentMiB: Double
    /// The part of it that is not of files, and so no other process's too (proc(5), RssAnon).
    var anonymousMiB: Double
    var threads: Int
    /// How often its threads woke up while there was nothing to do.
    var wakeUpsPerSecond: Double
    var budgets: [Budget]
}

/// One node from its first start to its second.
struct NodeBenchmark {
    let grounds: Grounds
    let options: BenchmarkOptions
    let pods: Int
    let idleSeconds: Int

    func run() throws -> NodeMeasurement {
        let node = try SimulatedNode(grounds, programs: options.programs, warmAddresses: 16)
        let newNode = try start(node, thenAdding: 0)
        // What starting needed is given back when a second has passed.
        usleep(2_000_000)
        let empty = try memory(of: node)
        let contender = Contender.berth(node, programs: options.programs)
        for number in 1..<pods { _ = try Pod(number, of: contender, in: grounds).add() }
        // EC2 calls go on for a moment, and the kernel tells of each new link for two seconds.
        usleep(3_000_000)
        let full = try memory(of: node)
        let wakeUps = try wakeUps(of: node)
        node.stop(SIGKILL)
        let coldStart = try start(node, thenAdding: pods)
        return NodeMeasurement(
            machine: Machine(), pods: pods, newNodeMilliseconds: newNode.milliseconds, coldStartMilliseconds: coldStart.milliseconds,
            residentMiBWithoutPods: empty.resident, residentMiB: full.resident, anonymousMiB: full.anonymous, threads: full.threads,
            wakeUpsPerSecond: wakeUps,
            budgets: [
                Budget("first ADD on a new node", newNode.milliseconds, atMost: 1000, "ms"),
                Budget("first ADD after a cold start with \(pods) pods", coldStart.milliseconds, atMost: 100, "ms"),
                Budget("resident memory with \(pods) pods", full.resident, atMost: 25, "MiB"),
            ])
    }

    private func start(_ node: SimulatedNode, thenAdding number: Int) throws -> Nanoseconds {
        let namespace = Contender.berth(node, programs: options.programs)
        let pod = try Pod(number, of: namespace, in: grounds)
        let begun = Nanoseconds.now
        try node.start()
        _ = try pod.add()
        return Nanoseconds.now - begun
    }

    private func memory(of node: SimulatedNode) throws -> (resident: Double, anonymous: Double, threads: Int) {
        let file = "/proc/\(try pid(of: node))/status"
        func number(_ name: String) -> Double {
            Machine.value(name, in: file)?.split(separator: " ").first.flatMap { Double($0) } ?? 0
        }
        return (number("VmRSS") / 1024, number("RssAnon") / 1024, Int(number("Threads")))
    }

    private func wakeUps(of node: SimulatedNode) throws -> Double {
        let folder = "/proc/\(try pid(of: node))/task"
        func counts() -> [String: Int] {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return Dictionary(
                uniqueKeysWithValues: threads.map { thread in
                    (thread, Machine.value("voluntary_ctxt_switches", in: "\(folder)/\(thread)/status").flatMap { Int($0) } ?? 0)
                })
        }
        let before = counts()
        for _ in 0..<idleSeconds * 10 {
            try BenchmarkFailure.checkInterruption()
            usleep(100_000)
        }
        // What a thread counted that has ended since is not known.
        let wakeUps = counts().reduce(0) { $0 + max(0, $1.value - (before[$1.key] ?? 0)) }
        return Double(wakeUps) / Double(idleSeconds)
    }

    private func pid(of node: SimulatedNode) throws -> pid_t {
        guard let daemon = node.daemon, daemon.isRunning else { throw BenchmarkFailure.broken("berthd ended\n\(grounds.log("node"))") }
        return daemon.pid
    }
}

extension Tables {
    static func node(_ measurement: NodeMeasurement) -> String {
        let lines = [
            measurement.machine.description,
            "\(decimal(measurement.residentMiBWithoutPods, 1)) MiB resident without pods, \(decimal(measurement.residentMiB, 1)) MiB with "
                + "\(measurement.pods) pods, of which \(decimal(measurement.anonymousMiB, 1)) MiB anonymous",
            "\(measurement.threads) threads, \(decimal(measurement.wakeUpsPerSecond, 1)) wake-ups a second when idle",
        ]
        return lines.joined(separator: "\n") + "\n\n" + budgets(measurement.budgets)
    }
}
