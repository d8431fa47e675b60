public import IPAMEngine
import Logging
public import NodePorts
public import NodeReports
import Timeline

// Keeping away from EC2: an operator's order, and what is told of it.
extension Node {
    /// Has the node keep away from EC2, or call it again. The order outlives the daemon, and ends with the node's next boot.
    ///
    /// Calls that are under way end by themselves.
    ///
    /// - Throws: When the order could not be written down; it is obeyed until the daemon ends.
    public func degrade(to order: Degradation) throws(JournalFailure) {
        logger.notice("degradation ordered", metadata: ["order": "\(order.rawValue)"])
        _ = try send(.degradationOrdered(order), onBehalfOf: nil)
    }

    /// Whether things are given back to EC2 at this moment.
    public var givesBack: Bool { read(\.restraint.degradation) == .normal }

    public func degradationReport() -> DegradationReport {
        DegradationReport(read(\.restraint), at: clock())
    }
}

extension DegradationReport {
    init(_ restraint: Restraint, at now: Instant) {
        self.init(
            state: restraint.degradation.rawValue, order: restraint.order.rawValue,
            orderSeconds: restraint.orderedAt.map { $0.duration(to: now).inSeconds },
            trip: restraint.trip.map { trip in
                Trip(
                    seconds: trip.since.duration(to: now).inSeconds, code: trip.failure.code, message: trip.failure.message,
                    probeSeconds: max(0, now.duration(to: trip.probe).inSeconds))
            })
    }
}
