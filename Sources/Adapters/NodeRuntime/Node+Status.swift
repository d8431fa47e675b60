import CNISpec
public import IPAMEngine
import Synchronization
import Timeline

// STATUS: whether the runtime may call the node's network ready.
extension Node {
    func status() throws(CNIError) {
        let now = clock()
        switch judgedFault(at: now) {
        case nil: return
        case .unavailable(let refusal):
            let reason = RefusalReason(rawValue: refusal.code) ?? .callFailed
            throw .notAvailable(reason, refusal.explanation(at: now), retryAfter: refusal.retry.map { now.duration(to: $0) })
        case .podsHurt(let problems):
            throw .notAvailableAndPodsAffected(.driftFound, problems.joined(separator: ". "))
        }
    }

    private func judgedFault(at now: Instant) -> Readiness.Fault? {
        let fault = fault(at: now)
        return readiness.withLock { $0.judge(fault, at: now) }
    }

    /// Why pods cannot be given a network at this moment, as STATUS tells the runtime.
    public struct Unavailability: Hashable, Sendable {
        /// A stable name for programs.
        public var code: String
        public var explanation: String
        /// Why addresses are wanting; nil where it is about pods that run.
        public var refusal: Refusal?
    }

    /// - Returns: Nil while pods can be given one.
    public var unavailability: Unavailability? {
        let now = clock()
        return switch judgedFault(at: now) {
        case nil: nil
        case .unavailable(let refusal):
            Unavailability(code: refusal.code, explanation: refusal.explanation(at: now), refusal: refusal)
        case .podsHurt(let problems):
            Unavailability(code: RefusalReason.driftFound.rawValue, explanation: problems.joined(separator: ". "), refusal: nil)
        }
    }

    /// Whether the runtime should have the node's conflist at this moment, by the same judgement as STATUS.
    ///
    /// A runtime without a conflist cannot delete pods either (containerd answers StopPodSandbox with "cni plugin not initialized"), so
    /// it is taken away only from a node without pods; what STATUS says of those that have some is told by STATUS alone.
    public func listOffer() -> ListOffer {
        let now = clock()
        return switch judgedFault(at: now) {
        case nil: .place
        case .unavailable(let refusal) where !hasPods: .withdraw(refusal.explanation(at: now))
        case .unavailable, .podsHurt: .leave
        }
    }

    private var hasPods: Bool { read(\.allocationCount) > 0 || unpooledPods.contains { _ in true } }

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
        guard let obstacle, !hasPods || !read(\.isStarted), !obstacle.isWanted else { return nil }
        return .unavailable(obstacle)
    }
}

/// What is to become of the conflist by which a runtime learns of the network.
public enum ListOffer: Hashable, Sendable {
    /// Pods can be added.
    case place
    /// No pod can be added, and none is there; the text says why.
    case withdraw(String)
    /// Pods are there that have to be deleted one day.
    case leave
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
