import Addressing

/// Everything the kernel must have for the node itself, besides its pods and secondary ENIs (reference §4.1 to §4.3, §7).
public struct NodeNetworkPlan: Hashable, Sendable {
    /// In the order in which they are set: the switch for all links comes before those of a link.
    public let sysctls: [SysctlSetting]
    public let rules: [Rule]
    public let firewall: FirewallPlan

    /// Marked packets, which are those of connections through the primary ENI: main, whose default route is that ENI's.
    public static let markedPriority: UInt32 = 1024
    /// Packets to services outside of the VPC that pods reach through the primary ENI.
    public static let externalServicePriority: UInt32 = 1535
    /// The priorities at which every rule of ours is one of a plan of this kind.
    public static let priorities: Set<UInt32> = [markedPriority, externalServicePriority]

    public init(_ policy: NodeNetworkPolicy, for uplink: NodeUplink) {
        firewall = FirewallPlan(policy, for: uplink)
        sysctls = Self.sysctls(policy, uplink.link)
        rules = Self.rules(policy, marksConnections: firewall.marksConnections)
    }

    /// The settings of the node's end of a pod's link that was there before ``sysctls`` held, and so did not begin with them.
    ///
    /// A pod that sends router advertisements must not become the node's way out (CVE-2020-10749).
    public static func sysctls(ofPodLink link: LinkName) -> [SysctlSetting] {
        [SysctlSetting("ipv6/conf/\(link)/accept_ra", "0", isRequired: false)]
    }

    private static func sysctls(_ policy: NodeNetworkPolicy, _ link: LinkName) -> [SysctlSetting] {
        var settings = [
            // A call of a node port comes in by the primary ENI though its pod's way back, by the pod's address, is another ENI's.
            SysctlSetting("ipv4/conf/\(link)/rp_filter", "2"),
            SysctlSetting("ipv4/ip_forward", "1"),
            SysctlSetting("ipv4/tcp_early_demux", policy.hasTCPEarlyDemux ? "1" : "0"),
        ]
        if policy.usesIPv6 {
            settings += [
                SysctlSetting("ipv6/conf/all/disable_ipv6", "0"),
                SysctlSetting("ipv6/conf/all/forwarding", "1"),
                // A router heeds no advertisements unless it is told so, and the primary ENI's default route comes by one.
                SysctlSetting("ipv6/conf/\(link)/accept_ra", "2"),
            ]
        }
        // What links of pods begin with, see ``sysctls(ofPodLink:)``.
        return settings + [SysctlSetting("ipv6/conf/default/accept_ra", "0", isRequired: policy.usesIPv6)]
    }

    private static func rules(_ policy: NodeNetworkPolicy, marksConnections: Bool) -> [Rule] {
        var rules: [Rule] = []
        if marksConnections {
            let mark = Rule.Mark(value: policy.mark, mask: policy.mark)
            let families: [AddressFamily] = policy.usesIPv6 ? [.v4, .v6] : [.v4]
            rules += families.map { Rule(priority: markedPriority, family: $0, mark: mark, table: .main) }
        }
        return rules
            + policy.externalServices.map {
                Rule(priority: externalServicePriority, family: .v4, to: .v4($0), table: .main)
            }
    }
}

/// A file below `/proc/sys/net` and what it must hold.
public struct SysctlSetting: Hashable, Sendable {
    public let path: String
    public let value: String
    /// Whether the file must be there; those of IPv6 are not where the kernel has none.
    public let isRequired: Bool

    public init(_ path: String, _ value: String, isRequired: Bool = true) {
        self.path = path
        self.value = value
        self.isRequired = isRequired
    }
}

extension NodeNetworkPolicy {
    /// Whether packets of IPv6 are forwarded: pods have addresses of it, or reach it through the node's.
    var usesIPv6: Bool { podFamilies.contains(.v6) || hasIPv6Egress }
}

extension SysctlSetting: CustomStringConvertible {
    public var description: String { "sysctl net/\(path) = \(value)" }
}

extension NodeNetworkPlan: CustomStringConvertible {
    /// One object a line, and then the firewall as `nft` would be told.
    public var description: String {
        (sysctls.map { "\($0)" } + rules.map { "\($0.family == .v6 ? "-6 " : "")\($0)" } + [firewall.nftables]).joined(separator: "\n")
    }
}
