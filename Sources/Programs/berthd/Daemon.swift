import AWSClient
import IPAMEngine
import InstanceTypes
import JournalAdapter
import KubernetesNode
import Logging
import NetlinkAdapter
import NftablesAdapter
import NodeInstall
import NodePorts
import NodeRuntime
import PluginSocket
import PodNetwork
import ServiceLifecycle
import Synchronization
import Timeline
import UnixSignals

/// The daemon put together: journal, kernel, cloud, node, sockets, in the order in which each needs the one before.
struct Daemon {
    private let node: Node
    private let network: NodeNetwork
    private let sweep: OrphanSweep
    private let kernel: NetlinkKernel
    private let input: Input
    private let takeOver: PendingTakeOver?
    private let runDirectory: String
    private let confDirectory: String?
    private let logger: Logger
    private let workers: Workers
    private let activity = PluginActivity()
    private let calls: CallTally
    private let cluster: Cluster?
    private let ec2: EC2Control

    /// How long a daemon that ends finishes what is in flight; the kubelet gives it ten seconds.
    private static let drainLimit: Duration = .seconds(8)

    /// - Parameters:
    ///   - sysctls: The folder of the node's sysctls, see ``NetlinkKernel``.
    ///   - connect: Gives the cloud as the node may ask it, once there is a kernel in which links can appear.
    ///   - calls: Counts the calls to EC2.
    ///   - takeOver: The incumbent's pods that become ours; nil for none.
    ///   - confDirectory: The runtime's folder of conflists, in which ours is kept; nil to keep none.
    ///   - cluster: The node's; nil for none.
    init(
        _ input: Input, in cluster: Cluster?, runDirectory: String, confDirectory: String?, sysctls: String,
        takingOver takeOver: PendingTakeOver?, calls: CallTally = CallTally(), logger: Logger, connect: (NetlinkKernel) throws -> NodeCloud
    ) throws {
        self.takeOver = takeOver
        self.calls = calls
        self.cluster = cluster
        self.input = input
        self.runDirectory = runDirectory
        self.confDirectory = confDirectory
        self.logger = logger
        for warning in input.warnings { logger.warning("setting without effect", metadata: ["fault": "\(warning)"]) }
        let (journal, recovered) = try Journal.open(directory: runDirectory)
        logger.info("journal read", metadata: ["found": "\(recovered)"])
        kernel = try NetlinkKernel(sysctls: sysctls)
        let cloud = try connect(kernel)
        let ec2 = cloud.ec2
        self.ec2 = ec2
        let workers = Workers()
        self.workers = workers
        network = NodeNetwork(input.network, kernel: kernel, firewall: NftablesFirewall(), ec2: ec2, logger: logger)
        node = Node(
            input.settings, recovered: recovered.entries, kernel: kernel, ec2: ec2, journal: AllocationJournal(journal),
            network: network, branchENIs: cluster?.member.branchENIs ?? .none, cluster: cluster?.member.voice ?? .silent,
            clock: { Instant.now }, logger: logger, submit: { workers.submit($0) })
        let node = node
        let turn = input.sweepInterval.flatMap { interval in
            input.writesToCluster ? cluster?.member.leased(.spaced(by: interval)) : nil
        }
        sweep = OrphanSweep(
            cloud.orphans, rule: cloud.rule, interval: input.sweepInterval, turn: turn, isKnownHere: { node.mayNeed($0) },
            mayDelete: { node.givesBack }, logger: logger)
    }

