import Foundation
import Glibc
import NetlinkAdapter

/// The namespaces, folders and daemons of one run, all removed at its end.
final class Grounds {
    let folder: String
    private let tag: String
    private var daemons: [BackgroundDaemon] = []

    private static let folders = "/run/berth-bench"

    /// Makes the run's folder, after removing what runs left that were killed.
    init() throws {
        guard geteuid() == 0 else { throw BenchmarkFailure.broken("a benchmark makes network namespaces; run it as root") }
        Self.removeRemains()
        tag = "berth-bench-\(getpid())"
        folder = "\(Self.folders)/\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Runs the body and removes everything, whatever comes of it.
    static func use<Value>(_ body: (Grounds) throws -> Value) throws -> Value {
        let grounds = try Grounds()
        defer { grounds.remove() }
        return try body(grounds)
    }

    /// The name by which `ip netns` lists a namespace of this run.
    func name(_ part: String) -> String { "\(tag)-\(part)" }

    func makeNamespace(_ part: String) throws -> NetworkNamespace {
        try NetworkNamespace.create(named: name(part))
    }

    /// Starts a daemon whose messages go to `PART.log` in the folder.
    func start(_ words: [String], in namespace: NetworkNamespace, part: String) throws -> BackgroundDaemon {
        let netns = open(namespace.path, O_RDONLY | O_CLOEXEC)
        guard netns >= 0 else { throw BenchmarkFailure.broken("\(namespace.path) cannot be opened") }
        defer { close(netns) }
        let daemon = try BackgroundDaemon(words, netns: netns, log: "\(folder)/\(part).log")
        daemons.append(daemon)
        return daemon
    }

    func stop(_ daemon: BackgroundDaemon, _ signal: Int32 = SIGTERM) {
        daemon.stop(signal)
        daemons.removeAll { $0.pid == daemon.pid }
    }

    func log(_ part: String) -> String {
        (try? String(contentsOfFile: "\(folder)/\(part).log", encoding: .utf8)) ?? ""
    }

    private func remove() {
        for daemon in daemons { daemon.stop() }
        Self.remove(tag: tag, folder: folder)
    }

    /// Daemons end with the process that started them; what they leave is the namespaces and the folder.
    private static func removeRemains() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folders)) ?? [] {
            guard let pid = Int32(name), kill(pid, 0) != 0 else { continue }
            remove(tag: "berth-bench-\(pid)", folder: "\(folders)/\(name)")
        }
    }

    private static func remove(tag: String, folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: NetworkNamespace.folder)) ?? [] where name.hasPrefix("\(tag)-") {
            try? NetworkNamespace(path: "\(NetworkNamespace.folder)/\(name)").remove()
        }
        try? FileManager.default.removeItem(atPath: folder)
        // The common folder goes with its last run; it stays while it is not empty.
        rmdir(folders)
    }
}
