import Addressing
import IPAMEngine
import NodePorts
import PodNetwork

/// Everything that must be in the node's namespace, by the engine's word: the pods' objects, the ENIs', the node's own.
///
/// It is compared with what is there. The engine is asked before the kernel and after it: a pod that was wired at both moments
/// was so in between, and an object whose owner the engine knew at neither belongs to nobody. So what is being made or taken
/// away by an ADD or a DEL is no drift, and no lock is held while the kernel is read.
struct DesiredNetwork: Sendable {
    /// Pods whose network is complete.
    private var wired: [Allocation]
    /// Pods whose network is being made or taken away: they may have any of their objects.
    private var unsettled: [Allocation]
    /// The addresses with which pods reach the family that they have no address of, by attachment.
    private var egress: [PodAttachment: IPAddress]
    /// Pods that the engine knows nothing of: those whose network is complete, and others.
    private var unpooled: [UnpooledPod]
    private var unsettledUnpooled: [UnpooledPod]
    private var enis: [AttachedENI]
    private var leavingENIs: [AttachedENI]
    /// Whether it is known which ENIs there are and none is on its way in or out.
    private var areENIsSettled: Bool
    /// What the node needs beside pods and ENIs.
    private var node: [KernelObject]
    private let mtuBytes: Int

    init(
        _ engine: borrowing IPAMEngine, egress: [PodAttachment: IPAddress], unpooled: (settled: [UnpooledPod], unsettled: [UnpooledPod]),
        node: [KernelObject], mtuBytes: Int
    ) {
        let pods = engine.allocations
        wired = pods.filter { $0.wiring == .wired }.map(\.allocation)
        unsettled = pods.filter { $0.wiring != .wired }.map(\.allocation)
        let views = engine.enis.filter { !$0.eni.isPrimary }
        enis = views.filter { !$0.isLeaving }.map(\.eni)
        leavingENIs = views.filter(\.isLeaving).map(\.eni)
        areENIsSettled = engine.isStarted && engine.callsInFlight.isEmpty
        self.egress = egress
        (self.unpooled, unsettledUnpooled) = unpooled
        self.node = node
        self.mtuBytes = mtuBytes
    }

    /// What was desired all the time since an earlier moment.
    func unchanged(since before: DesiredNetwork) -> DesiredNetwork {
        var both = self
        let wiredBefore = Set(before.wired)
        both.wired = wired.filter(wiredBefore.contains)
        both.unsettled += wired.filter { !wiredBefore.contains($0) } + wiredBefore.subtracting(wired) + before.unsettled
        both.egress = before.egress.merging(egress) { $1 }
        let unpooledBefore = Set(before.unpooled)
        both.unpooled = unpooled.filter(unpooledBefore.contains)
        both.unsettledUnpooled += unpooled + before.unpooled + before.unsettledUnpooled
        both.enis = enis.filter { eni in before.enis.contains { $0.id == eni.id } }
        both.leavingENIs += enis + before.enis + before.leavingENIs
        both.areENIsSettled = areENIsSettled && before.areENIsSettled
        return both
    }
}

extension DesiredNetwork {
    /// What is not as it must be, and pods whose link is gone.
    struct Findings: Sendable {
        var drift: [Drift] = []
        var gone: [Allocation] = []
        var goneUnpooled: [UnpooledPod] = []
    }

    func findings(in contents: NamespaceContents) throws(KernelError) -> Findings {
        let present = PresentObjects(contents)
        var findings = Findings()
        var claimed = Set(node)
        for allocation in unsettled { claimed.formUnion(try wiring(of: allocation).host) }
        for pod in unsettledUnpooled { claimed.formUnion(try pod.wiring().host) }
        for allocation in wired {
            let wiring = try wiring(of: allocation)
            claimed.formUnion(wiring.host)
            if let drift = drift(of: wiring, .pod(allocation.attachment, allocation.pod), from: present) {
                findings.drift += drift
            } else {
                findings.gone.append(allocation)
            }
        }
        for pod in unpooled {
            let wiring = try pod.wiring()
            claimed.formUnion(wiring.host)
            guard pod.isRepaired else { continue }
            if let drift = drift(of: wiring, .pod(pod.attachment, pod.pod), from: present) {
                findings.drift += drift
            } else {
                findings.goneUnpooled.append(pod)
            }
        }
        for eni in leavingENIs { claimed.formUnion(plan(of: eni, in: present)?.objects ?? []) }
        for eni in enis {
            let plan = plan(of: eni, in: present)
            claimed.formUnion(plan?.objects ?? [])
            findings.drift += drift(of: eni, plan, from: present)
        }
        findings.drift += present.missing(node).map { Drift(.node, missing: $0) }
        findings.drift += stale(in: contents, claimed)
        return findings
    }

