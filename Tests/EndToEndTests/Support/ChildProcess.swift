import Foundation

/// A program that runs beside the test, with its output behind sockets.
///
/// Meant for programs that write less than 64 KiB to standard error.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let output: Int32
    private let errors: Int32

    /// What programs are given by default; nothing of the test's own environment, in which `BERTH_` variables steer it.
    static let environment = ["LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    struct Outcome: Sendable {
        /// The exit status, or the negated number of the signal that ended it.
        var status: Int32
        var output: String
        var errors: String
        /// Time of the CPU, of the program and of the system for it.
        var cpuSeconds = 0.0
        /// The most memory that it had at once.
        var memoryBytesMax = 0

        /// The output's members; empty unless it is one JSON object.
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
        }

        var code: Int? { json["code"] as? Int }
        var message: String { json["msg"] as? String ?? "" }
    }

    /// - Parameters:
    ///   - words: The program, looked up in `PATH`, and its arguments.
    ///   - environment: All of it.
    ///   - input: At most 64 KiB.
    init(_ words: [String], environment: [String: String] = ChildProcess.environment, input: String = "") throws {
        let (stdin, stdout, stderr) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        defer { for end in [stdin.read, stdout.write, stderr.write] { close(end) } }
        let bytes = Array(input.utf8)
        guard write(stdin.write, bytes, bytes.count) == bytes.count else { throw Self.error(errno) }
        close(stdin.write)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in [stdin.read, stdout.write, stderr.write].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
        }
        pid = try Self.spawn(words, environment, &actions)
        (output, errors) = (stdout.read, stderr.read)
    }

    /// Starts a program whose output goes to the end of a file.
    init(_ words: [String], environment: [String: String] = ChildProcess.environment, log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        pid = try Self.spawn(words, environment, &actions)
        (output, errors) = (-1, -1)
    }

    /// Runs a program from start to exit.
    static func run(
        _ words: [String], environment: [String: String] = ChildProcess.environment, input: String = ""
    ) throws -> Outcome {
        try ChildProcess(words, environment: environment, input: input).finish()
    }

    func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Whether the program has ended; ``finish()`` is still to be called.
    var hasEnded: Bool {
        var information = siginfo_t()
        let isKnown = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0
        return isKnown && information.si_signo == SIGCHLD
    }

    /// Reads what the program writes until it has written the text; false when it ended without.
    func awaitOutput(containing text: String) -> Bool {
        var seen = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !seen.contains(text) {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { return false }
            seen += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return true
    }

    /// Waits for the end; called once.
    @discardableResult
    func finish() -> Outcome {
        let (output, errors) = (Self.drain(output), Self.drain(errors))
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return Outcome(
            status: status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f), output: output, errors: errors,
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), memoryBytesMax: usage.ru_maxrss * 1024)
    }

    private static func drain(_ descriptor: Int32) -> String {
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 || (count < 0 && errno == EINTR) {
            bytes += buffer[..<max(0, count)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A pair of sockets instead of a pipe: only these are closed on exec from the first moment on, and a descriptor that
    /// another child inherits would keep this one's output open.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw error(errno) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        // A thread that runs tests has signals blocked, and what it starts would not hear of them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid = pid_t()
        let number = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard number == 0 else { throw error(number) }
        return pid
    }

    private static func error(_ number: Int32) -> POSIXError { POSIXError(POSIXErrorCode(rawValue: number) ?? .EINVAL) }
}
