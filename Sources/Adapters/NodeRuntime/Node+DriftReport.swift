import Addressing
import IPAMEngine
import NodePorts
public import NodeReports
import Synchronization
import Timeline

// What `berth doctor` shows.
extension Node {
    /// Compares the kernel with what is desired.
    ///
    /// - Parameter isMending: Whether what can be mended is mended, however often that was done and undone before.
    /// - Throws: ``KernelError`` or ``FirewallFailure`` when the kernel cannot be read, or be mended.
    public func driftReport(mending isMending: Bool) async throws -> DriftReport {
        let outcome = await watch.between { [self] in Result { try makeDriftReport(mending: isMending) } }
        return try outcome.get()
    }

    private func makeDriftReport(mending isMending: Bool) throws -> DriftReport {
        let before = repairs.withLock { $0 }
        var repair = try repair { _, _ in isMending }
        if let network {
            let beyond = try isMending ? network.repair() : network.drift()
            if isMending { report(beyond) }
            repair.mended.formUnion(isMending ? beyond : [])
            repair.found += beyond.filter { !repair.found.contains($0) }
        }
        let (after, now) = (repairs.withLock { $0 }, clock())
        let drift = repair.found.map { drift in
            let since = before.since(drift) ?? after.since(drift) ?? now
            return DriftReport.Drift(
                kind: drift.kind.rawValue, object: drift.object, state: drift.state.rawValue, owner: drift.owner.words,
                seconds: since.duration(to: now).inSeconds, breaks: drift.breaks, isMended: repair.mended.contains(drift),
                isContested: before.isContested(drift))
        }
        return DriftReport(drift: drift.sorted { ($0.owner, $0.kind, $0.object) < ($1.owner, $1.kind, $1.object) })
    }

    var repairCount: RepairCount {
        repairs.withLock { repairs in
            let counts = repairs.counts
            return RepairCount(
                links: counts[.link] ?? 0, addresses: counts[.address] ?? 0, routes: counts[.route] ?? 0, rules: counts[.rule] ?? 0,
                neighbours: counts[.neighbour] ?? 0, sysctls: counts[.sysctl] ?? 0, firewall: counts[.firewall] ?? 0,
                podsGone: repairs.podsGone)
        }
    }
}

extension Drift.Owner {
    fileprivate var words: String {
        switch self {
        case .pod(let attachment, nil): "pod of \(attachment.containerID.prefix(13))"
        case .pod(_, .some(let pod)): "pod \(pod.namespace)/\(pod.name)"
        case .eni(let id): "eni \(id.rawValue)"
        case .node: "node"
        case .nobody: "-"
        }
    }
}
