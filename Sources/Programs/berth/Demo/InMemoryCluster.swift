import Addressing
import Foundation
import IPAMEngine
import InstanceTypes
import Logging
import NodeConfiguration
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import SimulatedAWS
import SimulatedHost
import Synchronization
import Timeline

/// Two nodes on a kernel in memory, for those who are not root: the same engine, requests and network plans, and packets
/// that are walked through the same rules and routes.
final class InMemoryCluster: DemoCluster {
    let kernelDescription = "Not root: the pods below are namespaces of a kernel in memory; run as root to see them on the real one."
    private let kernel = InMemoryKernel(hostName: "laptop")
    private let fabric: InMemoryKernel.NamespaceID
    private let demo: DemoScenario
    private let scenario: Scenario
    private let folder: String
    private let state = Mutex(State())

    private struct State {
        var nodes: [String: RunningNode] = [:]
        var pods: [DemoPod: InMemoryKernel.NamespaceID] = [:]
        var awsServer: Task<Void, any Error>?
    }

    /// One node with its control plane.
    private struct RunningNode: Sendable {
        var node: Node
        var namespace: InMemoryKernel.NamespaceID
        var control: Task<Void, Never>
        var cloud: SimulatedCloud
    }

    init(_ demo: DemoScenario) throws {
        self.demo = demo
        fabric = kernel.createNamespace(named: "fabric")
        scenario = try Scenario(yaml: demo.yaml(fabric: "fabric"), file: "demo.yaml")
        folder = NSTemporaryDirectory() + "berth-demo-\(ProcessInfo.processInfo.processIdentifier)"
    }

    // MARK: - Nodes

