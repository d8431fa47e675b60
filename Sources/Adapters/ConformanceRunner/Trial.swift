import Addressing
import CNISpec
import Conformance
import Glibc
import JSON
import NetlinkAdapter
import NodePorts

/// One row in one version: makes sandboxes and calls, gathers faults, and takes everything away at its end.
final class Trial {
    let plugin: PluginUnderTest
    let version: CNIVersion
    /// The versions that the plugin says it speaks.
    let spoken: [CNIVersion]
    private let host: any KernelNamespace
    private let stop: StopRequest
    /// What tells this trial's namespaces from those of others, on this machine and in this run.
    private let tag: String
    /// Folders and files to remove at the end.
    private var made: [String] = []
    private(set) var sandboxes: [Sandbox] = []
    private(set) var calls: [PluginCall] = []
    /// The calls of the trials before this one.
    let earlierCalls: [PluginCall]
    private(set) var faults: [String] = []
    private var addresses: Set<IPAddress> = []

    init(
        _ plugin: PluginUnderTest, in version: CNIVersion, spoken: [CNIVersion], host: any KernelNamespace, tag: String,
        after earlierCalls: [PluginCall], stop: StopRequest
    ) {
        self.plugin = plugin
        self.version = version
        self.spoken = spoken
        self.host = host
        self.tag = tag
        self.earlierCalls = earlierCalls
        self.stop = stop
    }

    /// Why a row cannot be judged; thrown by its probe.
    struct NotApplicable: Error {
        let reason: String
    }

    // MARK: - Faults

    func expect(_ isTrue: Bool, _ fault: @autoclosure () -> String) {
        if !isTrue { faults.append(fault()) }
    }

    func expect(_ found: [String]) {
        faults += found
    }

    // MARK: - Calls

    func sandbox() throws(ConformanceError) -> Sandbox {
        let sandbox = try Sandbox(named: "\(tag)-\(sandboxes.count)")
        sandboxes.append(sandbox)
        return sandbox
    }

    /// A call as a runtime makes it, for a sandbox or for none.
    func request(
        _ command: CNICommand, _ sandbox: Sandbox? = nil, previous: JSONValue? = nil, in version: CNIVersion? = nil
    ) -> Request {
        var variables = ["CNI_COMMAND": command.rawValue, "CNI_PATH": plugin.cniPath.joined(separator: ":")]
        if let sandbox {
            variables["CNI_CONTAINERID"] = sandbox.containerID
            variables["CNI_NETNS"] = sandbox.netns
            variables["CNI_IFNAME"] = Sandbox.ifname
            variables["CNI_ARGS"] =
                "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=\(sandbox.containerID);K8S_POD_INFRA_CONTAINER_ID=\(sandbox.containerID)"
        }
        return Request(
            label: command.rawValue, variables: variables,
            configuration: plugin.configuration.object(in: version ?? self.version, previousResult: previous))
    }

    func start(_ request: Request) throws(ConformanceError) -> ChildProgram {
        if stop.isMade { throw .stopped }
        return try launch(request)
    }

    func finish(_ child: ChildProgram, of request: Request) throws(ConformanceError) -> PluginCall {
        let call = record(child.finish(within: request.limit, unless: stop), of: request)
        if stop.isMade { throw .stopped }
        return call
    }

    @discardableResult
    func call(_ request: Request) throws(ConformanceError) -> PluginCall {
        try finish(try start(request), of: request)
    }

    private func launch(_ request: Request) throws(ConformanceError) -> ChildProgram {
        let inherited = plugin.environment.filter { !$0.key.hasPrefix("CNI_") }
        let entering = request.hostPath.map { ["nsenter", "--net=\($0)", "--"] } ?? []
        return try ChildProgram(
            entering + [request.program ?? plugin.path], environment: inherited.merging(request.variables) { $1 },
            input: request.input ?? .bytes(JSONValue.object(request.configuration).bytes))
    }

    private func record(_ ending: ChildProgram.Ending, of request: Request) -> PluginCall {
        let call = PluginCall(
            request.label, command: request.command, version: request.version, end: ending.end, output: ending.output,
            errors: ending.errors, milliseconds: ending.milliseconds)
        if request.program == nil { calls.append(call) }
        if call.isSuccess, call.command == "ADD", let result = call.result { addresses.formUnion(result.addresses.map(\.address)) }
        return call
    }

    // MARK: - Steps that many rows share

