import CNISpec
import Logging
import NodePorts
import NodeRuntime
import PluginSocket
import ServiceLifecycle
import Synchronization

/// Performs the DELs that plugins kept while no daemon answered.
struct SpoolReplay: Service {
    private let node: Node
    private let kernel: any Kernel
    private let spool: DeleteSpool
    private let logger: Logger

    /// A plugin may still write a request in the moment in which a daemon starts, hence the looks after that.
    private static let pauses: [Duration] = [.seconds(1), .seconds(5), .seconds(30)]

    init(node: Node, kernel: any Kernel, socket: String, logger: Logger) {
        self.node = node
        self.kernel = kernel
        self.logger = logger
        spool = DeleteSpool(socketPath: socket)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pauses = Self.pauses[...]
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: pauses.popFirst() ?? .seconds(60))
                    try replay()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("spool not replayed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Performs every DEL in the spool; one that fails stays for the next look.
    func replay() throws(KernelError) {
        let worker = Node.Worker(host: try kernel.openHost())
        let replay = spool.replay { spooled in
            let isDone = Mutex(false)
            let call = PluginCall(environment: spooled.environment, input: spooled.input, sandbox: .none) { answer in
                isDone.withLock { $0 = answer.exitStatus == 0 }
                if let plugin = answer.delegation?.plugin {
                    logger.error("no IPAM plugin is run for a spooled DEL", metadata: ["plugin": "\(plugin)"])
                }
                guard answer.exitStatus != 0 else { return }
                logger.error("spooled DEL failed", metadata: ["answer": "\(String(decoding: answer.output, as: UTF8.self))"])
            }
            node.handle(call, on: worker)
            return isDone.withLock { $0 }
        }
        for fault in replay.faults {
            logger.error("spooled request damaged", metadata: ["file": "\(fault.file)", "reason": "\(fault.reason)"])
        }
        if replay.handled > 0 { logger.info("spooled DELs performed", metadata: ["count": "\(replay.handled)"]) }
    }
}
