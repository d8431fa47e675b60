import Addressing
import IPAMEngine
import Logging
import NodePorts
public import PodNetwork
import Synchronization
import Timeline

// What the kernel lost is made again, and what it has from earlier owners is removed.
extension Node {
    /// Begins to watch the node's network.
    func startRepairing() {
        do throws(KernelError) {
            try watch.start(kernel)
        } catch {
            logger.error("damage is found by sweeps alone", metadata: ["error": "\(error)"])
        }
    }

    /// Makes objects that are of no pod and no ENI a part of what the node keeps, in the place of those named before. They are made
    /// by the next look, which is at hand.
    public func desire(_ objects: [KernelObject]) {
        nodeObjects.withLock { $0 = objects }
        watch.lookSoon()
    }

    /// Watches over the rules of the node's own network from here on; its sysctls and its firewall it looks after itself.
    func didMakeNetwork(_ plan: NodeNetworkPlan, _ mended: [Drift]) {
        desire(plan.rules.map(KernelObject.rule))
        report(mended)
    }

    /// Looks as often as it takes until nothing more can be mended.
    ///
    /// An object that is removed as stale may by then be wanted again by an ADD; the next look finds it missing.
    private static let looksMax = 3

    /// Looks at the node's network and mends what is due.
    ///
    /// - Returns: After which time something is due again; nil when nothing waits.
    func repairWhatIsDue() -> Duration? {
        do throws(KernelError) {
            return try repair { drift, now in self.repairs.withLock { $0.due(drift) }.map { $0 <= now } ?? true }.wait
        } catch {
            logger.error("network not compared with what is desired", metadata: ["error": "\(error)"])
            return nil
        }
    }

    struct Repair: Sendable {
        /// What was found by the first look.
        var found: [Drift] = []
        var mended: Set<Drift> = []
        /// Until the next repair that was put off.
        var wait: Duration?
    }

    /// - Parameter isDue: Whether a drift is to be mended at this moment.
    func repair(_ isDue: (Drift, Instant) -> Bool) throws(KernelError) -> Repair {
        let host = try kernel.openHost()
        var repair = Repair()
        for number in 0..<Self.looksMax {
            let findings = try look(at: host)
            if number == 0 { repair.found = findings.drift }
            for allocation in findings.gone { letGo(allocation) }
            for pod in findings.goneUnpooled { letGo(pod, in: host) }
            let now = clock()
            let due = findings.drift.filter { $0.remedy != nil && isDue($0, now) }
            repair.wait = wait(for: findings.drift, besides: Set(due), at: now)
            guard !due.isEmpty else { break }
            let mended = try mend(due, in: host)
            repair.mended.formUnion(mended)
            guard !mended.isEmpty else { break }
        }
        return repair
    }

    /// Compares the kernel with the engine.
    func look(at host: any KernelNamespace) throws(KernelError) -> DesiredNetwork.Findings {
        let before = desiredNetwork
        let contents = try host.contents()
        let findings = try desiredNetwork.unchanged(since: before).findings(in: contents)
        let now = clock()
        repairs.withLock { $0.note(found: findings.drift, at: now) }
        return findings
    }

    private var desiredNetwork: DesiredNetwork {
        let objects = nodeObjects.withLock { $0 }
        return read { [settings, egress, unpooledPods] in
            DesiredNetwork($0, egress: egress.held, unpooled: unpooledPods.bySettling, node: objects, mtuBytes: settings.eniMTUBytes)
        }
    }

    private func wait(for drifts: [Drift], besides due: Set<Drift>, at now: Instant) -> Duration? {
        let moments = repairs.withLock { repairs in
            drifts.filter { $0.remedy != nil && !due.contains($0) }.compactMap { repairs.due($0) }
        }
        return moments.min().map { now.duration(to: $0) }
    }

    /// A pod whose link is gone has lost its namespace: its address is let go.
    private func letGo(_ allocation: Allocation) {
        locks.withLock(allocation.attachment) {
            guard read({ $0.wiredAllocation(of: allocation.attachment) }) == allocation else { return }
            logger.warning("pod is gone without a DEL", metadata: ["addresses": "\(allocation.addresses)"])
            repairs.withLock { $0.podsGone += 1 }
            send(.podDeleted(allocation.attachment))
        }
    }

