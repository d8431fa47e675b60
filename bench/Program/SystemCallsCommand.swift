import ArgumentParser
import Foundation
import Glibc

/// `berth-bench system-calls`: what the daemon asks of the kernel for one pod.
struct SystemCallsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system-calls", abstract: "Count the daemon's system calls for one ADD, DEL and second DEL.")

    @OptionGroup var options: BenchmarkOptions

    @Option(help: "Pods whose calls are counted; the median is printed.")
    var pods = 9

    func validate() throws {
        guard (1...100).contains(pods) else { throw ValidationError("--pods takes 1 to 100") }
    }

    func run() throws {
        let measurement = try Grounds.use { grounds in
            let node = try SimulatedNode(grounds, programs: options.programs, warmAddresses: 32)
            try node.start()
            return try SystemCalls.count(of: .berth(node, programs: options.programs), pods: pods, in: grounds)
        }
        try options.output.print(measurement, table: \.description)
    }
}

/// The system calls of the thread that answers, from accepting the plugin's call until it waits for the next one.
struct SystemCalls: Codable {
    var add: [String: Int]
    var delete: [String: Int]
    var secondDelete: [String: Int]

    var description: String {
        [("ADD", add), ("DEL", delete), ("second DEL", secondDelete)].map { command, calls in
            let words = calls.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            return "\(command): \(calls.values.reduce(0, +)) system calls: \(words.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    private static let strace = "/usr/bin/strace"
    /// Pods that come before, so that what is done once is not counted.
    private static let warmUp = 8

    static func count(of contender: Contender, pods: Int, in grounds: Grounds) throws -> SystemCalls {
        guard let daemon = contender.daemon else { throw BenchmarkFailure.broken("\(contender.name) has no daemon to watch") }
        for number in 0..<warmUp { _ = try Pod(number, of: contender, in: grounds).live() }
        let file = "\(grounds.folder)/calls"
        let tracer = try grounds.start(
            [strace, "-f", "-qq", "-p", "\(daemon.pid)", "-o", file], in: contender.node, part: "strace")
        try waitUntil("strace watches berthd", log: { grounds.log("strace") }) { isTraced(daemon.pid) }
        // One more than is counted: what the thread does behind its last answer may come after the end of the log.
        for number in warmUp...warmUp + pods { _ = try Pod(number, of: contender, in: grounds).live() }
        grounds.stop(tracer)
        let served = Self.served(Machine.read(file)).prefix(3 * pods)
        guard served.count == 3 * pods else {
            throw BenchmarkFailure.broken(
                "strace saw \(served.count) calls of the plugin instead of \(3 * pods)\n\(grounds.log("strace"))")
        }
        func median(_ place: Int) -> [String: Int] {
            let own = stride(from: place, to: served.count, by: 3).map { served[$0] }
            return own.sorted { $0.values.reduce(0, +) < $1.values.reduce(0, +) }[own.count / 2]
        }
        return SystemCalls(add: median(0), delete: median(1), secondDelete: median(2))
    }

    /// Whether every thread of the process is watched.
    private static func isTraced(_ pid: pid_t) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.allSatisfy { Machine.value("TracerPid", in: "/proc/\(pid)/task/\($0)/status") != "0" }
    }

    /// Reads a log of strace: for each connection that a thread accepted, how often it made each system call until it waited again.
    private static func served(_ log: String) -> [[String: Int]] {
        var served: [[String: Int]] = []
        var open: [Substring: [String: Int]] = [:]
        for line in log.split(separator: "\n") {
            // Such as `4711 accept4(12, NULL, NULL, SOCK_CLOEXEC) = 26`; a call that was interrupted has a second line, `<... resumed>`.
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1, let bracket = words[1].firstIndex(of: "("), !words[1].hasPrefix("<") else { continue }
            let (thread, name) = (words[0], String(words[1][..<bracket]))
            if name == "epoll_wait", let calls = open.removeValue(forKey: thread), calls["recvmsg"] != nil { served.append(calls) }
            // One that another thread was faster to accept brings nothing to receive.
            if name == "accept4" { open[thread] = [:] }
            open[thread]?[name, default: 0] += 1
        }
        return served
    }
}
