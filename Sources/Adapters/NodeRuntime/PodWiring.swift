import Addressing
import IPAMEngine
import NodePorts
import PodNetwork

/// A pod's namespace, open for changes.
struct PodNamespace {
    let kernel: any KernelNamespace
    /// The descriptor by which a link is moved there.
    let netns: Int32
}

/// The kernel work for one pod: makes the plan's objects, takes them away, or says what is wrong with them.
struct PodWiring {
    /// Nil when another plugin makes the pod's link: then there are but the rules by which the node routes its packets.
    let veth: VethPair?
    /// Objects of the node's namespace and of the pod's, in the order in which they are made.
    let host: [KernelObject]
    let sandbox: [KernelObject]
    /// Of the node's namespace.
    let sysctls: [BranchENIPlan.Sysctl]

    init(_ plan: PodNetworkPlan) {
        (veth, host, sandbox, sysctls) = (plan.veth, plan.host, plan.sandbox, [])
    }

    init(_ plan: BranchENIPlan) {
        (veth, host, sandbox, sysctls) = (plan.veth, plan.host, plan.sandbox, plan.sysctls)
    }

    /// Of a pod whose link is another plugin's.
    private init(rules: [Rule]) {
        (veth, host, sandbox, sysctls) = (nil, rules.map(KernelObject.rule), [], [])
    }

    /// - Parameters:
    ///   - egress: The address with which the pod reaches the family it has no address of.
    ///   - mtuBytes: Of the pod's link.
    init(_ allocation: Allocation, egress: IPAddress?, mtuBytes: Int) throws(KernelError) {
        let table = RouteTable.ofENI(card: allocation.card, deviceIndex: allocation.deviceIndex)
        guard !allocation.isWiredByOthers else {
            self.init(rules: allocation.addresses.flatMap { PodNetworkPlan.rules(address: $0, table: table) })
            return
        }
        let veth = try Self.veth(allocation.attachment, allocation.pod, hostLink: allocation.hostLink, mtuBytes: mtuBytes)
        self.init(
            PodNetworkPlan(
                addresses: Array(allocation.addresses), egress: egress, table: table, veth: veth,
                place: CardInterface.place(of: allocation.attachment)))
    }

    static func veth(
        _ attachment: PodAttachment, _ pod: PodName?, hostLink: String, mtuBytes: Int, source: PodAlias.Source = .engine
    ) throws(KernelError) -> VethPair {
        guard let hostName = LinkName(hostLink), let interface = LinkName(attachment.interface) else {
            throw KernelError("name the links \(hostLink) and \(attachment.interface)", .invalidArgument)
        }
        return VethPair(
            name: hostName, mac: .derived(from: "host \(attachment)"), peerName: interface, peerMAC: .derived(from: "pod \(attachment)"),
            mtuBytes: mtuBytes, alias: PodAlias.text(attachment, pod, source: source))
    }

    /// Makes everything, or nothing: what was made before a failure is taken away again.
    ///
    /// - Parameter pod: The pod's namespace; nothing is made in it when there is none.
    func make(host: any KernelNamespace, pod: PodNamespace?) throws(KernelError) {
        do throws(KernelError) {
            try requireRoomForIPv6()
            try host.ensure(self.host, purging: rulesOfEarlierOwners, sandboxNetns: pod?.netns)
            try setSysctls(of: host)
            if let veth, let pod { try bringUp(veth, in: pod.kernel) }
        } catch {
            _ = try? host.remove(self.host.reversed())
            throw error
        }
    }

    /// What an earlier owner of the addresses may have left and no request to make this pod's objects would replace: a rule
    /// that leads the pod's packets to another ENI's table. Whoever made it, the address is this pod's.
    private var rulesOfEarlierOwners: [Rule] {
        blocks.map { block in
            Rule(
                priority: PodNetworkPlan.fromPodPriority, family: block.family, from: block, table: RouteTable(number: 0),
                origin: Origin(number: 0))
        }
    }

    /// The pod's addresses, as they stand in its namespace, or else in the rules that lead to it.
    private var blocks: [CIDR] {
        guard veth == nil else {
            return sandbox.compactMap { if case .address(let address) = $0 { address.address.hostCIDR } else { nil } }
        }
        return host.compactMap { if case .rule(let rule) = $0 { rule.destination } else { nil } }
    }

    /// Brings the pod's link up and makes what stands on it: one write where the sandbox is as a runtime makes it.
    private func bringUp(_ veth: VethPair, in namespace: any KernelNamespace) throws(KernelError) {
        let changes = [.setLink(veth.peerName, LinkSettings(isUp: true))] + sandbox.map(KernelChange.create)
        let outcomes = try namespace.perform(changes, sandboxNetns: nil)
        if let errno = outcomes.first.flatMap({ $0 }) { throw KernelError("bring up \(veth.peerName) in the pod", errno) }
        for (object, outcome) in zip(sandbox, outcomes.dropFirst()) {
            guard let errno = outcome else { continue }
            guard errno == .exists || hasIPv6 && errno == .permissionDenied else { throw KernelError("add \(object)", errno) }
            return try furnish(veth, in: namespace)
        }
    }

    /// A file system of sysctls that cannot be written is no fault where they say already what is wanted.
    private func setSysctls(of namespace: any KernelNamespace) throws(KernelError) {
        guard !sysctls.isEmpty else { return }
        let outcomes = try namespace.perform(sysctls.map { .setSysctl($0.path, $0.value) }, sandboxNetns: nil)
        for (sysctl, outcome) in zip(sysctls, outcomes) {
            guard let errno = outcome, try namespace.sysctl(sysctl.path) != sysctl.value else { continue }
            throw KernelError("set sysctl \(sysctl.path) to \(sysctl.value)", errno)
        }
    }

