public import Addressing

/// An ENI attached to the node, with every address EC2 has given it.
public struct AttachedENI: Hashable, Sendable {
    public var id: ENIID
    public var mac: MACAddress
    /// The network card that carries it.
    public var card: Int
    /// On its card; 0 on card 0 is the primary ENI.
    public var deviceIndex: Int
    public var subnet: SubnetID
    public var subnetBlock: IPv4CIDR
    public var primaryAddress: IPv4Address
    /// Single addresses without the primary, in ascending order.
    public var secondaryAddresses: [IPv4Address]
    /// Delegated /28 blocks, in ascending order.
    public var prefixes: [IPv4CIDR]
    /// Delegated /80 blocks, in ascending order.
    public var ipv6Prefixes: [IPv6CIDR]
    /// The named pool it was made for, as its tag says; nil for the node's own.
    public var pool: PoolName?

    public init(
        id: ENIID, mac: MACAddress, card: Int = 0, deviceIndex: Int, subnet: SubnetID, subnetBlock: IPv4CIDR, primaryAddress: IPv4Address,
        secondaryAddresses: [IPv4Address], prefixes: [IPv4CIDR], ipv6Prefixes: [IPv6CIDR] = [], pool: PoolName? = nil
    ) {
        self.id = id
        self.mac = mac
        self.card = card
        self.deviceIndex = deviceIndex
        self.subnet = subnet
        self.subnetBlock = subnetBlock
        self.primaryAddress = primaryAddress
        self.secondaryAddresses = secondaryAddresses.sorted()
        self.prefixes = prefixes.sorted()
        self.ipv6Prefixes = ipv6Prefixes.sorted()
        self.pool = pool
    }

    public var isPrimary: Bool { card == 0 && deviceIndex == 0 }
    /// Where it is attached.
    public var seat: DeviceSeat { DeviceSeat(card: card, deviceIndex: deviceIndex) }
    /// IPv4 address slots in use besides the primary's; a prefix takes one.
    var slotsUsed: Int { secondaryAddresses.count + prefixes.count }
}

/// A place for an ENI on an instance.
public struct DeviceSeat: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var card: Int
    public var deviceIndex: Int

    public init(card: Int = 0, deviceIndex: Int) {
        self.card = card
        self.deviceIndex = deviceIndex
    }

    public static func < (a: DeviceSeat, b: DeviceSeat) -> Bool { (a.card, a.deviceIndex) < (b.card, b.deviceIndex) }
    public var description: String { card == 0 ? "device index \(deviceIndex)" : "card \(card), device index \(deviceIndex)" }
}
