public import Addressing

/// An ENI attached to the node, with every address EC2 has given it.
public struct AttachedENI: Hashable, Sendable {
    public var id: ENIID
    public var mac: MACAddress
    /// 0 is the primary ENI.
    public var deviceIndex: Int
    public var subnet: SubnetID
    public var subnetBlock: IPv4CIDR
    public var primaryAddress: IPv4Address
    /// Single addresses without the primary, in ascending order.
    public var secondaryAddresses: [IPv4Address]
    /// Delegated /28 blocks, in ascending order.
    public var prefixes: [IPv4CIDR]

    public init(
        id: ENIID, mac: MACAddress, deviceIndex: Int, subnet: SubnetID, subnetBlock: IPv4CIDR, primaryAddress: IPv4Address,
        secondaryAddresses: [IPv4Address], prefixes: [IPv4CIDR]
    ) {
        self.id = id
        self.mac = mac
        self.deviceIndex = deviceIndex
        self.subnet = subnet
        self.subnetBlock = subnetBlock
        self.primaryAddress = primaryAddress
        self.secondaryAddresses = secondaryAddresses.sorted()
        self.prefixes = prefixes.sorted()
    }

    public var isPrimary: Bool { deviceIndex == 0 }
    /// Address slots in use besides the primary's; a prefix takes one.
    var slotsUsed: Int { secondaryAddresses.count + prefixes.count }
}
