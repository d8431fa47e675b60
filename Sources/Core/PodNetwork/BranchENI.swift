public import Addressing

/// An ENI of a single pod, with security groups of its own. Its frames travel over the node's trunk ENI in a VLAN of their own
/// (reference §8).
public struct BranchENI: Hashable, Sendable {
    public let mac: MACAddress
    /// 1 to 152; EC2 gives 1 to 120. The route table is this and 100, and those from 253 on are everybody's.
    public let vlanID: Int
    /// One address, or one of each family.
    public let addresses: [IPAddress]
    /// Nil where there is no IPv4 address.
    public let gatewayIPv4: IPv4Address?

    public static let vlanIDs = 1...152

    /// - Returns: Nil when the VLAN is out of range, there is no address or two of one family, or an IPv4 address without its
    ///   gateway.
    public init?(mac: MACAddress, vlanID: Int, addresses: [IPAddress], gatewayIPv4: IPv4Address?) {
        let families = Set(addresses.map(\.family))
        guard Self.vlanIDs.contains(vlanID), !addresses.isEmpty, families.count == addresses.count else { return nil }
        guard gatewayIPv4 != nil || !families.contains(.v4) else { return nil }
        self.mac = mac
        self.vlanID = vlanID
        self.addresses = addresses
        self.gatewayIPv4 = gatewayIPv4
    }

    /// The link of its VLAN on the node, `vlan.eth.7` (reference §3.3).
    public var link: LinkName {
        guard let name = LinkName("vlan.eth.\(vlanID)") else { preconditionFailure("VLAN \(vlanID) makes no link name") }
        return name
    }

    public var table: RouteTable { RouteTable(number: UInt32(100 + vlanID)) }

    /// Where packets of a family leave the subnet.
    public func gateway(of family: AddressFamily) -> IPAddress? {
        switch family {
        case .v4: gatewayIPv4.map(IPAddress.v4)
        case .v6: .v6(ENINetworkPlan.gatewayIPv6)
        }
    }

    /// How far the security groups of such a pod reach (`POD_SECURITY_GROUP_ENFORCING_MODE`).
    public enum EnforcingMode: String, Hashable, Sendable, CaseIterable {
        /// Every packet to and from the pod passes its branch ENI, even from the node itself.
        case strict
        /// Packets between the pod and its node, and between pods of the node, stay on the node.
        case standard
    }
}
