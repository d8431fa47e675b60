import Logging
import NodeInstall
import NodeRuntime
import ServiceLifecycle

/// Gives the container runtime the node's conflist while pods can be added, and takes it away while none can.
struct ListService: Service {
    private let node: Node
    private let placing: ListPlacing
    private let logger: Logger

    /// Between two looks while the list is in place: as often as a kubelet asks.
    private static let pausePlaced: Duration = .seconds(5)
    /// While it is not, which is what a new node's first pods wait for.
    private static let pauseAway: Duration = .milliseconds(250)

    init(node: Node, placing: ListPlacing, logger: Logger) {
        self.node = node
        self.placing = placing
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let look = Look(node: node, placing: placing, logger: logger)
            look.adopt()
            while !Task.isCancelled {
                look.perform()
                try? await Task.sleep(for: look.isPlaced ? Self.pausePlaced : Self.pauseAway)
            }
        }
        // The list stays: while no daemon is there, pods are deleted by way of the spool, and ADDs are told to try again.
        try? await gracefulShutdown()
    }
}

/// One look after the other, each telling only what has changed since the last.
private final class Look {
    let node: Node
    let placing: ListPlacing
    let logger: Logger
    private(set) var isPlaced = false
    private var told = ""
    private var rivals: [String] = []

    init(node: Node, placing: ListPlacing, logger: Logger) {
        self.node = node
        self.placing = placing
        self.logger = logger
    }

    func adopt() {
        attempt { () throws(InstallFailure) in
            guard try placing.adopt() else { return }
            logger.info("conflist prepared from the one in place", metadata: ["file": "\(placing.prepared.path)"])
        }
    }

    func perform() {
        switch node.listOffer() {
        case .place: place()
        case .withdraw(let reason): withdraw(reason)
        case .leave: break
        }
    }

    private func place() {
        var isPlaced = false
        attempt { () throws(InstallFailure) in
            guard let placement = try placing.place() else {
                return tellOnce(
                    "no conflist prepared", ["file": "\(placing.prepared.path)", "remedy": "berthd install with this run directory"])
            }
            isPlaced = true
            told = ""
            if placement.change != .unchanged { logger.info("conflist placed", metadata: ["file": "\(placement.path)"]) }
            try tellOfRivals()
        }
        self.isPlaced = isPlaced
    }

    private func withdraw(_ reason: String) {
        isPlaced = false
        attempt { () throws(InstallFailure) in
            guard try placing.withdraw() == .removed else { return }
            logger.warning("conflist withdrawn", metadata: ["file": "\(placing.placed.path)", "reason": "\(reason)"])
        }
    }

    private func tellOfRivals() throws(InstallFailure) {
        let found = try placing.placed.rivals()
        defer { rivals = found }
        guard found != rivals, !found.isEmpty else { return }
        logger.warning(
            "another network is taken by the runtime",
            metadata: [
                "file": "\(placing.placed.path)", "before-it": "\(found.joined(separator: " "))",
                "remedy": "move these away: the runtime uses the first by name",
            ])
    }

    private func attempt(_ body: () throws(InstallFailure) -> Void) {
        do throws(InstallFailure) {
            try body()
        } catch {
            tellOnce("conflist not kept", ["error": "\(error)"])
        }
    }

    private func tellOnce(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let text = "\(message) \(metadata.sorted { $0.key < $1.key })"
        guard text != told else { return }
        told = text
        logger.error(message, metadata: metadata)
    }
}
