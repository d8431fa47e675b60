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
    let host: any KernelNamespace
    let stop: StopRequest
    /// What tells this trial's namespaces from those of others, on this machine and in this run.
    private let tag: String
    /// Folders and files to remove at the end.
    private var made: [String] = []
    private(set) var sandboxes: [Sandbox] = []
    private(set) var calls: [PluginCall] = []
    /// The calls of the trials before this one.
    let earlierCalls: [PluginCall]
    private(set) var faults: [String] = []
    private(set) var addresses: Set<IPAddress> = []

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
        var sandbox = try Sandbox(named: "\(tag)-\(sandboxes.count)")
        sandboxes.append(sandbox)
        sandbox.earlier = try addEarlier(sandbox)
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
        let version = version ?? self.version
        let earlier = command == .add ? sandbox?.earlier.flatMap { try? $0.json(in: version) } : nil
        return Request(
            label: command.rawValue, variables: variables,
            configuration: plugin.configuration.object(in: version, previousResult: previous ?? earlier))
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

    func launch(_ request: Request) throws(ConformanceError) -> ChildProgram {
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

    /// Something that goes with the trial; a folder is named before what stands in it.
    func willRemove(_ path: String) {
        made.append(path)
    }

    /// A name for a file or folder that no other trial uses.
    var unusedPath: String { "/tmp/\(tag)-\(made.count)" }

    /// Deletes every sandbox and removes what was made, also when the run was stopped.
    func cleanUp() {
        for sandbox in sandboxes {
            var request = request(.delete, sandbox)
            request.limit = PluginUnderTest.deleteLimit
            if let child = try? launch(request) { _ = child.finish(within: request.limit) }
            deleteEarlier(sandbox)
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
