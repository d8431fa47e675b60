import Addressing
import PodNetwork

/// What the firewall of one namespace knows of a connection, and what it does with its packets: the rules of
/// ``FirewallPlan/nftables``, in their order.
struct TrackedConnection {
    private let plan: FirewallPlan
    private var isMarked = false
    /// The source that was translated, and what into.
    private var translated: (from: IPAddress, to: IPAddress)?

    init(_ plan: FirewallPlan) {
        self.plan = plan
    }

    /// Before the packet is routed: `arrivals`, the way back of a translation, `from-pods`.
    mutating func arrive(_ packet: inout PacketWalk.Packet, by input: LinkName, in state: NamespaceState) {
        if plan.marksNodePorts, input == plan.uplink, state.isLocal(packet.destination, on: input) { isMarked = true }
        if packet.isReply, let translated, packet.destination == translated.to { packet.destination = translated.from }
        let isFromPod = input.rawValue.hasPrefix(plan.podLinkPrefix)
        if isFromPod, !packet.isReply, leavesTheVPC(packet.destination, in: state) { isMarked = true }
        let isFromBranch = plan.marksNodePorts && input.rawValue.hasPrefix("vlan")
        if isMarked, isFromPod || isFromBranch { packet.mark |= plan.mark }
    }

    /// Once the way of a connection's first packet is known: `departures`.
    mutating func depart(_ packet: inout PacketWalk.Packet, by output: LinkName, in state: NamespaceState) {
        guard let source = source(of: packet, by: output, in: state), source != packet.source else { return }
        translated = (packet.source, source)
        packet.source = source
    }

    /// The source that a packet leaves with; nil for its own.
    private func source(of packet: PacketWalk.Packet, by output: LinkName, in state: NamespaceState) -> IPAddress? {
        if !state.isLocal(packet.destination), let egress = plan.egresses.first(where: { $0.pods.contains(packet.source) }) {
            return egress.address
        }
        guard let translation = plan.translation, !output.rawValue.hasPrefix("vlan") else { return nil }
        return leavesTheVPC(packet.destination, in: state) ? .v4(translation.address) : nil
    }

    private func leavesTheVPC(_ destination: IPAddress, in state: NamespaceState) -> Bool {
        guard let translation = plan.translation, case .v4(let address) = destination else { return false }
        return !state.isLocal(destination) && !translation.untranslated.contains { $0.contains(address) }
    }
}

extension FirewallPlan {
    /// Whether nobody may call the address through the node: the rules of `to-pods`.
    func rejects(_ destination: IPAddress) -> Bool {
        egresses.contains { $0.pods.contains(destination) }
    }
}