    func start(servesAWS: Bool) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for node in scenario.nodes {
            let running = try start(node)
            state.withLock { $0.nodes[node.name] = running }
        }
        for node in scenario.nodes { try await awaitStart(of: node.name) }
    }

    func awsEndpoint() async throws -> DemoEndpoint {
        guard let name = scenario.nodes.first?.name, let address = LoopbackAddress("127.0.0.1:0") else {
            throw DemoFailure(description: "there is no node whose AWS could be served")
        }
        let cloud = try running(name).cloud
        let aws = SimulatedAWS(cloud.vpc, instance: cloud.instance)
        let (urls, told) = AsyncStream<String>.makeStream()
        let server = Task {
            defer { told.finish() }
            try await SimulatedAWSServer(aws, at: address) { told.yield($0) }.run()
        }
        state.withLock { $0.awsServer = server }
        for await url in urls { return DemoEndpoint(node: name, url: url, region: aws.region) }
        throw DemoFailure(description: "the AWS of \(name) is not served: \(await server.result)")
    }

    private func start(_ description: Scenario.Node) throws -> RunningNode {
        guard let type = InstanceType.named(description.instanceType) else {
            throw DemoFailure(description: "\(description.instanceType) is not an instance type")
        }
        let namespace = kernel.createNamespace(named: description.name)
        let nodeKernel = kernel.kernel(for: namespace)
        let host = SimulatedHost(
            node: nodeKernel, nodeNetns: try kernel.openDescriptors(of: namespace).netns, fabric: kernel.kernel(for: fabric))
        let cloud = try SimulatedCloud(
            file: "\(folder)/vpc.json",
            subnets: scenario.subnets.map {
                SimulatedCloud.Subnet(id: $0.id, zone: $0.zone, block: $0.block, ipv6Block: $0.ipv6Block, tags: $0.tags)
            },
            seed: scenario.seed, instance: description.instance, type: type, subnet: description.subnet, host: host)
        let settings = NodeSettings(
            engine: scenario.engineConfiguration(for: description))
        let node = Node(
            settings, recovered: [], kernel: nodeKernel, ec2: cloud.ec2, journal: .none, clock: { Instant.now },
            logger: Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() },
            submit: { work in
                DispatchQueue.global().async {
                    guard let host = try? nodeKernel.openHost() else { return }
                    work(Node.Worker(host: host))
                }
            })
        node.recover()
        return RunningNode(node: node, namespace: namespace, control: Task { await node.run() }, cloud: cloud)
    }

    private func awaitStart(of name: String) async throws {
        let node = try running(name)
        for _ in 0..<200 {
            let status = node.node.statusReport(node: name, instanceType: "")
            if status.isStarted, status.addresses.free >= demo.freeAtStart(of: name) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw DemoFailure(description: "\(name) does not serve pods after 10 s")
    }

    private func running(_ name: String) throws -> RunningNode {
        guard let node = state.withLock({ $0.nodes[name] }) else { throw DemoFailure(description: "\(name) does not run") }
        return node
    }

    func pods(on node: String) async throws -> PodsReport { try running(node).node.podsReport() }
    func enis(on node: String) async throws -> ENIsReport { try running(node).node.enisReport() }

    func hostNamespace(of node: String) throws(KernelError) -> any KernelNamespace {
        guard let running = state.withLock({ $0.nodes[node] }) else { throw KernelError("open the namespace of \(node)", .noSuchEntry) }
        return try kernel.kernel(for: running.namespace).openHost()
    }

    // MARK: - Pods

    func add(_ pod: DemoPod) async throws -> [IPAddress] {
        let namespace = kernel.createNamespace(named: "\(pod.node)-\(pod.name)")
        state.withLock { $0.pods[pod] = namespace }
        let descriptors = try kernel.openDescriptors(of: namespace)
        let answer = try await call("ADD", pod, .open(isOwn: false) { descriptors })
        guard answer.exitStatus == 0,
            let report = try running(pod.node).node.podsReport().pods.first(where: { $0.containerID == pod.containerID })
        else { throw DemoFailure(description: "ADD of \(pod.name): \(String(decoding: answer.output, as: UTF8.self))") }
        return report.addresses
    }

    func delete(_ pod: DemoPod) async throws {
        let answer = try await call("DEL", pod, .none)
        guard answer.exitStatus == 0 else {
            throw DemoFailure(description: "DEL of \(pod.name): \(String(decoding: answer.output, as: UTF8.self))")
        }
        guard let namespace = state.withLock({ $0.pods.removeValue(forKey: pod) }) else { return }
        kernel.destroyNamespace(namespace)
    }

    private func call(_ command: String, _ pod: DemoPod, _ sandbox: PluginCall.Sandbox) async throws -> PluginAnswer {
        let node = try running(pod.node)
        let worker = Node.Worker(host: try kernel.kernel(for: node.namespace).openHost())
        return await withCheckedContinuation { continuation in
            let call = PluginCall(
                environment: pod.environment(command, netns: "/run/netns/\(pod.containerID)"), input: Array(DemoPod.configuration.utf8),
                sandbox: sandbox
            ) { continuation.resume(returning: $0) }
            node.node.handle(call, on: worker)
        }
    }

    func ping(from pod: DemoPod, to address: IPAddress) async throws -> PingCount {
        guard let namespace = state.withLock({ $0.pods[pod] }) else { throw DemoFailure(description: "\(pod.name) is not there") }
        var count = PingCount(sent: 0, received: 0)
        for _ in 0..<3 {
            let trace = kernel.ping(from: namespace, to: address)
            count.sent += 1
            if trace.isAnswered { count.received += 1 } else { count.fault = "\(trace)" }
        }
        return count
    }

    func stop() async {
        let (nodes, awsServer) = state.withLock { state in
            defer { (state.nodes, state.awsServer) = ([:], nil) }
            return (Array(state.nodes.values), state.awsServer)
        }
        awsServer?.cancel()
        _ = await awsServer?.result
        for node in nodes {
            node.node.stop()
            await node.control.value
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}

extension AllocationJournal {
    /// Keeps nothing: the demo's nodes end with their process.
    fileprivate static let none = AllocationJournal(append: { _ in }, isCompactionDue: { _ in false }, compact: { _ in })
}