    private func letGo(_ pod: UnpooledPod, in host: any KernelNamespace) {
        locks.withLock(pod.attachment) {
            guard unpooledPods[pod.attachment] == pod else { return }
            logger.warning("pod is gone without a DEL", metadata: ["addresses": "\(pod.addresses)"])
            repairs.withLock { $0.podsGone += 1 }
            if let failure = delete(pod, on: Worker(host: host)) {
                logger.error("pod not unwired", metadata: ["addresses": "\(pod.addresses)", "error": "\(failure)"])
            }
        }
    }

    // MARK: - Mending

    /// Mends what is drifted: first what is in the way, then ENIs, then pods.
    ///
    /// - Returns: What was mended.
    private func mend(_ drifts: [Drift], in host: any KernelNamespace) throws(KernelError) -> [Drift] {
        var byOwner: [Drift.Owner: [Drift]] = [:]
        for drift in drifts { byOwner[drift.owner, default: []].append(drift) }
        var mended = try perform(byOwner.removeValue(forKey: .nobody) ?? [], in: host)
        mended += try perform(byOwner.removeValue(forKey: .node) ?? [], in: host)
        for (owner, drifts) in byOwner {
            switch owner {
            case .pod(let attachment, _):
                mended += try locks.withLock(attachment) { () throws(KernelError) in
                    try perform(drifts.filter { isWanted($0, by: attachment) }, in: host)
                }
            case .eni(let id):
                guard read({ engine in engine.enis.contains { $0.eni.id == id && !$0.isLeaving } }) else { continue }
                mended += try perform(drifts, in: host)
            case .node, .nobody: break
            }
        }
        report(mended)
        return mended
    }

    /// Whether the pod still has the object; its attachment's lock is held, so that it keeps it.
    private func isWanted(_ drift: Drift, by attachment: PodAttachment) -> Bool {
        guard let wiring = try? settledWiring(of: attachment) else { return false }
        return switch drift.remedy {
        case .create(let object), .replace(let object): wiring.host.contains(object)
        case .setLink(let name, _): name == wiring.veth?.name
        case .delete, .deleteLinks, .setSysctl, nil: false
        }
    }

    /// What a pod has whose network is complete; nil when there is none.
    private func settledWiring(of attachment: PodAttachment) throws(KernelError) -> PodWiring? {
        if let pod = unpooledPods[attachment] { return try pod.wiring() }
        guard let allocation = read({ $0.wiredAllocation(of: attachment) }) else { return nil }
        return try wiring(allocation, mtuBytes: settings.eniMTUBytes, egress: egress.address(of: attachment))
    }

    /// Performs the remedies and says which of them changed something.
    private func perform(_ drifts: [Drift], in host: any KernelNamespace) throws(KernelError) -> [Drift] {
        let changes = drifts.compactMap(\.remedy)
        guard !changes.isEmpty else { return [] }
        var mended: [Drift] = []
        for (drift, outcome) in zip(drifts, try host.perform(changes, sandboxNetns: nil)) {
            switch outcome {
            case nil: mended.append(drift)
            // Somebody was faster.
            case .exists: break
            case .some(let errno) where errno.meansAbsent && drift.state == .stale: break
            case .some(let errno):
                logger.warning("network not mended", metadata: ["object": "\(drift.object)", "error": "\(errno)"])
            }
        }
        return mended
    }

    /// Counts the repairs and writes one line for each kind, since damage to many objects is one event.
    func report(_ mended: [Drift]) {
        let now = clock()
        let contested = repairs.withLock { repairs in
            for drift in mended { repairs.note(mended: drift, at: now) }
            return mended.filter { repairs.isContested($0) }
        }
        for kind in Drift.Kind.allCases {
            let ofKind = mended.filter { $0.kind == kind }
            guard let first = ofKind.first else { continue }
            logger.warning(
                "network repaired",
                metadata: ["kind": "\(kind)", "count": "\(ofKind.count)", "state": "\(first.state.rawValue)", "first": "\(first.object)"])
            for drift in ofKind { logger.debug("object repaired", metadata: ["object": "\(drift.object)"]) }
        }
        if let first = contested.first {
            logger.warning(
                "repairs keep being undone by another program",
                metadata: ["count": "\(contested.count)", "first": "\(first.object)", "remedy": "find what flushes rules or routes"])
        }
    }
}
