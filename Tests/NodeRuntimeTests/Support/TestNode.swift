import Addressing
import CNISpec
import Dispatch
import IPAMEngine
import Logging
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Synchronization
import Timeline

/// A node on the kernel in memory, with a journal that outlives it and a clock that stands until it is moved.
final class TestNode: Sendable {
    let kernel: InMemoryKernel
    let faults = KernelFaults()
    let journal: KeptJournal
    let ec2: SmallEC2
    let clock = HandClock()
    let node: Node
    private let faulty: FaultyKernel
    private let workers = DispatchQueue(label: "workers")

    /// - Parameters:
    ///   - addresses: What the primary ENI holds at first.
    ///   - addressesMax: Up to how many EC2 gives it when asked.
    ///   - adjust: Changes the node's settings.
    ///   - before: The node that ended, whose kernel and journal this one finds.
    init(
        addresses: Int = 3, addressesMax: Int? = nil, cooldown: Duration = .seconds(30), garbageAgeMin: Duration = .zero,
        adjust: (inout NodeSettings) -> Void = { _ in }, branchENIs: BranchENISource = .none, cluster: ClusterVoice = .silent,
        after before: TestNode? = nil,
        journal: KeptJournal? = nil
    ) {
        kernel = before?.kernel ?? InMemoryKernel(hostName: "node")
        ec2 = before?.ec2 ?? SmallEC2(addresses: addresses)
        self.journal = journal ?? before?.journal ?? KeptJournal([.eniAttached(ec2.attached)])
        faulty = FaultyKernel(base: kernel.kernel(for: kernel.host), faults: faults)
        let configuration = EngineConfiguration(
            addressing: .secondary, targets: WarmTargets(enis: 0),
            limits: NodeLimits(enis: 1, slotsPerENI: addressesMax ?? addresses, maxPods: 110), cooldown: cooldown,
            source: PoolSource(subnet: SubnetID(unchecked: "subnet-0a")), seed: 1)
        let (faulty, workers, clock) = (faulty, workers, clock)
        var settings = NodeSettings(engine: configuration, addBudget: .seconds(60), garbageAgeMin: garbageAgeMin)
        adjust(&settings)
        node = Node(
            settings, recovered: self.journal.entries, kernel: faulty, ec2: ec2.port, journal: self.journal.port,
            branchENIs: branchENIs, cluster: cluster, clock: { clock.now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            submit: { work in
                workers.async {
                    if let host = try? faulty.openHost() { work(Node.Worker(host: host)) }
                }
            })
    }

    // MARK: - CNI

    /// Calls the node as a plugin would, on a thread that blocks until the node lets go of it.
    func call(
        _ command: String, _ pod: TestPod, input: String = TestPod.configuration, isAbandoned: Bool = false,
        outcome: DelegationOutcome? = nil, runsDelegations: Bool = true
    ) throws -> Call {
        let call = Call()
        var variables = pod.variables
        variables["CNI_COMMAND"] = command
        var sandbox = PluginCall.Sandbox.none
        if command != "DEL" {
            let descriptors = try kernel.openDescriptors(of: pod.namespace)
            // As the real request does: descriptors that nobody takes are closed with it.
            let passed = PassedDescriptors(descriptors, kernel)
            sandbox = .open(isOwn: false) { passed.take() }
        }
        let worker = Node.Worker(host: try faulty.openHost())
        var pluginCall = PluginCall(
            environment: variables, input: Array(input.utf8), sandbox: sandbox, isAbandoned: { isAbandoned }, answer: call.answer)
        (pluginCall.outcome, pluginCall.runsDelegations) = (outcome, runsDelegations)
        node.handle(pluginCall, on: worker)
        return call
    }

    func call(_ command: String, input: String, outcome: DelegationOutcome? = nil) throws -> Call {
        let call = Call()
        let worker = Node.Worker(host: try faulty.openHost())
        var pluginCall = PluginCall(
            environment: ["CNI_COMMAND": command, "CNI_PATH": "/"], input: Array(input.utf8), sandbox: .none, answer: call.answer)
        pluginCall.outcome = outcome
        node.handle(pluginCall, on: worker)
        return call
    }

    // MARK: - What is true

    var status: StatusReport { node.statusReport(node: "node", instanceType: "test") }
    var held: [String: IPv4Address] {
        Dictionary(node.podsReport().pods.compactMap { pod in pod.ipv4.map { (pod.containerID, $0) } }) { first, _ in first }
    }

    /// The node's links, addresses, routes and rules, in the words of `ip`.
    func hostObjects() throws -> Set<String> { try objects(of: kernel.host) }

    func objects(of namespace: InMemoryKernel.NamespaceID) throws -> Set<String> {
        let namespace = try kernel.kernel(for: namespace).openHost()
        return Set(
            try namespace.links().map { "link \($0.name)" } + namespace.addresses().map { "\($0)" } + namespace.routes().map { "\($0)" }
                + namespace.rules().map { "\($0)" } + namespace.neighbours().map { "\($0)" })
    }

    /// Waits until the node's other threads have brought the condition about; the suite's time limit ends it.
    func until(_ condition: (TestNode) -> Bool) async {
        while !condition(self), !Task.isCancelled { await Task.yield() }
    }

    /// The node's namespace, as any program on the node sees it.
    func openHost() throws -> any KernelNamespace { try kernel.kernel(for: kernel.host).openHost() }

    /// Runs the body while the node does all that it does by itself.
    func whileRunning(_ body: () async throws -> Void) async throws {
        let control = Task { await node.run() }
        await until(\.status.isStarted)
        do {
            try await body()
        } catch {
            control.cancel()
            throw error
        }
        stop()
        await control.value
    }

    /// Ends the node; the links of deleted pods are gone then.
    func stop() {
        workers.sync {}
        node.stop()
    }
}

/// A pod's namespace, and what a runtime says of it.
struct TestPod {
    let name: String
    let containerID: String
    let namespace: InMemoryKernel.NamespaceID
    /// Where other plugins are; nil for a runtime that does not say.
    var path: String? = "/opt/cni/bin"

