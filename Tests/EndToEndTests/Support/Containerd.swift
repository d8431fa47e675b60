import Foundation
import NetlinkAdapter

/// Debian's containerd on a node, with root, state, sockets and configuration of its own, and a client of its CRI.
///
/// It is enclosed, so that the sandboxes and their network namespaces end with it.
final class Containerd {
    static let missing = ["containerd", "ctr", "runc"].filter { name in
        !["/usr/bin", "/usr/sbin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// A pod as the CRI tells of it after it was run.
    struct Sandbox: Decodable, Hashable {
        var id: String
        var name: String
        var ready: Bool
        var address: String
        /// As containerd names it.
        var netns: String
        /// How often it was run until it was there.
        var attempts: Int
    }

    struct Condition: Decodable, Equatable {
        var ready: Bool
        var message: String
    }

    private let folder: String
    private let enclosure: Enclosure
    private let process: ChildProcess
    fileprivate var socket: String { "\(folder)/containerd.sock" }

    /// Starts containerd in the namespace of a node, and imports the image of the sandboxes.
    ///
    /// - Parameter folder: For its files; made here.
    init(on node: SimulatedNodeProcess, _ installation: Installation, image: String, folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.configuration(folder, installation).write(toFile: "\(folder)/config.toml", atomically: true, encoding: .utf8)
        enclosure = try Enclosure(on: node)
        process = try ChildProcess(
            enclosure.words(["containerd", "--config", "\(folder)/config.toml"]),
            environment: ChildProcess.environment.merging(["BERTH_SOCKET": node.socket]) { $1 }, log: "\(folder)/log")
        do {
            try importImage(image)
        } catch {
            end()
            throw error
        }
    }

    private static func configuration(_ folder: String, _ installation: Installation) -> String {
        """
        version = 2
        root = "\(folder)/root"
        state = "/run/containerd"
        disabled_plugins = [
            "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
            "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
        ]
        [grpc]
        address = "\(folder)/containerd.sock"
        [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "\(PauseImage.name)"
        restrict_oom_score_adj = true
        disable_apparmor = true
        disable_tcp_service = true
        stream_server_address = "127.0.0.1"
        stream_server_port = "0"
        [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "native"
        [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "\(installation.binFolder)"
        conf_dir = "\(installation.confFolder)"

        """
    }

    private func importImage(_ archive: String) throws {
        var outcome = ChildProcess.Outcome(status: -1, output: "", errors: "")
        let isImported = try eventually(within: .seconds(30)) {
            guard !process.hasEnded else { return true }
            outcome = try ChildProcess.run(["ctr", "--address", socket, "--namespace", "k8s.io", "image", "import", archive])
            return outcome.status == 0
        }
        guard isImported, outcome.status == 0 else {
            throw DaemonReports.Failure(description: "containerd took no image: \(outcome.errors)\n\(log)")
        }
    }

    var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }

    /// Ends it with all its sandboxes.
    func end() {
        // The group of all its sandboxes.
        enclosure.end(removing: ["berth-e2e"])
        process.finish()
    }

    // MARK: - The CRI

    func status() throws -> [String: Condition] { try client("status") }
    func sandboxes() throws -> [String] { try client("list") }

    /// Begins to run a pod of each name, several at once.
    func run(_ names: [String]) throws -> Call<[Sandbox]> { try Call(self, "run", names) }

    struct Removed: Decodable {
        var id: String
    }

    /// Begins to stop and remove pods, several at once.
    func remove(_ sandboxes: [Sandbox]) throws -> Call<[Removed]> { try Call(self, "remove", sandboxes.map(\.id)) }

    private func client<Answer: Decodable>(_ command: String) throws -> Answer { try Call(self, command, []).answer() }

    /// A command of the client at work. Its answer must be shorter than 64 KiB.
    struct Call<Answer: Decodable> {
        private let containerd: Containerd
        private let command: String
        private let process: ChildProcess

        fileprivate init(_ containerd: Containerd, _ command: String, _ arguments: [String]) throws {
            (self.containerd, self.command) = (containerd, command)
            process = try ChildProcess(
                [MotoInstance.python, MotoInstance.script("cri-client"), containerd.socket, command] + arguments)
        }

        /// Waits for the end; called once.
        func answer() throws -> Answer {
            let outcome = process.finish()
            do {
                return try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            } catch {
                throw DaemonReports.Failure(
                    description: "\(command): \(outcome.output)\(outcome.errors)\n\(containerd.log.suffix(2000))")
            }
        }
    }

    // MARK: - The sandboxes from outside

    /// Network namespaces of sandboxes that are there.
    func namespaces() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(enclosure.root)/run/netns")
    }

    /// The addresses of a sandbox's `eth0`, as the kernel has them.
    func kernelAddresses(of sandbox: Sandbox) throws -> [String] {
        let outcome = try inside(sandbox, ["ip", "-4", "-o", "address", "show", "dev", "eth0"])
        // "2: eth0    inet 10.0.32.17/32 scope global eth0"
        return outcome.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.contains("/") }.map { String($0.prefix { $0 != "/" }) }
        }
    }

    func reaches(_ address: String, from sandbox: Sandbox) throws -> Bool {
        try inside(sandbox, ["ping", "-n", "-q", "-c", "1", "-W", "2", address]).status == 0
    }

    private func inside(_ sandbox: Sandbox, _ words: [String]) throws -> ChildProcess.Outcome {
        // /var/run is a link to /run, and would lead out of containerd's files.
        let path = sandbox.netns.replacing("/var/run/", with: "/run/")
        return try ChildProcess.run(["nsenter", "--net=\(enclosure.root)\(path)"] + words)
    }
}
