public import Addressing

/// An ENI as EC2 describes it.
public struct ENIDescription: Hashable, Sendable, Codable {
    public var id: ENIID
    public var mac: MACAddress
    public var subnet: SubnetID
    public var subnetBlock: IPv4CIDR
    /// A /64; nil when the subnet has none.
    public var subnetIPv6Block: IPv6CIDR?
    public var primaryAddress: IPv4Address
    /// Without the primary; no order.
    public var secondaryAddresses: [IPv4Address]
    /// Delegated /28 blocks; no order.
    public var prefixes: [IPv4CIDR]
    /// Delegated /80 blocks; no order.
    public var ipv6Prefixes: [IPv6CIDR]
    public var securityGroups: [SecurityGroupID]
    public var tags: [String: String]
    public var attachment: Attachment?

    /// Where the ENI is attached.
    public struct Attachment: Hashable, Sendable, Codable {
        public var id: ENIAttachmentID
        /// The index of the network card; 0 on types with a single one.
        public var card: Int
        /// Unique on its card; 0 on the default card is the primary ENI.
        public var deviceIndex: Int

        public init(id: ENIAttachmentID, card: Int = 0, deviceIndex: Int) {
            self.id = id
            self.card = card
            self.deviceIndex = deviceIndex
        }
    }

    public init(
        id: ENIID, mac: MACAddress, subnet: SubnetID, subnetBlock: IPv4CIDR, subnetIPv6Block: IPv6CIDR? = nil,
        primaryAddress: IPv4Address, secondaryAddresses: [IPv4Address] = [], prefixes: [IPv4CIDR] = [], ipv6Prefixes: [IPv6CIDR] = [],
        securityGroups: [SecurityGroupID] = [], tags: [String: String] = [:], attachment: Attachment? = nil
    ) {
        self.id = id
        self.mac = mac
        self.subnet = subnet
        self.subnetBlock = subnetBlock
        self.subnetIPv6Block = subnetIPv6Block
        self.primaryAddress = primaryAddress
        self.secondaryAddresses = secondaryAddresses
        self.prefixes = prefixes
        self.ipv6Prefixes = ipv6Prefixes
        self.securityGroups = securityGroups
        self.tags = tags
        self.attachment = attachment
    }
}
