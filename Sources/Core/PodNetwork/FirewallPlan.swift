public import Addressing

/// What the node's firewall does with packets of pods: whose source is translated, and which connections stay with the primary ENI.
///
/// A mark in the connection tells that it belongs to the primary ENI: it came in there for an address of the node, which may be a node
/// port, or it leaves with the node's address. Every packet that a pod sends for such a connection is given the mark, and a rule sends it
/// to the primary ENI whatever ENI the pod's own address is on (reference §4.3).
public struct FirewallPlan: Hashable, Sendable {
    /// The primary ENI's link.
    public let uplink: LinkName
    /// What names of pods' links begin with.
    public let podLinkPrefix: String
    /// The bits of a connection's mark; not 0.
    public let mark: UInt32
    /// Whether connections to the node that come in by the primary ENI are answered through it.
    public let marksNodePorts: Bool
    /// How packets to places outside of the VPC leave; nil when with the pods' own addresses.
    public let translation: SourceTranslation?
    /// For pods that have an address of a family that the VPC does not know; at most one of each family.
    public let egresses: [Egress]
    public let portChoice: PortChoice

    /// The node's address, and which destinations are sent to without it.
    public struct SourceTranslation: Hashable, Sendable {
        public let address: IPv4Address
        /// In order, none within another.
        public let untranslated: [IPv4CIDR]
    }

    /// Addresses that mean something on this node alone, and the node's address with which their packets leave.
    public struct Egress: Hashable, Sendable {
        public let pods: CIDR
        public let address: IPAddress
    }

    /// - Precondition: the mark is not 0, and the names of links are such as ``canName(_:)`` allows.
    public init(_ policy: NodeNetworkPolicy, for uplink: NodeUplink) {
        precondition(policy.mark != 0, "a mark of 0 marks nothing")
        precondition(
            Self.canName(uplink.link.rawValue) && Self.canName(policy.podLinkPrefix),
            "nftables cannot name the link \(uplink.link) or links that begin with \(policy.podLinkPrefix)")
        self.uplink = uplink.link
        podLinkPrefix = policy.podLinkPrefix
        mark = policy.mark
        marksNodePorts = policy.servesNodePorts
        portChoice = policy.portChoice
        let hasIPv4 = policy.podFamilies.contains(.v4)
        translation =
            policy.translatesSources && hasIPv4
            ? SourceTranslation(address: uplink.address, untranslated: Self.outermost(uplink.vpcBlocks + policy.untranslated)) : nil
        var egresses: [Egress] = []
        if policy.hasIPv4Egress, !hasIPv4 {
            egresses.append(Egress(pods: EgressRange.ipv4, address: .v4(uplink.address)))
        }
        if policy.hasIPv6Egress, !policy.podFamilies.contains(.v6), let address = uplink.ipv6Address {
            egresses.append(Egress(pods: EgressRange.ipv6, address: .v6(address)))
        }
        self.egresses = egresses
    }

    /// Whether any packet is given the mark.
    public var marksConnections: Bool { marksNodePorts || translation != nil }

    /// Whether a link's name, or the beginning of one, can be written in a rule: nftables has no way to write a quote, and takes an
    /// asterisk for any ending.
    public static func canName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x21...0x7e).contains(byte) && ![UInt8(ascii: "\""), UInt8(ascii: "*"), UInt8(ascii: "\\")].contains(byte)
            }
    }

    /// The blocks without those that lie in another, in order.
    private static func outermost(_ blocks: [IPv4CIDR]) -> [IPv4CIDR] {
        let widestFirst = Set(blocks).sorted { $0.prefixLength < $1.prefixLength }
        return widestFirst.reduce(into: []) { kept, block in
            if !kept.contains(where: { $0.contains(block.network) }) { kept.append(block) }
        }.sorted()
    }
}
