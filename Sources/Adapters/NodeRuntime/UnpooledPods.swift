import Addressing
import IPAMEngine
import NodePorts
import PodNetwork
import Synchronization
import Timeline

/// A pod that is wired as others are and whose addresses are none of the engine's.
struct UnpooledPod: Hashable, Sendable {
    let attachment: PodAttachment
    let pod: PodName?
    let origin: Origin
    let hostLink: LinkName
    let mtuBytes: Int
    let since: Instant

    /// Who gave it its addresses.
    enum Origin: Hashable, Sendable {
        /// The cluster's controller, with an ENI of the pod's own.
        ///
        /// - Parameter trunk: The link of the trunk ENI.
        case branchENI(BranchENI, mode: BranchENI.EnforcingMode, trunk: LinkName)
        /// An IPAM plugin of others.
        case ipamPlugin(PodAddresses)
    }

    var addresses: [IPAddress] {
        switch origin {
        case .branchENI(let branch, _, _): branch.addresses
        case .ipamPlugin(let addresses): Array(addresses)
        }
    }

    func wiring() throws(KernelError) -> PodWiring {
        switch origin {
        case .branchENI(let branch, let mode, let trunk):
            let veth = try PodWiring.veth(attachment, pod, hostLink: hostLink.rawValue, mtuBytes: mtuBytes)
            return PodWiring(BranchENIPlan(branch, mode: mode, trunk: trunk, veth: veth))
        case .ipamPlugin(let addresses):
            let veth = try PodWiring.veth(attachment, pod, hostLink: hostLink.rawValue, mtuBytes: mtuBytes, source: .ipamPlugin)
            return PodWiring(
                PodNetworkPlan(addresses: Array(addresses), table: .main, veth: veth, place: CardInterface.place(of: attachment)))
        }
    }

    /// What must be there besides, for this and other pods of its kind.
    var commonObjects: [KernelObject] {
        guard case .branchENI(_, .strict, _) = origin else { return [] }
        return BranchENIPlan.strictNodeRules
    }

    /// Whether what the kernel loses of it is made again, as of the engine's pods.
    var isRepaired: Bool {
        switch origin {
        case .branchENI: false
        case .ipamPlugin: true
        }
    }
}

/// The pods that the engine knows nothing of, by attachment.
///
/// Nothing of them is written down: the kernel has all that is needed to take them away, and whoever gave them their addresses the rest.
final class UnpooledPods: Sendable {
    private let state = Mutex(State())

    private struct State {
        var pods: [PodAttachment: UnpooledPod] = [:]
        /// Those whose network is being made or taken away.
        var unsettled: Set<PodAttachment> = []
        /// ADDs whose IPAM plugin is at work, and until when that can last.
        var delegations: [PodAttachment: Instant] = [:]
    }

    subscript(attachment: PodAttachment) -> UnpooledPod? {
        state.withLock { $0.pods[attachment] }
    }

    /// All of them, those first whose network is complete.
    var bySettling: (settled: [UnpooledPod], unsettled: [UnpooledPod]) {
        state.withLock { state in
            let pods = state.pods.values
            return (pods.filter { !state.unsettled.contains($0.attachment) }, pods.filter { state.unsettled.contains($0.attachment) })
        }
    }

    /// Whether there is one for which this is true.
    func contains(where isMeant: (UnpooledPod) -> Bool) -> Bool {
        state.withLock { $0.pods.values.contains(where: isMeant) }
    }

    /// Those of a network that the runtime did not name as alive and that are old enough, as in the engine.
    func garbage(of network: String, keeping alive: Set<PodAttachment>, olderThan: Instant) -> [PodAttachment] {
        state.withLock { state in
            state.pods.values.filter { $0.attachment.network == network && !alive.contains($0.attachment) && $0.since < olderThan }
                .map(\.attachment)
        }
    }