    /// Serves until a signal ends it, and runs the other services for as long.
    func run(beside others: [any Service] = []) async throws {
        let network = network
        async let isNetworkMade = network.refresh()
        try takeOverPods()
        node.recover()
        let spool = SpoolReplay(node: node, kernel: kernel, socket: "\(runDirectory)/cni.sock", logger: logger)
        // Plugins queue from here on, and are served when what came before them is done.
        let listener = try PluginListener(path: "\(runDirectory)/cni.sock")
        try spool.replay()
        // Where EC2 does not answer, pods are served from what the node has, and its network follows.
        _ = await isNetworkMade
        let server = try startServer(listener)
        workers.connect(server)
        let http = ReportServer(
            node: node, sweep: sweep, name: input.name, instanceType: input.type.name, socket: "\(runDirectory)/api.sock", calls: calls,
            cluster: cluster?.member)
        let own: [any Service] = [
            NodeService(node: node), NetworkService(network: network), SweepService(sweep: sweep), spool, http,
            IdleMemory(activity: activity),
        ]
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (own + clusterServices + listServices + others).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        logger.info("serving", metadata: ["node": "\(input.name)", "run-directory": "\(runDirectory)"])
        defer { stop(server) }
        try await services.run()
    }

    private var clusterServices: [any Service] {
        guard let cluster else { return [] }
        return [ClusterService(cluster: cluster, node: node, network: network, begun: input.directions, ec2: ec2)]
    }

    private var listServices: [any Service] {
        guard let confDirectory else { return [] }
        return [ListService(node: node, placing: ListPlacing(runDirectory: runDirectory, confDirectory: confDirectory), logger: logger)]
    }

    /// Takes the incumbent's pods over, and remembers that it was done: a pod that is made again has its link's name and another address.
    private func takeOverPods() throws {
        guard let takeOver else { return }
        _ = try node.takeOver(takeOver.checkpoint, vethPrefix: input.network.podLinkPrefix)
        let number = takeOver.finish()
        guard number != 0 else { return }
        logger.error(
            "the incumbent's file cannot be put aside, and is taken over again at the next start", metadata: ["errno": "\(number)"])
    }

    private func startServer(_ listener: consuming PluginListener) throws -> PluginServer<Node.Worker> {
        let (node, kernel, activity, logger) = (node, kernel, activity, logger)
        return try PluginServer(listener) {
            Node.Worker(host: try kernel.openHost())
        } refused: { refusal in
            logger.warning("plugin turned away", metadata: ["refusal": "\(refusal)"])
        } handle: { worker, request in
            activity.noteCall()
            node.handle(PluginCall(request), on: worker)
        }
    }

    /// Answers who waits, finishes what is in flight, and ends.
    private func stop(_ server: PluginServer<Node.Worker>) {
        node.send(.stopping)
        let rest = server.drain(within: Self.drainLimit)
        if !rest.isEmpty { logger.warning("not everything was finished", metadata: ["rest": "\(rest)"]) }
        node.stop()
        logger.info("ended")
    }
}

/// Lets the node reach the workers, which are made after it; what is submitted before them waits.
private final class Workers: Sendable {
    private typealias Work = @Sendable (Node.Worker) -> Void

    private let state = Mutex<(server: PluginServer<Node.Worker>?, early: [Work])>((nil, []))

    func connect(_ server: PluginServer<Node.Worker>) {
        let early = state.withLock { state in
            defer { state.early = [] }
            state.server = server
            return state.early
        }
        for work in early { submit(work) }
    }

    /// Runs the work on some worker. When the workers have ended everybody has had an answer; what a full queue turns away
    /// is found again by the next start.
    func submit(_ work: @escaping @Sendable (Node.Worker) -> Void) {
        let server = state.withLock { state in
            if state.server == nil { state.early.append(work) }
            return state.server
        }
        try? server?.submit { worker in work(worker) }
    }
}

/// The node's control plane as a service: it ends when the group shuts down.
private struct NodeService: Service {
    let node: Node

    func run() async throws {
        await cancelWhenGracefulShutdown { await node.run() }
    }
}

/// Looks for orphaned ENIs in the node's turns until the group shuts down. A service that returned would end the group.
private struct SweepService: Service {
    let sweep: OrphanSweep

    func run() async throws {
        await cancelWhenGracefulShutdown { await sweep.run() }
        try? await gracefulShutdown()
    }
}

/// Keeps the node's own network as it must be until the group shuts down; nothing of it goes with the daemon.
private struct NetworkService: Service {
    let network: NodeNetwork

    func run() async throws {
        await cancelWhenGracefulShutdown { await network.run() }
    }
}
