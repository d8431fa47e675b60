import Addressing
import IPAMEngine
import NodePorts
import PodNetwork
import Synchronization
import Timeline

/// A pod on a branch ENI. The engine knows nothing of it: its addresses are the controller's to give.
struct BranchPod: Hashable, Sendable {
    let attachment: PodAttachment
    let pod: PodName?
    let branch: BranchENI
    let mode: BranchENI.EnforcingMode
    /// The link of the trunk ENI.
    let trunk: LinkName
    let hostLink: LinkName
    let mtuBytes: Int
    let since: Instant

    func wiring() throws(KernelError) -> PodWiring {
        let veth = try PodWiring.veth(attachment, pod, hostLink: hostLink.rawValue, mtuBytes: mtuBytes)
        return PodWiring(BranchENIPlan(branch, mode: mode, trunk: trunk, veth: veth))
    }
}

/// The pods on branch ENIs, by attachment.
///
/// Nothing of them is written down: the kernel has all that is needed to take them away, and the controller the rest.
final class BranchPods: Sendable {
    private let pods = Mutex<[PodAttachment: BranchPod]>([:])

    subscript(attachment: PodAttachment) -> BranchPod? {
        pods.withLock { $0[attachment] }
    }

    var all: [BranchPod] { pods.withLock { Array($0.values) } }

    /// Those of a network that the runtime did not name as alive and that are old enough, as in the engine.
    func garbage(of network: String, keeping alive: Set<PodAttachment>, olderThan: Instant) -> [PodAttachment] {
        pods.withLock { pods in
            pods.values.filter { $0.attachment.network == network && !alive.contains($0.attachment) && $0.since < olderThan }
                .map(\.attachment)
        }
    }

    func insert(_ pod: BranchPod) {
        pods.withLock { $0[pod.attachment] = pod }
    }

    func remove(_ attachment: PodAttachment) {
        pods.withLock { $0[attachment] = nil }
    }
}

// What a restarted daemon finds.
extension BranchPod {
    /// Reads the pod behind a link from the node's tables; nil when it is on no branch ENI, or not enough is left of it.
    init?(behind link: LinkState, in traces: PodTraces, at now: Instant) {
        guard let (attachment, pod) = PodAlias.parse(link.alias) else { return nil }
        let own = traces.routes(to: link.name)
        let strict = traces.strictRule(of: link.name)
        guard let table = strict?.table ?? traces.table(ofPodAt: own.map(\.destination)), let vlan = traces.vlan(of: table),
            let trunk = traces.links.first(where: { $0.index == vlan.otherIndex && $0.name != vlan.name })
        else { return nil }
        let gateway = traces.routes.first { $0.table == table && $0.destination == .everyIPv4 }?.gateway
        let branch = BranchENI(
            mac: vlan.mac, vlanID: Int(table.number) - 100, addresses: own.map(\.destination.network).sorted(),
            gatewayIPv4: gateway.flatMap { if case .v4(let address) = $0 { address } else { nil } })
        guard let branch else { return nil }
        self.init(
            attachment: attachment, pod: pod, branch: branch, mode: strict == nil ? .standard : .strict, trunk: trunk.name,
            hostLink: link.name, mtuBytes: link.mtuBytes, since: now)
    }
}