    /// Takes in a pod whose network is about to be made, unless it has an address of an IPAM plugin that another pod has.
    ///
    /// A branch ENI goes to its next pod when the controller says so, which may be before the DEL of the earlier one.
    ///
    /// - Returns: That other pod.
    func begin(_ pod: UnpooledPod) -> UnpooledPod? {
        state.withLock { state in
            if case .ipamPlugin(let addresses) = pod.origin,
                let other = state.pods.values.first(where: {
                    $0.attachment != pod.attachment && $0.addresses.contains(where: addresses.contains)
                })
            {
                return other
            }
            state.pods[pod.attachment] = pod
            state.unsettled.insert(pod.attachment)
            return nil
        }
    }

    /// The pod's network is complete.
    func settle(_ attachment: PodAttachment) {
        state.withLock { _ = $0.unsettled.remove(attachment) }
    }

    /// The pod's network is about to be taken away.
    func unsettle(_ attachment: PodAttachment) {
        state.withLock { _ = $0.unsettled.insert(attachment) }
    }

    func remove(_ attachment: PodAttachment) {
        state.withLock { state in
            state.pods[attachment] = nil
            state.unsettled.remove(attachment)
        }
    }
}

// ADDs whose IPAM plugin is at work.
extension UnpooledPods {
    /// Notes that an ADD's IPAM plugin is about to be run; one that is not heard of again is forgotten in time.
    ///
    /// An IPAM plugin refuses the second of two ADDs of one attachment, and the DEL that must follow would take the first one's address.
    ///
    /// - Returns: Whether no other ADD of the attachment has its plugin at work.
    func beginDelegation(of attachment: PodAttachment, at now: Instant, until end: Instant) -> Bool {
        state.withLock { state in
            state.delegations = state.delegations.filter { $0.value > now }
            guard state.delegations[attachment] == nil else { return false }
            state.delegations[attachment] = end
            return true
        }
    }

    func endDelegation(of attachment: PodAttachment) {
        state.withLock { $0.delegations[attachment] = nil }
    }
}

// What a restarted daemon finds.
extension UnpooledPod {
    /// Reads the pod behind a link from the node's tables; nil when it is one of the engine's, or not enough is left of it.
    init?(behind link: LinkState, in traces: PodTraces, at now: Instant) {
        guard let (attachment, pod, source) = PodAlias.parse(link.alias) else { return nil }
        let origin: Origin? =
            switch source {
            case .engine: Self.branchENI(behind: link, in: traces)
            case .ipamPlugin: Self.ipamAddresses(behind: link, in: traces).map(Origin.ipamPlugin)
            }
        guard let origin else { return nil }
        self.init(attachment: attachment, pod: pod, origin: origin, hostLink: link.name, mtuBytes: link.mtuBytes, since: now)
    }

    private static func ipamAddresses(behind link: LinkState, in traces: PodTraces) -> PodAddresses? {
        PodAddresses(traces.routes(to: link.name).filter { $0.table == .main }.map(\.destination.network))
    }

    private static func branchENI(behind link: LinkState, in traces: PodTraces) -> Origin? {
        let own = traces.routes(to: link.name)
        let strict = traces.strictRule(of: link.name)
        guard let table = strict?.table ?? traces.table(ofPodAt: own.map(\.destination)), let vlan = traces.vlan(of: table),
            let trunk = traces.links.first(where: { $0.index == vlan.otherIndex && $0.name != vlan.name })
        else { return nil }
        let gateway = traces.routes.first { $0.table == table && $0.destination == .everyIPv4 }?.gateway
        let branch = BranchENI(
            mac: vlan.mac, vlanID: Int(table.number) - 100, addresses: own.map(\.destination.network).sorted(),
            gatewayIPv4: gateway.flatMap { if case .v4(let address) = $0 { address } else { nil } })
        return branch.map { .branchENI($0, mode: strict == nil ? .standard : .strict, trunk: trunk.name) }
    }
}
