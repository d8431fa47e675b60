import Addressing
import IPAMEngine
import NodePorts
import PodNetwork

/// The kernel work for one allocation: makes the plan's objects, takes them away, or says what is missing of them.
struct PodWiring {
    let plan: PodNetworkPlan
    let allocation: Allocation

    init(_ allocation: Allocation, mtuBytes: Int) throws(KernelError) {
        let attachment = allocation.attachment
        guard let hostName = LinkName(allocation.hostLink), let interface = LinkName(attachment.interface) else {
            throw KernelError("name the links \(allocation.hostLink) and \(attachment.interface)", .invalidArgument)
        }
        let veth = VethPair(
            name: hostName, mac: .derived(from: "host \(attachment)"), peerName: interface, peerMAC: .derived(from: "pod \(attachment)"),
            mtuBytes: mtuBytes, alias: PodAlias.text(attachment, allocation.pod))
        self.allocation = allocation
        plan = PodNetworkPlan(
            addresses: Array(allocation.addresses), table: .ofENI(card: allocation.card, deviceIndex: allocation.deviceIndex), veth: veth)
    }

    /// Makes everything, or nothing: what was made before a failure is taken away again.
    func make(host: any KernelNamespace, sandbox: any KernelNamespace, netns: Int32) throws(KernelError) {
        do throws(KernelError) {
            try host.ensure(plan.host, purging: Self.rulesOfEarlierOwners(of: allocation.addresses), sandboxNetns: netns)
            let outcomes = try sandbox.perform([.setLink(plan.veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
            if let errno = outcomes.first.flatMap({ $0 }) { throw KernelError("bring up \(plan.veth.peerName) in the pod", errno) }
            try sandbox.ensure(plan.sandbox)
        } catch {
            _ = try? host.remove(plan.host.reversed())
            throw error
        }
    }

    /// What an earlier owner of the addresses may have left and no request to make this pod's objects would replace: a rule
    /// that leads the pod's packets to another ENI's table. Whoever made it, the address is this pod's.
    private static func rulesOfEarlierOwners(of addresses: PodAddresses) -> [Rule] {
        addresses.map { address in
            Rule(
                priority: PodNetworkPlan.fromPodPriority, family: address.family, from: address.hostCIDR, table: RouteTable(number: 0),
                origin: Origin(number: 0))
        }
    }

    /// The link group of veths that are to be removed; nothing else is ever put into it.
    static let doomedGroup: UInt32 = 0xbe_27_00_01

    /// Takes the rules and the route away and hands the link to the reaper.
    ///
    /// A later sandbox of the same pod has a link of the same name, told apart by its address; that one stays.
    ///
    /// - Returns: Whether the link is gone already, as it is when the pod's namespace went first.
    func unmake(host: any KernelNamespace) throws(KernelError) -> Bool {
        let objects = plan.host.filter { if case .veth = $0 { false } else { true } }
        // One without an alias is the incumbent's, of a pod that was taken over.
        let isLinkOurs = try host.link(named: plan.veth.name).map { $0.mac == plan.veth.mac || $0.alias.isEmpty } ?? false
        let doom = KernelChange.setLink(plan.veth.name, LinkSettings(isUp: false, group: Self.doomedGroup))
        let outcomes = try host.perform(objects.map(KernelChange.delete) + (isLinkOurs ? [doom] : []), sandboxNetns: nil)
        for (object, outcome) in zip(objects, outcomes) {
            guard let errno = outcome, !errno.meansAbsent else { continue }
            throw KernelError("remove \(object)", errno)
        }
        guard isLinkOurs else { return true }
        switch outcomes.last.flatMap({ $0 }) {
        case nil: return false
        case .noSuchDevice: return true
        case .some(let errno): throw KernelError("take down \(plan.veth.name)", errno)
        }
    }

    /// What of the plan the kernel does not have, in words; empty when the pod is whole.
    func missing(host: any KernelNamespace, sandbox: any KernelNamespace) throws(KernelError) -> [String] {
        var faults = try linkFaults(plan.veth.name, mac: plan.veth.mac, in: host, place: "on the node")
        faults += try linkFaults(plan.veth.peerName, mac: plan.veth.peerMAC, in: sandbox, place: "in the pod")
        faults += try host.missing(plan.host).map { "\($0) is missing on the node" }
        faults += try sandbox.missing(plan.sandbox).map { "\($0) is missing in the pod" }
        return faults
    }

    private func linkFaults(
        _ name: LinkName, mac: MACAddress, in namespace: any KernelNamespace, place: String
    ) throws(KernelError) -> [String] {
        guard let link = try namespace.link(named: name) else { return ["link \(name) is missing \(place)"] }
        var faults: [String] = []
        if link.mac != mac { faults.append("link \(name) \(place) has address \(link.mac) instead of \(mac)") }
        if !link.isUp { faults.append("link \(name) \(place) is down") }
        return faults
    }
}
