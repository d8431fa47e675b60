import Addressing

/// Everything the kernel must have for one pod on a branch ENI (reference §3.8): the VLAN's link with a table of its own, and
/// the pod's veth, tied together by rules.
public struct BranchENIPlan: Hashable, Sendable {
    /// Objects of the node's namespace, the links first.
    public let host: [KernelObject]
    /// Objects of the pod's namespace, the same as of any pod.
    public let sandbox: [KernelObject]
    public let veth: VethPair
    /// Files below `/proc/sys/net` of the node's namespace, with their values.
    public let sysctls: [Sysctl]

    public struct Sysctl: Hashable, Sendable {
        public let path: String
        public let value: String
    }

    /// Packets of a strict pod, in both directions: the branch ENI's table, before the node's own addresses are looked at.
    public static let strictPriority: UInt32 = 10
    /// The node's own addresses, moved here from 0 so that strict pods come before them.
    public static let localPriority: UInt32 = 20
    /// What names of strict pods' links begin with, whatever the configuration says.
    public static let strictVethPrefix = "vlan"

    /// - Parameters:
    ///   - trunk: The link of the trunk ENI.
    ///   - veth: As for any pod; its MTU is the VLAN link's too.
    public init(_ branch: BranchENI, mode: BranchENI.EnforcingMode, trunk: LinkName, veth: VethPair) {
        self.veth = veth
        let vlan = VLANLink(name: branch.link, parent: trunk, id: branch.vlanID, mac: branch.mac, mtuBytes: veth.mtuBytes)
        host =
            [.vlan(vlan), .veth(veth)]
            + branch.addresses.flatMap { Self.ways($0, branch, mode, veth) + Self.rules($0, branch, mode, veth).map(KernelObject.rule) }
        sandbox = branch.addresses.flatMap { PodNetworkPlan.sandboxObjects($0, veth: veth) }
        switch mode {
        case .strict:
            // The way back to the pod is in no table that the reverse-path filter looks into: its packets are told apart by
            // the link they come in by, of which the filter knows nothing.
            sysctls = [vlan.name, veth.name].map { Sysctl(path: "ipv4/conf/\($0)/rp_filter", value: "0") }
        case .standard: sysctls = []
        }
    }

    private static func ways(
        _ address: IPAddress, _ branch: BranchENI, _ mode: BranchENI.EnforcingMode, _ veth: VethPair
    ) -> [KernelObject] {
        guard let gateway = branch.gateway(of: address.family) else { preconditionFailure("\(address) has no gateway") }
        let outward = [
            Route.direct(to: gateway.hostCIDR, device: branch.link, table: branch.table),
            Route(to: .everything(of: address.family), via: gateway, device: branch.link, table: branch.table),
        ]
        let inward = PodNetworkPlan.ways(to: address, veth: veth, table: mode == .strict ? branch.table : .main)
        return outward.map(KernelObject.route) + inward
    }

    private static func rules(
        _ address: IPAddress, _ branch: BranchENI, _ mode: BranchENI.EnforcingMode, _ veth: VethPair
    ) -> [Rule] {
        switch mode {
        case .standard: PodNetworkPlan.rules(address: address, table: branch.table)
        case .strict:
            [branch.link, veth.name].map { device in
                Rule(priority: strictPriority, family: address.family, inputDevice: device, table: branch.table)
            }
        }
    }

    /// What the node must have besides before its first strict pod.
    ///
    /// The VPC's router announces itself on IPv6 and is asked for its MAC address; what it says must reach the node, though it
    /// comes in by a strict pod's VLAN.
    public static let strictNodeRules: [KernelObject] = [
        .rule(
            Rule(priority: 0, family: .v6, from: IPAddress.v6(ENINetworkPlan.gatewayIPv6).hostCIDR, table: .local)),
        .rule(Rule(priority: localPriority, family: .v4, table: .local)),
        .rule(Rule(priority: localPriority, family: .v6, table: .local)),
    ]
    /// What it must not have, to be removed when ``strictNodeRules`` are there.
    public static let strictNodeObstacles: [KernelObject] = [
        .rule(Rule(priority: 0, family: .v4, table: .local, origin: .kernel)),
        .rule(Rule(priority: 0, family: .v6, table: .local, origin: .kernel)),
    ]
}

extension BranchENIPlan: CustomStringConvertible {
    /// One object a line, as `ip` would be told: the node's first, the pod's behind `in sandbox:`.
    public var description: String {
        (host.map { "\($0)" } + sysctls.map { "sysctl \($0.path) \($0.value)" } + sandbox.map { "in sandbox: \($0)" })
            .joined(separator: "\n")
    }
}
