import Addressing
import CPluginSocket
import Glibc
import JournalAdapter
import Logging
import NetlinkAdapter
import NodePorts
import NodeRuntime
import PluginSocket
import ServiceLifecycle
import SimulatedHost
import Synchronization
import Timeline
import UnixSignals

/// The daemon put together: journal, kernel, cloud, node, sockets, in the order in which each needs the one before.
struct Daemon {
    private let node: Node
    private let kernel: NetlinkKernel
    private let input: Input
    private let runDirectory: String
    private let logger: Logger
    private let submitter: Submitter

    /// How long a daemon that ends finishes what is in flight.
    private static let drainLimit: Duration = .seconds(8)

    init(_ input: Input, runDirectory: String, vpc: String, logger: Logger) throws {
        self.input = input
        self.runDirectory = runDirectory
        self.logger = logger
        let (journal, recovered) = try Journal.open(directory: runDirectory)
        for remark in recovered.remarks { logger.warning("journal mended", metadata: ["remark": "\(remark)"]) }
        kernel = try NetlinkKernel()
        let cloud = try SimulatedCloud(
            input.scenario, node: input.node, vpc: vpc, node: kernel, logger: logger)
        let submitter = Submitter()
        self.submitter = submitter
        node = Node(
            input.settings, recovered: recovered.entries, kernel: kernel, ec2: cloud.control, journal: AllocationJournal(journal),
            clock: { Instant.now }, logger: logger, submit: { submitter.submit($0) })
    }

    /// Serves until a signal ends it.
    func run() async throws {
        node.recover()
        try replaySpool()
        let server = try startServer()
        submitter.connect(server)
        let http = ReportServer(
            node: node, name: input.node.name, instanceType: input.node.instanceType, socket: "\(runDirectory)/api.sock", logger: logger)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: NodeService(node: node)), .init(service: http)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        logger.info("serving", metadata: ["node": "\(input.node.name)", "run-directory": "\(runDirectory)"])
        defer { stop(server) }
        try await services.run()
    }

    private func startServer() throws -> PluginServer<Node.Worker> {
        let (node, kernel, logger) = (node, kernel, logger)
        return try PluginServer(PluginListener(path: "\(runDirectory)/cni.sock")) {
            Node.Worker(host: try kernel.openHost())
        } refused: { refusal in
            logger.warning("plugin turned away", metadata: ["refusal": "\(refusal)"])
        } handle: { worker, request in
            node.handle(PluginCall(request), on: worker)
        }
    }

    /// Performs the DELs that came while no daemon was there, before any other request is served.
    private func replaySpool() throws {
        let worker = Node.Worker(host: try kernel.openHost())
        let spool = DeleteSpool(directory: "\(runDirectory)/spool")
        for spooled in try spool.requests() {
            let failure = Mutex<PluginAnswer?>(nil)
            let call = PluginCall(environment: spooled.environment, input: spooled.input, sandbox: .none) { answer in
                if answer.exitStatus != 0 { failure.withLock { $0 = answer } }
            }
            node.handle(call, on: worker)
            if let answer = failure.withLock({ $0 }) {
                logger.error("spooled DEL failed", metadata: ["answer": "\(String(decoding: answer.output, as: UTF8.self))"])
                continue
            }
            try spool.remove(spooled)
        }
    }

    private func stop(_ server: PluginServer<Node.Worker>) {
        node.send(.stopping)
        let rest = server.drain(within: Self.drainLimit)
        if !rest.isEmpty { logger.warning("not everything was finished", metadata: ["rest": "\(rest)"]) }
        node.stop()
        logger.info("ended")
    }
}

/// Lets the node reach the workers, which are made after it.
private final class Submitter: Sendable {
    private let server = Mutex<PluginServer<Node.Worker>?>(nil)

    func connect(_ server: PluginServer<Node.Worker>) {
        self.server.withLock { $0 = server }
    }
}

extension Submitter {
    /// Runs the work on some worker, or on a thread of its own before there are any.
    func submit(_ work: @escaping @Sendable (Node.Worker) -> Void) {
        guard let server = server.withLock({ $0 }) else { return }
        do throws(PluginSocketError) {
            try server.submit { worker in work(worker) }
        } catch {
            // A server that has stopped has answered everyone.
        }
    }
}

/// The node's control plane as a service: it ends when the group shuts down.
private struct NodeService: Service {
    let node: Node

    func run() async throws {
        await cancelWhenGracefulShutdown { await node.run() }
    }
}
