import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import Synchronization

/// Two nodes as network namespaces of this machine, each with a daemon and the real plugin.
final class KernelCluster: DemoCluster {
    let kernelDescription = "The pods below are network namespaces of this machine's kernel."
    private let scenario: DemoScenario
    private let programs: String
    /// Makes the names of this run its own: another demo may run beside it.
    private let tag = "berth-\(ProcessInfo.processInfo.processIdentifier)"
    private let folder: String
    private let daemons = Mutex<[BackgroundProgram]>([])

    private static let folders = "/run/berth-demo"

    /// - Parameter programs: The folder with berthd and berth-cni.
    init(_ scenario: DemoScenario, programs: String) throws {
        self.scenario = scenario
        self.programs = programs
        folder = "\(Self.folders)/\(ProcessInfo.processInfo.processIdentifier)"
        for name in ["berthd", "berth-cni"] where !FileManager.default.isExecutableFile(atPath: "\(programs)/\(name)") {
            throw DemoFailure(description: "\(programs)/\(name) is not there; build it, or say --programs")
        }
    }

    // MARK: - Nodes

    func start(servesAWS: Bool) async throws {
        removeRemains()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/scenario.yaml"
        try scenario.yaml(fabric: "\(tag)-fabric").write(toFile: file, atomically: true, encoding: .utf8)
        _ = try NetworkNamespace.create(named: "\(tag)-fabric")
        for node in scenario.nodeNames {
            _ = try NetworkNamespace.create(named: "\(tag)-\(node)")
            let daemon = try BackgroundProgram(
                "/usr/sbin/ip",
                [
                    "netns", "exec", "\(tag)-\(node)", "\(programs)/berthd", "--simulate", file, "--node", node, "--run-directory",
                    "\(folder)/\(node)", "--vpc", "\(folder)/vpc.json",
                ] + (servesAWS && node == scenario.nodeNames.first ? ["--aws-endpoint", "127.0.0.1:0"] : []), log: "\(folder)/\(node).log")
            daemons.withLock { $0.append(daemon) }
        }
        for node in scenario.nodeNames { try await awaitStart(of: node) }
    }

    /// Waits until the daemon knows its ENIs and has a free address, at most ten seconds.
    private func awaitStart(of node: String) async throws {
        var last = "it does not answer"
        for _ in 0..<200 {
            if let answer = try? await client(node).get("/v1/status"), let status: StatusReport = try? answer.decoded() {
                if status.isStarted, status.addresses.free >= scenario.freeAtStart(of: node) { return }
                last = status.reason?.explanation ?? "it has no free address"
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = (try? String(contentsOfFile: "\(folder)/\(node).log", encoding: .utf8)) ?? ""
        throw DemoFailure(description: "\(node) does not serve pods after 10 s: \(last)\n\(log)")
    }

    func awsEndpoint() async throws -> DemoEndpoint {
        guard let node = scenario.nodes.first else { throw DemoFailure(description: "there is no node whose AWS could be served") }
        for _ in 0..<200 {
            if let url = try? String(contentsOfFile: "\(folder)/\(node.name)/aws-endpoint", encoding: .utf8) {
                return DemoEndpoint(
                    node: node.name, url: url.trimmingCharacters(in: .newlines), region: scenario.region,
                    entrance: "sudo ip netns exec \(tag)-\(node.name) bash   # a shell on the node, whose loopback this is")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw DemoFailure(description: "\(node.name) does not serve AWS after 10 s")
    }

    private func client(_ node: String) -> DaemonClient {
        DaemonClient(socket: "\(folder)/\(node)/api.sock")
    }

    func pods(on node: String) async throws -> PodsReport {
        try await client(node).get("/v1/pods").decoded()
    }

    func enis(on node: String) async throws -> ENIsReport {
        try await client(node).get("/v1/enis").decoded()
    }

    func hostNamespace(of node: String) throws(KernelError) -> any KernelNamespace {
        let namespace = NetworkNamespace(path: "\(NetworkNamespace.folder)/\(tag)-\(node)")
        return try NetlinkKernel().openSandbox(namespace.open())
    }

    // MARK: - Pods

    private func netns(of pod: DemoPod) -> String { "\(tag)-\(pod.node)-\(pod.name)" }

    func add(_ pod: DemoPod) async throws -> [IPAddress] {
        let namespace = try NetworkNamespace.create(named: netns(of: pod))
        let outcome = try await plugin("ADD", pod, netns: namespace.path)
        guard outcome.status == 0, let result = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any],
            let ips = result["ips"] as? [[String: Any]]
        else { throw DemoFailure(description: "ADD of \(pod.name) on \(pod.node): \(outcome.output)\(outcome.errors)") }
        let blocks = ips.compactMap { $0["address"] as? String }
        return blocks.compactMap { IPAddress(String($0.prefix { $0 != "/" })) }
    }

    func delete(_ pod: DemoPod) async throws {
        let namespace = NetworkNamespace(path: "\(NetworkNamespace.folder)/\(netns(of: pod))")
        let outcome = try await plugin("DEL", pod, netns: namespace.path)
        guard outcome.status == 0 else {
            throw DemoFailure(description: "DEL of \(pod.name) on \(pod.node): \(outcome.output)\(outcome.errors)")
        }
        try namespace.remove()
    }

    private func plugin(_ command: String, _ pod: DemoPod, netns: String) async throws -> Command.Outcome {
        var environment = pod.environment(command, netns: netns)
        environment["BERTH_SOCKET"] = "\(folder)/\(pod.node)/cni.sock"
        return try await Command(path: "\(programs)/berth-cni", environment: environment, input: DemoPod.configuration).run()
    }

    func ping(from pod: DemoPod, to address: IPAddress) async throws -> PingCount {
        let outcome = try await Command(
            path: "/usr/sbin/ip",
            arguments: ["netns", "exec", netns(of: pod), "ping", "-n", "-q", "-c", "3", "-i", "0.05", "-W", "1", address.description],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        ).run()
        // "3 packets transmitted, 3 received, 0% packet loss, …"
        let numbers = outcome.output.split(separator: "\n").first { $0.contains("packets transmitted") }?
            .split(separator: " ").compactMap { Int($0) }
        guard let numbers, numbers.count >= 2 else {
            throw DemoFailure(description: "ping from \(pod.name) said: \(outcome.output)\(outcome.errors)")
        }
        return PingCount(sent: numbers[0], received: numbers[1])
    }

    // MARK: - Cleaning up

    func stop() async {
        for daemon in daemons.withLock({ daemons in
            defer { daemons.removeAll() }
            return daemons
        }) { await daemon.stop() }
        remove(tag: tag, folder: folder)
    }

    /// Removes what an earlier demo left that was killed and could not clean up.
    private func removeRemains() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.folders)) ?? []
        for name in names {
            guard let pid = Int32(name), kill(pid, 0) != 0 else { continue }
            remove(tag: "berth-\(pid)", folder: "\(Self.folders)/\(name)")
        }
    }

    private func remove(tag: String, folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: NetworkNamespace.folder)) ?? []
        for name in names where name.hasPrefix("\(tag)-") {
            try? NetworkNamespace(path: "\(NetworkNamespace.folder)/\(name)").remove()
        }
        try? FileManager.default.removeItem(atPath: folder)
        // The common folder goes with its last run; it stays while it is not empty.
        rmdir(Self.folders)
    }
}