    // MARK: - Pods

    private func wiring(of allocation: Allocation) throws(KernelError) -> PodWiring {
        try PodWiring(allocation, egress: egress[allocation.attachment], mtuBytes: mtuBytes)
    }

    /// - Returns: Nil when the pod's link is gone.
    private func drift(of wiring: PodWiring, _ owner: Drift.Owner, from present: PresentObjects) -> [Drift]? {
        let conflicts = present.foreignObjects(inTheWayOf: wiring.host).map { Drift(owner, inTheWay: $0) }
        guard let veth = wiring.veth else { return present.missing(wiring.host).map { Drift(owner, missing: $0) } + conflicts }
        // One without an alias is the incumbent's, of a pod that was taken over.
        guard let link = present.links[veth.name], link.mac == veth.mac || link.alias == veth.alias || link.alias.isEmpty else {
            return nil
        }
        var found: [Drift] = []
        let alias = link.mac == veth.mac && link.alias != veth.alias ? veth.alias : nil
        if let drift = link.drift(owner, alias: alias, mtuBytes: nil, breaks: "no packet reaches the pod") { found.append(drift) }
        for object in present.missing(wiring.host) {
            switch object {
            case .veth, .vlan: continue
            // It is not known which address the incumbent gave to the pod's end.
            case .neighbour where link.alias.isEmpty: continue
            case .neighbour(let neighbour) where present.hasOther(neighbour): found.append(Drift(owner, changed: neighbour))
            case .route(let route) where present.foreignRoute(inPlaceOf: route) != nil: continue
            default: found.append(Drift(owner, missing: object))
            }
        }
        return found + conflicts
    }

    // MARK: - ENIs

    private func plan(of eni: AttachedENI, in present: PresentObjects) -> ENINetworkPlan? {
        present.linksByMAC[eni.mac].map { ENINetworkPlan(eni, device: $0.name, mtuBytes: mtuBytes) }
    }

    private func drift(of eni: AttachedENI, _ plan: ENINetworkPlan?, from present: PresentObjects) -> [Drift] {
        let owner = Drift.Owner.eni(eni.id)
        let breaks = "pods of this ENI reach nothing beyond the node"
        guard let plan, let link = present.links[plan.device] else {
            return [Drift(owner: owner, state: .missing, kind: .link, object: "link with address \(eni.mac)", breaks: breaks, remedy: nil)]
        }
        let changed = link.drift(owner, alias: nil, mtuBytes: plan.mtuBytes, breaks: breaks).map { [$0] } ?? []
        return changed + present.missing(plan.objects).map { Drift(owner, missing: $0) }
    }

    // MARK: - What nobody owns

    /// Rules and routes of our making that are nobody's. Those of kinds that are not known here are left alone.
    private func stale(in contents: NamespaceContents, _ claimed: Set<KernelObject>) -> [Drift] {
        let tables = Set(enis.map { RouteTable.ofENI(card: $0.card, deviceIndex: $0.deviceIndex) })
        let rules = contents.rules.filter { rule in
            guard rule.origin == .berth else { return false }
            return switch rule.priority {
            case PodNetworkPlan.toPodPriority, PodNetworkPlan.fromPodPriority: true
            case ENINetworkPlan.fromENIPriority: areENIsSettled
            default: false
            }
        }
        let routes = contents.routes.filter { route in
            guard route.origin == .berth else { return false }
            return route.table == .main ? route.destination.isHost : areENIsSettled && tables.contains(route.table)
        }
        let objects = rules.map(KernelObject.rule) + routes.map(KernelObject.route)
        return objects.filter { !claimed.contains($0) }.map(Drift.init(stale:))
    }
}

extension LinkState {
    /// How the link differs from one that is up, and with what is given, as it should be; nil when it does not.
    fileprivate func drift(_ owner: Drift.Owner, alias: String?, mtuBytes: Int?, breaks: String) -> Drift? {
        let mtuBytes = mtuBytes == self.mtuBytes ? nil : mtuBytes
        guard !isUp || alias != nil || mtuBytes != nil else { return nil }
        let settings = LinkSettings(isUp: isUp ? nil : true, mtuBytes: mtuBytes, alias: alias)
        return Drift(
            owner: owner, state: .changed, kind: .link, object: "link set \(name)\(settings.words)",
            breaks: isUp ? "the link is not as it was made" : breaks, remedy: .setLink(name, settings))
    }
}

extension LinkSettings {
    /// As one would write them behind `ip link set NAME`.
    fileprivate var words: String {
        let parts = [isUp.map { $0 ? "up" : "down" }, mtuBytes.map { "mtu \($0)" }, alias.map { "alias \($0)" }]
        return parts.compactMap { $0 }.map { " \($0)" }.joined()
    }
}
