public import Addressing

/// Everything the kernel must have for one secondary ENI (reference §4.4): its address, a route table of its own with the
/// subnet's gateway, and a rule for packets from its address.
public struct ENINetworkPlan: Hashable, Sendable {
    public let device: LinkName
    public let objects: [KernelObject]
    public let mtuBytes: Int

    /// Packets from an ENI's own address leave by that ENI.
    public static let fromENIPriority: UInt32 = 32765

    /// - Parameters:
    ///   - device: The link with the ENI's MAC address.
    ///   - deviceIndex: 1 or more; the primary ENI is the operating system's.
    ///   - subnet: The subnet's block, whose second address is the gateway of the VPC.
    public init(device: LinkName, deviceIndex: Int, primaryAddress: IPv4Address, subnet: IPv4CIDR, mtuBytes: Int) {
        precondition(deviceIndex > 0, "the primary ENI is set up by the operating system")
        let table = RouteTable.ofENI(deviceIndex: deviceIndex)
        let gateway = IPAddress.v4(subnet[1])
        self.device = device
        self.mtuBytes = mtuBytes
        objects = [
            .address(InterfaceAddress(device: device, address: .v4(primaryAddress), prefixLength: 32)),
            .route(Route(to: gateway.hostCIDR, device: device, table: table, scope: .link)),
            .route(Route(to: .everyIPv4, via: gateway, device: device, table: table)),
            .rule(Rule(priority: Self.fromENIPriority, family: .v4, from: .v4(IPv4CIDR(host: primaryAddress)), table: table)),
        ]
    }
}

extension ENINetworkPlan: CustomStringConvertible {
    public var description: String {
        (["link set \(device) up mtu \(mtuBytes)"] + objects.map { "\($0)" }).joined(separator: "\n")
    }
}
