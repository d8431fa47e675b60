import Foundation
import NetlinkAdapter

/// Mount and process namespaces for a container runtime on a node, with a `/run` of their own. Whatever the runtime starts, mounts or
/// leaves behind ends with them.
final class Enclosure: Sendable {
    private let holder: ChildProcess
    /// The first process in it, by its number outside.
    private let first: pid_t
    private let network: String

    init(on node: SimulatedNodeProcess) throws {
        network = node.namespace.path
        // Process 1 takes in who lost their parent, which a shell that waits does.
        let script = "mount -t tmpfs tmpfs /run && mkdir /run/netns /run/lock /run/enclosed && sleep infinity & wait"
        holder = try ChildProcess([
            "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script,
        ])
        var child: pid_t = 0
        let holder = holder
        let isThere = eventually {
            let children = try? String(contentsOfFile: "/proc/\(holder.pid)/task/\(holder.pid)/children", encoding: .utf8)
            child = children?.split(separator: " ").first.flatMap { pid_t($0) } ?? 0
            return FileManager.default.fileExists(atPath: "/proc/\(child)/root/run/enclosed")
        }
        first = child
        guard isThere else {
            holder.signal(SIGKILL)
            throw DaemonReports.Failure(description: "no namespaces for a container runtime: \(holder.finish())")
        }
    }

    /// - Parameter groups: Control groups that the runtime made and leaves; one that somebody else still uses cannot be removed.
    func end(removing groups: [String]) {
        holder.signal(SIGKILL)
        holder.finish()
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
        for hierarchy in [""] + hierarchies {
            for group in groups { rmdir("/sys/fs/cgroup/\(hierarchy)/\(group)") }
        }
    }

    /// The command that runs another one in the enclosure, on the node.
    func words(_ words: [String]) -> [String] {
        ["nsenter", "--target", "\(first)", "--mount", "--pid", "--net=\(network)"] + words
    }

    /// The files in it, seen from outside. An absolute link among them leads out.
    var root: String { "/proc/\(first)/root" }
}
