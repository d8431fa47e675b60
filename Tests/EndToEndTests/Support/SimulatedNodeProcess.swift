import Addressing
import Foundation
import NetlinkAdapter
import NodeReports

/// One node of a ``SimulatedCluster``: its namespace, its folder, and the daemon that runs in it.
final class SimulatedNodeProcess {
    let name: String
    let namespace: NetworkNamespace
    let runDirectory: String
    private let scenario: String
    private let vpc: String
    private var process: ChildProcess?
    /// The daemon's; nil while none runs.
    var pid: Int32? { process?.pid }
    /// Pods live as long as their node, however early a test has no more use for one.
    var sandboxes: [Pod] = []

    init(_ name: String, namespace: NetworkNamespace, folder: String) {
        self.name = name
        self.namespace = namespace
        runDirectory = "\(folder)/\(name)"
        scenario = "\(folder)/scenario.yaml"
        vpc = "\(folder)/vpc.json"
    }

    var socket: String { "\(runDirectory)/cni.sock" }
    var log: String { (try? String(contentsOfFile: "\(runDirectory).log", encoding: .utf8)) ?? "" }

    // MARK: - The daemon

    /// Starts the daemon and waits until it serves pods from at least `free` addresses.
    ///
    /// - Parameter options: Further arguments.
    func start(awaiting free: Int = 1, options: [String] = []) throws {
        try start(["--simulate", scenario, "--node", name, "--vpc", vpc] + options, ChildProcess.environment, awaiting: free)
    }

    /// Starts the daemon as one of the EC2 instance that its environment leads to.
    ///
    /// - Parameters:
    ///   - options: Further arguments.
    ///   - confinement: A program with its arguments that becomes the daemon, whose words are appended to them.
    func start(_ environment: [String: String], options: [String] = [], confinement: [String] = []) throws {
        try start(options, environment.merging(ChildProcess.environment) { own, _ in own }, confinement, awaiting: 0)
    }

    private func start(
        _ arguments: [String], _ environment: [String: String], _ confinement: [String] = [], awaiting free: Int
    ) throws {
        let namespaceName = URL(fileURLWithPath: namespace.path).lastPathComponent
        let words = ["ip", "netns", "exec", namespaceName] + confinement
        let daemon = [Programs.daemon, "--run-directory", runDirectory, "--log-level", "debug"]
        try start(by: words + daemon + arguments, environment: environment, awaiting: free)
    }

    /// Starts the daemon by a command that has it serve in the node's run directory, such as a container's.
    func start(by words: [String], environment: [String: String] = ChildProcess.environment, awaiting free: Int = 0) throws {
        let process = try ChildProcess(words, environment: environment, log: "\(runDirectory).log")
        self.process = process
        var isServing = false
        _ = eventually(within: .seconds(30)) {
            guard let status = try? status() else { return process.hasEnded }
            isServing = status.isStarted && status.addresses.free >= free
            return isServing
        }
        guard isServing else { throw DaemonReports.Failure(description: "\(name) does not serve pods after 30 s:\n\(log)") }
    }

    /// Ends the daemon at once, wherever it is.
    func kill() {
        stop(SIGKILL)
    }

    /// Asks the daemon to end and waits for it; returns its exit status.
    @discardableResult
    func terminate() -> Int32 {
        stop(SIGTERM)
    }

    @discardableResult
    private func stop(_ signal: Int32) -> Int32 {
        guard let process else { return 0 }
        process.signal(signal)
        self.process = nil
        return process.finish().status
    }

    /// Tells the daemon to end without waiting; ``awaitEnd()`` does.
    func beginTerminating() {
        process?.signal(SIGTERM)
    }

    func awaitEnd() -> Int32 {
        defer { process = nil }
        return process?.finish().status ?? 0
    }

    /// What the daemon holds of the machine's memory, in bytes.
    func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process?.pid ?? 0)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Int($0) }) else {
            throw DaemonReports.Failure(description: "no VmRSS in \(text)")
        }
        return kilobytes << 10
    }

    // MARK: - What it tells

    private var reports: DaemonReports { DaemonReports(socket: "\(runDirectory)/api.sock") }

    func status() throws -> StatusReport { try reports.get("/v1/status") }
    /// The page of metrics.
    func metrics() throws -> String { try reports.text("/metrics") }
    func enis() throws -> [ENIsReport.ENI] { try (reports.get("/v1/enis") as ENIsReport).enis }
    func pods() throws -> [PodsReport.Pod] { try (reports.get("/v1/pods") as PodsReport).pods }

    /// The addresses held, by container.
    func held() throws -> [String: IPv4Address] {
        Dictionary(try pods().compactMap { pod in pod.ipv4.map { (pod.containerID, $0) } }) { first, _ in first }
    }

    // MARK: - The plugin

    /// Calls the plugin with these variables and this configuration.
    func plugin(_ variables: [String: String], input: String) throws -> ChildProcess.Outcome {
        try ChildProcess.run([Programs.plugin], environment: variables.merging(["BERTH_SOCKET": socket]) { $1 }, input: input)
    }

    func plugin(_ command: String, _ configuration: NetworkConfiguration = NetworkConfiguration()) throws -> ChildProcess.Outcome {
        try plugin(["CNI_COMMAND": command, "CNI_PATH": "/opt/cni/bin"], input: configuration.json)
    }
}

/// A network's configuration as a runtime sends it.
struct NetworkConfiguration {
    var version = "1.0.0"
    var previousResult: String?
    /// Further members as JSON, each with a comma before it.
    var more = ""

    var json: String {
        let previous = previousResult.map { #","prevResult":\#($0)"# } ?? ""
        return #"{"cniVersion":"\#(version)","name":"berth","type":"berth-cni"\#(previous)\#(more)}"#
    }
}
