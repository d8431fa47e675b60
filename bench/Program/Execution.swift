import CMeasuring
import Glibc

/// A program that is executed once per measurement, as a container runtime executes a plugin.
struct Executable {
    let path: String
    /// Variables beside those of CNI, such as where the daemon's socket is.
    var environment: [String: String] = [:]

    /// What one execution took.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var wall: Nanoseconds
        var cpu: Nanoseconds
    }

    /// Longest output that is kept, in bytes; a CNI result has about a thousand.
    private static let outputBytesMax = 16 * 1024

    /// Runs the program to its end in the calling thread's namespace.
    func run(_ variables: [String: String], input: String) throws -> Outcome {
        let pairs = environment.merging(variables) { $1 }.merging(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]) { $1 }
        var output = [UInt8](repeating: 0, count: Self.outputBytesMax)
        let bytes = Array(input.utf8)
        let run = CStrings(pairs.map { "\($0.key)=\($0.value)" }).withPointers { environment in
            bench_execute(path, environment, bytes, bytes.count, &output, output.count)
        }
        guard run.status >= 0 else { throw BenchmarkFailure.broken("\(path) cannot be run: \(String(cString: strerror(run.error)))") }
        return Outcome(
            status: run.status, output: String(decoding: output[..<run.output_bytes], as: UTF8.self),
            wall: Nanoseconds(run.wall_nanoseconds), cpu: Nanoseconds(run.cpu_nanoseconds))
    }
}

/// A daemon beside the benchmark, in a namespace of its own.
struct BackgroundDaemon {
    let pid: pid_t

    init(_ words: [String], netns: Int32, log: String) throws {
        pid = CStrings(words).withPointers { words in
            CStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]).withPointers { bench_start(words, $0, netns, log) }
        }
        guard pid > 0 else { throw BenchmarkFailure.broken("\(words[0]) cannot be started: \(String(cString: strerror(-pid)))") }
    }

    /// CPU time of all its threads until this moment.
    var cpu: Nanoseconds { Nanoseconds(max(0, bench_cpu(pid))) }

    /// Whether it has not ended; an ended one is still to be stopped.
    var isRunning: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo == 0
    }

    /// Ends it and waits for it.
    ///
    /// - Parameter signal: SIGTERM asks, and is followed by SIGKILL after ten seconds.
    func stop(_ signal: Int32 = SIGTERM) {
        kill(pid, signal)
        for _ in 0..<1000 where isRunning { usleep(10_000) }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }
}

/// A length of time as the clocks give it.
struct Nanoseconds: Comparable, Hashable {
    var count: Int64

    init(_ count: Int64) { self.count = count }

    var microseconds: Double { Double(count) / 1e3 }
    var milliseconds: Double { Double(count) / 1e6 }
    var seconds: Double { Double(count) / 1e9 }

    static var now: Nanoseconds { Nanoseconds(bench_now()) }

    static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }
    static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count + b.count) }
    static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count - b.count) }
}

/// Texts as C has them in lists: pointers, ended by a null pointer.
private final class CStrings {
    private var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) {
        pointers = texts.map { strdup($0) } + [nil]
    }

    deinit { for pointer in pointers { free(pointer) } }

    func withPointers<Value>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Value) -> Value {
        pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }
}