    /// The link group of links that are to be removed; nothing else is ever put into it.
    static let doomedGroup: UInt32 = 0xbe_27_00_01

    /// Takes the rules and the routes away and hands the links to the reaper.
    ///
    /// A later sandbox of the same pod has a link of the same name, told apart by its address; that one stays.
    ///
    /// - Returns: Whether the pod's link is gone already, as it is when the pod's namespace went first.
    func unmake(host namespace: any KernelNamespace) throws(KernelError) -> Bool {
        let objects = host.filter { !$0.isLink }
        let link = try ownLink(in: namespace)
        let doomed = try vlans(in: namespace) + (link.map { [$0] } ?? [])
        let doom = doomed.map { KernelChange.setLink($0, LinkSettings(isUp: false, group: Self.doomedGroup)) }
        let outcomes = try namespace.perform(objects.map(KernelChange.delete) + doom, sandboxNetns: nil)
        var others: [KernelChange] = []
        for (object, outcome) in zip(objects, outcomes) {
            guard let errno = outcome else { continue }
            guard errno.meansAbsent else { throw KernelError("remove \(object)", errno) }
            if let rule = object.ruleOfAnyOrigin { others.append(.delete(rule)) }
        }
        try removeRulesOfOthers(others, in: namespace)
        for (name, outcome) in zip(doomed, outcomes.dropFirst(objects.count)) {
            guard let errno = outcome, errno != .noSuchDevice else { continue }
            throw KernelError("take down \(name)", errno)
        }
        return link == nil || outcomes.last.flatMap({ $0 }) == .noSuchDevice
    }

    /// The pod's link, if it is there and not that of a later sandbox.
    private func ownLink(in namespace: any KernelNamespace) throws(KernelError) -> LinkName? {
        guard let veth, let link = try namespace.link(named: veth.name) else { return nil }
        // One without an alias is the incumbent's, of a pod that was taken over.
        return link.mac == veth.mac || link.alias.isEmpty ? link.name : nil
    }

    /// The VLAN links of the pod that are still its own: a later pod may have been given the number.
    private func vlans(in namespace: any KernelNamespace) throws(KernelError) -> [LinkName] {
        var names: [LinkName] = []
        for case .vlan(let vlan) in host {
            if let link = try namespace.link(named: vlan.name), link.mac == vlan.mac { names.append(vlan.name) }
        }
        return names
    }
}

// IPv6, which a runtime may have disabled in the sandbox.
extension PodWiring {
    /// The least that a link of IPv6 must carry (RFC 8200, section 5); below it the kernel takes IPv6 off the link.
    private static let mtuBytesMinIPv6 = 1280

    private var hasIPv6: Bool {
        sandbox.contains { if case .address(let address) = $0 { address.address.family == .v6 } else { false } }
    }

    private func requireRoomForIPv6() throws(KernelError) {
        guard let veth, hasIPv6, veth.mtuBytes < Self.mtuBytesMinIPv6 else { return }
        throw KernelError(
            "give a pod with an IPv6 address an MTU of \(veth.mtuBytes), of which IPv6 needs \(Self.mtuBytesMinIPv6); raise POD_MTU",
            .invalidArgument)
    }

    /// Makes what stands on the pod's link, and enables IPv6 there only where the kernel says that it is disabled: writing a
    /// sandbox's sysctls takes CAP_SYS_ADMIN, which a daemon need not have for any other pod.
    private func furnish(_ veth: VethPair, in namespace: any KernelNamespace) throws(KernelError) {
        do throws(KernelError) {
            try namespace.ensure(sandbox)
        } catch {
            guard hasIPv6, error.errno == .permissionDenied else { throw error }
            try enableIPv6(on: veth.peerName, in: namespace)
            try namespace.ensure(sandbox)
        }
    }

    private func enableIPv6(on link: LinkName, in namespace: any KernelNamespace) throws(KernelError) {
        let paths = [LinkName.loopback, link].map { "ipv6/conf/\($0)/disable_ipv6" }
        let outcomes = try namespace.perform(paths.map { .setSysctl($0, "0") }, sandboxNetns: nil)
        guard let errno = outcomes.compactMap({ $0 }).first else { return }
        throw KernelError(
            "enable IPv6 in the pod, which its runtime has disabled; give the daemon CAP_SYS_ADMIN or let the runtime leave IPv6 on", errno)
    }
}

extension PodWiring {
    /// A pod that was taken over has the rules of the incumbent's making. Whoever made them, the address was this pod's.
    private func removeRulesOfOthers(_ changes: [KernelChange], in namespace: any KernelNamespace) throws(KernelError) {
        guard !changes.isEmpty else { return }
        for (change, outcome) in zip(changes, try namespace.perform(changes, sandboxNetns: nil)) {
            guard let errno = outcome, !errno.meansAbsent else { continue }
            throw KernelError("\(change)", errno)
        }
    }
}

extension KernelObject {
    /// The same rule, whoever made it; nil for what is no rule.
    fileprivate var ruleOfAnyOrigin: KernelObject? {
        guard case .rule(var rule) = self else { return nil }
        rule.origin = Origin(number: 0)
        return .rule(rule)
    }

    /// Whether it is a link, which CHECK looks at by itself and the reaper removes.
    var isLink: Bool {
        switch self {
        case .veth, .vlan: true
        case .address, .route, .rule, .neighbour: false
        }
    }
}
