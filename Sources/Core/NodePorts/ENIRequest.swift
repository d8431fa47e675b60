public import Addressing

/// What a new ENI shall be.
public struct ENIRequest: Hashable, Sendable {
    public var subnet: SubnetID
    public var securityGroups: [SecurityGroupID]
    /// Makes the call safe to repeat with all else the same, tags included; at most 64 bytes.
    public var clientToken: String
    public var content: Content
    /// How many /80 blocks the ENI holds besides; its subnet must have an IPv6 block.
    public var ipv6Prefixes: Int
    public var tags: [String: String]

    /// What the ENI holds of IPv4 besides its primary address; EC2 takes one kind in a call.
    public enum Content: Hashable, Sendable {
        case addresses(Int)
        /// /28 blocks.
        case prefixes(Int)
    }

    public init(
        subnet: SubnetID, securityGroups: [SecurityGroupID], clientToken: String, content: Content, ipv6Prefixes: Int = 0,
        tags: [String: String] = [:]
    ) {
        self.subnet = subnet
        self.securityGroups = securityGroups
        self.clientToken = clientToken
        self.content = content
        self.ipv6Prefixes = ipv6Prefixes
        self.tags = tags
    }
}
