public import Addressing

/// Everything the kernel must have for one secondary ENI (reference §4.4): its addresses, a route table of its own with the
/// gateways of the VPC, and a rule for packets from each of its addresses.
public struct ENINetworkPlan: Hashable, Sendable {
    public let device: LinkName
    public let objects: [KernelObject]
    public let mtuBytes: Int

    /// Packets from an ENI's own address leave by that ENI.
    public static let fromENIPriority: UInt32 = 32765
    /// Where the router of every VPC answers on IPv6, `fe80:ec2::1`, whatever the subnet (reference §4.4).
    public static let gatewayIPv6 = IPv6Address(bits: 0xfe80_0ec2 << 96 | 1)

    /// - Parameters:
    ///   - device: The link with the ENI's MAC address.
    ///   - card: The network card, 0 on most instance types.
    ///   - deviceIndex: 1 or more on card 0, whose ENI 0 is the operating system's; 0 or more on others.
    ///   - subnet: The subnet's block, whose second address is the gateway of the VPC.
    ///   - ipv6Subnet: The subnet's IPv6 block; nil when it has none, and then no IPv6 packet leaves by this ENI.
    ///   - ipv6Address: The ENI's own address in it; nil when it has but a delegated prefix, all of which is the pods'.
    public init(
        device: LinkName, card: Int = 0, deviceIndex: Int, primaryAddress: IPv4Address, subnet: IPv4CIDR,
        ipv6Subnet: IPv6CIDR? = nil, ipv6Address: IPv6Address? = nil, mtuBytes: Int
    ) {
        precondition(card > 0 || deviceIndex > 0, "the primary ENI is set up by the operating system")
        let table = RouteTable.ofENI(card: card, deviceIndex: deviceIndex)
        self.device = device
        self.mtuBytes = mtuBytes
        var objects = Self.objects(device, table: table, gateway: .v4(subnet[1]), address: .v4(primaryAddress))
        if let ipv6Address {
            let isInside = ipv6Subnet?.contains(ipv6Address) ?? false
            precondition(isInside, "the ENI's address \(ipv6Address) is outside of its subnet")
        }
        if ipv6Subnet != nil {
            objects += Self.objects(device, table: table, gateway: .v6(Self.gatewayIPv6), address: ipv6Address.map(IPAddress.v6))
        }
        self.objects = objects
    }

    /// What one family needs.
    private static func objects(
        _ device: LinkName, table: RouteTable, gateway: IPAddress, address: IPAddress?
    ) -> [KernelObject] {
        let everything = CIDR.everything(of: gateway.family)
        let routes = [
            Route.direct(to: gateway.hostCIDR, device: device, table: table),
            Route(to: everything, via: gateway, device: device, table: table),
        ].map(KernelObject.route)
        guard let address else { return routes }
        let block = address.hostCIDR
        let rule = Rule(priority: fromENIPriority, family: address.family, from: block, table: table)
        return [.address(InterfaceAddress(device: device, address: address, prefixLength: block.prefixLength))] + routes + [.rule(rule)]
    }
}

extension ENINetworkPlan: CustomStringConvertible {
    public var description: String {
        (["link set \(device) up mtu \(mtuBytes)"] + objects.map { "\($0)" }).joined(separator: "\n")
    }
}

extension RouteTable {
    /// The table of an ENI (reference §3.4).
    ///
    /// On network card 0 it is main for the primary ENI and device index + 1 for the others. On another card it is
    /// 10,000 + 100 × card + device index, as the node's own network tooling numbers them.
    ///
    /// - Parameters:
    ///   - card: 0 to 255.
    ///   - deviceIndex: 0 to 251 on card 0, behind which come tables of everybody's; 0 to 99 on others.
    public static func ofENI(card: Int = 0, deviceIndex: Int) -> RouteTable {
        let isNumbered = card == 0 ? (0...251).contains(deviceIndex) : (1...255).contains(card) && (0...99).contains(deviceIndex)
        precondition(isNumbered, "device index \(deviceIndex) of network card \(card) has no route table of its own")
        guard card == 0 else { return RouteTable(number: UInt32(10_000 + 100 * card + deviceIndex)) }
        return deviceIndex == 0 ? .main : RouteTable(number: UInt32(deviceIndex + 1))
    }
}
