import Glibc
import Testing

/// The torture tool as a child process, with a socket for its input and output; killed when it goes out of scope.
final class TortureProcess {
    let pid: pid_t
    private let socket: Int32
    private var unread: [UInt8] = []
    private var isReaped = false

    /// Starts the tool, which stands beside the test binary.
    init(_ mode: String, folder: TemporaryFolder) throws {
        // A pair that no other child inherits, so that the end of this one ends what can be read.
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0, "no socket pair: error \(errno)")
        socket = ends[0]
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        let arguments = [try Self.toolPath(), mode, folder.path]
        var vector = arguments.map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &actions, nil, &vector, environ)
        self.pid = pid
        try #require(code == 0, "\(arguments[0]) cannot be started: error \(code)")
    }

    deinit {
        kill()
        close(socket)
    }

    /// Returns the next whole line; nil when the tool says nothing more.
    func nextLine() throws -> String? {
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let taken = read(socket, &part, part.count)
            try #require(taken >= 0)
            if taken == 0 { return nil }
            unread += part[..<taken]
        }
    }

    /// Ends it without a chance to do anything more, and waits until it is gone.
    func kill() {
        guard !isReaped, pid > 0 else { return }
        isReaped = true
        Glibc.kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    private static func toolPath() throws -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &bytes, bytes.count)
        try #require(length > 0)
        let path = String(decoding: bytes[..<length], as: UTF8.self)
        let folder = try #require(path.lastIndex(of: "/"))
        return path[..<folder] + "/JournalTortureTool"
    }
}
