import Foundation

/// Debian's podman with its CNI back end on a node, with storage, state and configuration of its own.
struct Podman {
    static let missing = ["podman", "runc", "conmon"].filter { name in
        !["/usr/bin", "/usr/sbin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// A network of a container, as `podman inspect` tells of it.
    struct Network: Decodable {
        var address: String
        var prefixLength: Int
        var gateway: String

        private enum CodingKeys: String, CodingKey {
            case address = "IPAddress"
            case prefixLength = "IPPrefixLen"
            case gateway = "Gateway"
        }
    }

    private let enclosure: Enclosure
    private let environment: [String: String]

    /// - Parameter folder: For its files; made here.
    init(on node: SimulatedNodeProcess, _ installation: Installation, folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Podman raises limits where it may, and an archive needs no signature to be loaded.
        let files = [
            "containers.conf": """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            [network]
            network_backend = "cni"
            cni_plugin_dirs = ["\(installation.binFolder)"]
            network_config_dir = "\(installation.confFolder)"
            default_network = "berth"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            runtime = "runc"
            tmp_dir = "/run/libpod"

            """,
            "storage.conf": """
            [storage]
            driver = "vfs"
            graphroot = "\(folder)/root"
            runroot = "/run/containers/storage"

            """,
        ]
        for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
        enclosure = try Enclosure(on: node)
        environment = ChildProcess.environment.merging([
            "BERTH_SOCKET": node.socket, "CONTAINERS_CONF": "\(folder)/containers.conf",
            "CONTAINERS_STORAGE_CONF": "\(folder)/storage.conf",
        ]) { $1 }
    }

    func end() { enclosure.end(removing: ["libpod_parent/conmon", "libpod_parent"]) }

    /// Runs a command of podman and returns what it printed.
    @discardableResult
    func callAsFunction(_ words: String...) throws -> String {
        let outcome = try ChildProcess.run(enclosure.words(["podman"] + words), environment: environment)
        guard outcome.status == 0 else {
            throw DaemonReports.Failure(description: "podman \(words.joined(separator: " ")): \(outcome.output)\(outcome.errors)")
        }
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func networks(of container: String) throws -> [String: Network] {
        let text = try self("inspect", "--format", "{{json .NetworkSettings.Networks}}", container)
        return try JSONDecoder().decode([String: Network].self, from: Data(text.utf8))
    }

    /// Whether a ping from the container comes back.
    func reaches(_ address: String, from container: String) throws -> Bool {
        let key = try self("inspect", "--format", "{{.NetworkSettings.SandboxKey}}", container)
        return try ChildProcess.run(
            ["nsenter", "--net=\(enclosure.root)\(key)", "ping", "-n", "-q", "-c", "1", "-W", "2", address]
        ).status == 0
    }

    /// Network namespaces of containers that are there.
    func namespaces() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(enclosure.root)/run/netns") }
}