    static let configuration = #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni"}"#

    /// The configuration of a CHECK.
    static func configuration(previous: String) -> String {
        #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni","prevResult":\#(previous)}"#
    }

    init(_ name: String, on node: TestNode, containerID: String? = nil) {
        self.name = name
        self.containerID = containerID ?? "sandbox-\(name)"
        namespace = node.kernel.createNamespace(named: self.containerID)
    }

    var variables: [String: String] {
        [
            "CNI_CONTAINERID": containerID, "CNI_IFNAME": "eth0", "CNI_NETNS": "/run/netns/\(containerID)", "CNI_PATH": path ?? "",
            "CNI_ARGS": "K8S_POD_NAMESPACE=default;K8S_POD_NAME=\(name)",
        ]
    }
}

/// One call of the plugin and its answer.
final class Call: Sendable {
    private let answers = AsyncStream<PluginAnswer>.makeStream()
    private let first = Mutex<PluginAnswer?>(nil)

    /// The answer if it was given already.
    var answered: PluginAnswer? { first.withLock { $0 } }

    var answer: @Sendable (PluginAnswer) -> Void {
        { answer in
            self.first.withLock { $0 = answer }
            self.answers.continuation.yield(answer)
        }
    }

    /// Waits for the answer.
    func awaitAnswer() async -> PluginAnswer? {
        for await answer in answers.stream { return answer }
        return nil
    }
}

/// The descriptors of one request, closed when nobody takes them.
private final class PassedDescriptors: Sendable {
    private let descriptors: Mutex<SandboxDescriptors?>
    private let kernel: InMemoryKernel

    init(_ descriptors: SandboxDescriptors, _ kernel: InMemoryKernel) {
        self.descriptors = Mutex(descriptors)
        self.kernel = kernel
    }

    deinit { if let descriptors = take() { kernel.close(descriptors) } }

    func take() -> SandboxDescriptors? {
        descriptors.withLock { descriptors in
            defer { descriptors = nil }
            return descriptors
        }
    }
}

/// A clock that stands until it is moved.
final class HandClock: Sendable {
    private let instant = Mutex(Instant(nanoseconds: 1_000_000_000_000))

    var now: Instant { instant.withLock { $0 } }

    func advance(by duration: Duration) {
        instant.withLock { $0 = $0 + duration }
    }
}
