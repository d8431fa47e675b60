import Glibc
import Synchronization

/// A program run to its end on the calling thread, with bounds on its time and output.
struct ChildRun {
    let bytes: [UInt8]

    /// Pipes cannot be made close-on-exec and handed on in one step: no other child may start in between.
    private static let starting = Mutex(())

    /// Nothing stands on standard input, and standard error is that of this process, where plugins ask people to log in anew.
    ///
    /// - Throws: When it cannot be started, ends with a status other than 0, prints too much or takes too long.
    init(_ words: [String], environment: [String: String], limit: Duration, outputBytesMax: Int) throws(ExecFailure) {
        let started = Result { () throws(ExecFailure) in
            try Self.starting.withLock { _ throws(ExecFailure) in try Self.start(words, environment) }
        }
        let (pid, output) = try started.get()
        defer { close(output) }
        let deadline = ContinuousClock.now + limit
        let read = Result { () throws(ExecFailure) in try Self.read(output, until: deadline, bytesMax: outputBytesMax, limit) }
        if case .failure = read { kill(-pid, SIGKILL) }
        try Self.wait(for: pid, until: deadline, limit, isExpectedToFail: (try? read.get()) == nil)
        bytes = try read.get()
    }

    private static func read(
        _ output: Int32, until deadline: ContinuousClock.Instant, bytesMax: Int, _ limit: Duration
    ) throws(ExecFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw ExecFailure("did not end within \(limit)") }
            var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, Int32(min(left, .seconds(60)) / .milliseconds(1)) + 1) > 0 else { continue }
            let count = Glibc.read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else { throw ExecFailure("printed more than \(bytesMax) bytes") }
        }
    }

    private static func wait(
        for pid: pid_t, until deadline: ContinuousClock.Instant, _ limit: Duration, isExpectedToFail: Bool
    ) throws(ExecFailure) {
        var status: Int32 = 0
        var isKilled = isExpectedToFail
        while case let ended = waitpid(pid, &status, isKilled ? 0 : WNOHANG), ended != pid {
            if ended < 0, errno != EINTR { throw ExecFailure("was lost: \(words(errno))") }
            if isKilled { continue }
            if ContinuousClock.now >= deadline {
                isKilled = true
                kill(-pid, SIGKILL)
            } else {
                // It has closed its output and is about to end.
                poll(nil, 0, 2)
            }
        }
        if isExpectedToFail { return }
        guard !isKilled else { throw ExecFailure("did not end within \(limit)") }
        let (signal, code) = (status & 0x7f, status >> 8 & 0xff)
        guard signal == 0, code == 0 else {
            throw ExecFailure(signal != 0 ? "was ended by signal \(signal)" : "ended with status \(code)")
        }
    }

    private static func start(_ words: [String], _ environment: [String: String]) throws(ExecFailure) -> (pid_t, output: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ExecFailure("could not be started: no pipe: \(Self.words(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(ExecFailure) {
            return (try spawn(words, environment, output: ends[1]), ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    private static func spawn(_ words: [String], _ environment: [String: String], output: Int32) throws(ExecFailure) -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
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
        guard number == 0 else { throw ExecFailure("could not be started: \(Self.words(number))") }
        return pid
    }

    private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}
