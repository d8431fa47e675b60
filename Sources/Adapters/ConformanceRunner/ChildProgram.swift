import Conformance
import Glibc
import Synchronization

/// One run of a program under a limit of time, in a process group of its own.
final class ChildProgram {
    /// What stands on standard input.
    enum Input {
        case bytes([UInt8])
        /// A folder, of which no byte can be read: EISDIR.
        case folder
    }

    struct Ending {
        var end: PluginCall.End
        var output: String
        var errors: String
        var milliseconds: Int
    }

    private let pid: pid_t
    private let started = ContinuousClock.now
    private var input: Int32
    private var unsent: ArraySlice<UInt8>
    private var sources: [Int32]
    private var collected: [[UInt8]] = [[], []]

    /// How much of what a program writes is kept, in bytes of each stream.
    private static let keptBytesMax = 1 << 20
    /// Pipes cannot be made close-on-exec in one call from Swift: no other child may start in between and inherit one.
    private static let starting = Mutex(())

    /// Starts the program; its output is read when ``isCaptured`` is true, and thrown away otherwise.
    ///
    /// - Throws: ``ConformanceError`` when it cannot be started.
    init(_ words: [String], environment: [String: String], input: Input = .bytes([]), isCaptured: Bool = true) throws(ConformanceError) {
        let started = Result { () throws(ConformanceError) in
            try Self.starting.withLock { _ throws(ConformanceError) in try Self.start(words, environment, input, isCaptured) }
        }
        (pid, self.input, sources) = try started.get()
        if case .bytes(let bytes) = input { unsent = bytes[...] } else { unsent = [] }
        send()
    }

    func kill() {
        _ = Glibc.kill(-pid, SIGKILL)
    }

    /// Waits for the program's end, and for that of its output; kills it when its time is up or the run is stopped.
    func finish(within limit: Duration, unless stop: StopRequest? = nil) -> Ending {
        let deadline = started + limit
        var isTimedOut = false
        var status: Int32 = 0
        while !sources.allSatisfy({ $0 < 0 }) || waitpid(pid, &status, WNOHANG) == 0 {
            if ContinuousClock.now >= deadline || stop?.isMade == true, !isTimedOut {
                isTimedOut = true
                kill()
            }
            exchange()
        }
        close(&input)
        let milliseconds = Int((ContinuousClock.now - started) / .milliseconds(1))
        let end: PluginCall.End =
            isTimedOut ? .timedOut : status & 0x7f == 0 ? .exited(Int(status >> 8 & 0xff)) : .killed(signal: Int(status & 0x7f))
        let texts = collected.map { String(decoding: $0, as: UTF8.self) }
        return Ending(end: end, output: texts[0], errors: texts[1], milliseconds: milliseconds)
    }

    // MARK: - Streams

    /// Sends and reads what can be, and waits a moment when nothing can.
    private func exchange() {
        var polled = (sources + [unsent.isEmpty ? -1 : input]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        polled[2].events = Int16(POLLOUT)
        // A program that has closed its output and runs on is looked at every few milliseconds.
        _ = poll(&polled, nfds_t(polled.count), sources.allSatisfy { $0 < 0 } ? 2 : 50)
        for place in sources.indices where polled[place].revents != 0 { receive(place) }
        if polled[2].revents != 0 { send() }
    }

    private func receive(_ place: Int) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(sources[place], &buffer, buffer.count)
        if count > 0 {
            collected[place] += buffer[..<min(count, Self.keptBytesMax - collected[place].count)]
        } else if count == 0 || errno != EINTR {
            close(&sources[place])
        }
    }

    private func send() {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count > 0 {
                unsent = unsent.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // A program need not read what it does not want.
                unsent = []
            }
        }
        close(&input)
    }

    private func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}

// MARK: - Starting

extension ChildProgram {
    private static func start(
        _ words: [String], _ environment: [String: String], _ input: Input, _ isCaptured: Bool
    ) throws(ConformanceError) -> (pid_t, Int32, [Int32]) {
        let standardInput: (read: Int32, write: Int32) =
            if case .folder = input { (open("/", O_RDONLY | O_CLOEXEC), -1) } else { try pipe() }
        let output: (read: Int32, write: Int32) = isCaptured ? try pipe() : (-1, open("/dev/null", O_WRONLY | O_CLOEXEC))
        let errors: (read: Int32, write: Int32) = isCaptured ? try pipe() : (-1, open("/dev/null", O_WRONLY | O_CLOEXEC))
        defer { for end in [standardInput.read, output.write, errors.write] { _ = Glibc.close(end) } }
        if standardInput.write >= 0 { _ = fcntl(standardInput.write, F_SETFL, O_NONBLOCK) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in [standardInput.read, output.write, errors.write].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
        }
        do throws(ConformanceError) {
            return (try spawn(words, environment, &actions), standardInput.write, [output.read, errors.read])
        } catch {
            for end in [standardInput.write, output.read, errors.read] where end >= 0 { _ = Glibc.close(end) }
            throw error
        }
    }

    private static func pipe() throws(ConformanceError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw ConformanceError("make a pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], _ actions: inout posix_spawn_file_actions_t
    ) throws(ConformanceError) -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The runner ignores SIGPIPE and may have signals blocked; what it starts must hear of them.
        var none = sigset_t()
        sigemptyset(&none)
        var pipes = sigset_t()
        sigemptyset(&pipes)
        sigaddset(&pipes, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &pipes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var pid = pid_t()
        let number = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard number == 0 else { throw ConformanceError("start \(words[0])", errno: number) }
        return pid
    }
}
