public import Addressing

/// A subnet as EC2 describes it.
public struct SubnetDescription: Hashable, Sendable {
    public var id: SubnetID
    /// The availability zone, such as `eu-central-1a`; ENIs of other zones cannot be attached to the node.
    public var zone: String
    public var block: IPv4CIDR
    /// A /64; nil when the subnet has none.
    public var ipv6Block: IPv6CIDR?
    /// IPv4 addresses that nobody holds; those in delegated prefixes are held.
    public var freeAddresses: Int
    /// Wholly free /28 blocks, as many as can be delegated; nil where unknown, as EC2's DescribeSubnets does not tell it.
    public var freeBlocks: Int?
    public var tags: [String: String]

    public init(
        id: SubnetID, zone: String, block: IPv4CIDR, ipv6Block: IPv6CIDR? = nil, freeAddresses: Int, freeBlocks: Int? = nil,
        tags: [String: String] = [:]
    ) {
        self.id = id
        self.zone = zone
        self.block = block
        self.ipv6Block = ipv6Block
        self.freeAddresses = freeAddresses
        self.freeBlocks = freeBlocks
        self.tags = tags
    }
}
