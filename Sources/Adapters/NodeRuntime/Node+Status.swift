import CNISpec
import IPAMEngine
import Synchronization
import Timeline

// STATUS: whether the runtime may call the node's network ready.
extension Node {
    func status() throws(CNIError) {
        let now = clock()
        let fault = fault(at: now)
        switch readiness.withLock({ $0.judge(fault, at: now) }) {
        case nil: return
        case .unavailable(let refusal):
            let reason = RefusalReason(rawValue: refusal.code) ?? .callFailed
            throw .notAvailable(reason, refusal.explanation(at: now), retryAfter: refusal.retry.map { now.duration(to: $0) })
        case .podsHurt(let problems):
            throw .notAvailableAndPodsAffected(.driftFound, problems.joined(separator: ". "))
        }
    }

    /// What stands against the node at this moment.
    private func fault(at now: Instant) -> Readiness.Fault? {
        let (obstacle, lost, podCount) = read { engine in (engine.obstacle(at: now), engine.wiredInQuarantine, engine.allocationCount) }
        var problems: [String] = []
        if let first = lost.min() {
            problems.append(
                "EC2 shows no ENI of this node with the addresses of \(lost.count) of \(podCount) pods, the first of them \(first); "
                    + "delete these pods")
        }
        let drifts = repairs.withLock { $0.lasting(Readiness.grace, at: now) }
        if let first = drifts.first {
            problems.append("\(drifts.count) objects of the network cannot be mended, the first of them \(first.object): \(first.breaks)")
        }
        if !problems.isEmpty { return .podsHurt(problems) }
        // A node that can take no further pod is full, and no fault of its pods.
        let hasPods = podCount > 0 || unpooledPods.contains { _ in true }
        guard let obstacle, !hasPods || !read(\.isStarted), !obstacle.isWanted else { return nil }
        return .unavailable(obstacle)
    }
}

extension Refusal {
    /// Whether the node's operator asked for it.
    fileprivate var isWanted: Bool {
        switch self {
        case .nodeCordoned, .nodeTerminating: true
        case .starting, .subnetFull, .noFreeBlock, .eniSlotsUsedUp, .throttled, .permissionDenied, .quotaReached, .callFailed,
            .callsStopped, .ec2Failing, .cooling, .waitingForEC2, .eniNotReady, .unknownPool, .reservedAddressNotAvailable, .poolEmpty,
            .tooManyWaiting, .deleted, .superseded, .stopping:
            false
        }
    }
}