    /// Adds a sandbox, which must succeed.
    ///
    /// - Returns: The result as it was printed, or nil after a fault.
    @discardableResult
    func add(_ sandbox: Sandbox, in version: CNIVersion? = nil) throws(ConformanceError) -> JSONObject? {
        try expectResult(call(request(.add, sandbox, in: version)))
    }

    /// Holds an ADD to success with a result that can be read.
    @discardableResult
    func expectResult(_ call: PluginCall) -> JSONObject? {
        expect(call.faultsOfSuccess)
        guard call.isSuccess else { return nil }
        expect(call.result != nil, "\(call.label): the result cannot be read")
        return call.result == nil ? nil : call.object
    }

    /// Deletes a sandbox, which must succeed.
    func delete(_ sandbox: Sandbox, previous: JSONObject? = nil) throws(ConformanceError) {
        expect(try call(request(.delete, sandbox, previous: previous.map(JSONValue.object))).faultsOfSilence)
    }

    /// What the host has at this moment.
    func hostContents() throws(ConformanceError) -> NamespaceContents {
        do throws(KernelError) { return try host.contents() } catch { throw ConformanceError(error) }
    }

    /// Holds the host to be clean again, some seconds after a DEL at the latest: links may be removed in batches.
    func expectNothingLeft(since before: NamespaceContents) throws(ConformanceError) {
        let leftovers = HostLeftovers(since: before)
        let deadline = ContinuousClock.now + .seconds(5)
        var left: [String] = []
        repeat {
            left = leftovers.list(in: try hostContents(), addresses: addresses)
            if left.isEmpty { return }
            _ = poll(nil, 0, 20)
        } while ContinuousClock.now < deadline && !stop.isMade
        faults.append("left on the host: \(left.joined(separator: ", "))")
    }

    // MARK: - The daemon

    /// The commands for the daemon, which must be there.
    func daemon() throws -> PluginUnderTest.DaemonCommands {
        guard let daemon = plugin.daemon else { throw NotApplicable(reason: "needs --stop-daemon and --start-daemon") }
        return daemon
    }

    /// Runs the body while the daemon is away, and waits until it serves again.
    func withoutDaemon(_ body: () throws -> Void) throws {
        let daemon = try daemon()
        try shell(daemon.stop)
        do {
            try body()
        } catch {
            try shell(daemon.start)
            throw error
        }
        try shell(daemon.start)
        try awaitService()
    }

    func shell(_ command: String) throws(ConformanceError) {
        let ending = try ChildProgram(["sh", "-c", command], environment: plugin.environment, isCaptured: false).finish(
            within: .seconds(60))
        guard ending.end == .exited(0) else { throw ConformanceError("`\(command)` ended with \(ending.end)") }
    }

    /// A daemon that has just been started may refuse for a while.
    func awaitService() throws(ConformanceError) {
        let deadline = ContinuousClock.now + .seconds(60)
        let sandbox = try sandbox()
        while true {
            let isServing = try call(request(.add, sandbox)).isSuccess
            try call(request(.delete, sandbox))
            if isServing { return }
            guard ContinuousClock.now < deadline else { throw ConformanceError("the plugin serves no pod 60 s after --start-daemon") }
            _ = poll(nil, 0, 100)
        }
    }

    // MARK: - Files

    /// A folder of the trial's own, which goes with it.
    func folder() throws(ConformanceError) -> String {
        let path = "/tmp/\(tag)-\(made.count)"
        guard mkdir(path, 0o700) == 0 else { throw ConformanceError("make the folder \(path)", errno: errno) }
        made.append(path)
        return path
    }

    func write(_ bytes: [UInt8], to path: String) throws(ConformanceError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw ConformanceError("write \(path)", errno: errno) }
        defer { close(descriptor) }
        made.append(path)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ConformanceError("write \(path)", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Deletes every sandbox and removes what was made, also when the run was stopped.
    func cleanUp() {
        for sandbox in sandboxes {
            var request = request(.delete, sandbox)
            request.limit = PluginUnderTest.deleteLimit
            if let child = try? launch(request) { _ = child.finish(within: request.limit) }
            try? sandbox.namespace.remove()
        }
        for path in made.reversed() { remove(path) }
    }
}

extension PluginCall {
    /// The result of an ADD; nil where none can be read.
    var result: CNIResult? {
        object.flatMap { try? CNIResult(parsing: .object($0)) }
    }
}
