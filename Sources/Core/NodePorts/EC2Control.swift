public import Addressing

/// What a node asks of EC2, each a question in the node's own words. A closure left unset in a test fails it by name.
public struct EC2Control: Sendable {
    /// Returns the ENIs attached to this node, with every address and prefix they hold.
    public var describeENIs: @Sendable () async throws(EC2Failure) -> NodeENIs
    /// Returns the subnets of the node's VPC, always in the same order.
    public var describeSubnets: @Sendable () async throws(EC2Failure) -> [SubnetDescription]
    /// Returns the IPv4 blocks of the node's VPC, in no set order. Asked every minute, so it must not be a call to EC2 where the instance's
    /// metadata tell them.
    public var describeVPCBlocks: @Sendable () async throws(EC2Failure) -> [IPv4CIDR]
    /// Returns the security groups of the primary ENI; empty where that cannot be told. Asked every minute, as the blocks are.
    public var describeSecurityGroups: @Sendable () async throws(EC2Failure) -> [SecurityGroupID]
    /// Creates an ENI that already holds the wanted addresses or prefixes. Asked again with the same token, EC2 answers
    /// with the same ENI.
    public var createENI: @Sendable (ENIRequest) async throws(EC2Failure) -> ENIDescription
    /// Attaches an ENI to a network card of this node and returns when the attachment is complete, delete-on-termination set.
    public var attachENI: @Sendable (ENIID, _ card: Int, _ deviceIndex: Int) async throws(EC2Failure) -> ENIAttachmentID
    /// Detaches an ENI and returns when it is available.
    public var detachENI: @Sendable (ENIID) async throws(EC2Failure) -> Void
    /// Deletes an ENI that is not attached.
    public var deleteENI: @Sendable (ENIID) async throws(EC2Failure) -> Void
    /// Assigns secondary addresses and returns the new ones, at most `count`.
    public var assignAddresses: @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4Address]
    /// Assigns the one secondary address that is asked for. Succeeds when the ENI holds it already; an address that anyone else
    /// holds is not moved.
    public var assignAddress: @Sendable (ENIID, IPv4Address) async throws(EC2Failure) -> Void
    /// Assigns /28 prefixes and returns the new ones, at most `count`.
    public var assignPrefixes: @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4CIDR]
    /// Assigns one more /80 prefix and returns it; asked again, EC2 assigns another.
    public var assignIPv6Prefix: @Sendable (ENIID) async throws(EC2Failure) -> IPv6CIDR
    /// Puts an ENI into these security groups and no others.
    public var setSecurityGroups: @Sendable (ENIID, [SecurityGroupID]) async throws(EC2Failure) -> Void
    /// Takes secondary addresses and prefixes from an ENI.
    public var unassign: @Sendable (ENIID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) async throws(EC2Failure) -> Void

    public init(
        describeENIs: @escaping @Sendable () async throws(EC2Failure) -> NodeENIs,
        describeSubnets: @escaping @Sendable () async throws(EC2Failure) -> [SubnetDescription],
        describeVPCBlocks: @escaping @Sendable () async throws(EC2Failure) -> [IPv4CIDR],
        describeSecurityGroups: @escaping @Sendable () async throws(EC2Failure) -> [SecurityGroupID],
        createENI: @escaping @Sendable (ENIRequest) async throws(EC2Failure) -> ENIDescription,
        attachENI: @escaping @Sendable (ENIID, _ card: Int, _ deviceIndex: Int) async throws(EC2Failure) -> ENIAttachmentID,
        detachENI: @escaping @Sendable (ENIID) async throws(EC2Failure) -> Void,
        deleteENI: @escaping @Sendable (ENIID) async throws(EC2Failure) -> Void,
        assignAddresses: @escaping @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4Address],
        assignAddress: @escaping @Sendable (ENIID, IPv4Address) async throws(EC2Failure) -> Void,
        assignPrefixes: @escaping @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4CIDR],
        assignIPv6Prefix: @escaping @Sendable (ENIID) async throws(EC2Failure) -> IPv6CIDR,
        setSecurityGroups: @escaping @Sendable (ENIID, [SecurityGroupID]) async throws(EC2Failure) -> Void,
        unassign: @escaping @Sendable (ENIID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) async throws(EC2Failure) -> Void
    ) {
        self.describeENIs = describeENIs
        self.describeSubnets = describeSubnets
        self.describeVPCBlocks = describeVPCBlocks
        self.describeSecurityGroups = describeSecurityGroups
        self.createENI = createENI
        self.attachENI = attachENI
        self.detachENI = detachENI
        self.deleteENI = deleteENI
        self.assignAddresses = assignAddresses
        self.assignAddress = assignAddress
        self.assignPrefixes = assignPrefixes
        self.assignIPv6Prefix = assignIPv6Prefix
        self.setSecurityGroups = setSecurityGroups
        self.unassign = unassign
    }
}

/// An answer of EC2 that is not what was asked for, or no answer.
public struct EC2Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// EC2's own code, such as `InsufficientCidrBlocks`; the client's for calls without an answer.
    public var code: String
    public var message: String
    /// EC2's identifier of the call; nil when there was no answer.
    public var requestID: String?

    public init(code: String, message: String, requestID: String? = nil) {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    public var description: String {
        requestID.map { "\(code): \(message) (request \($0))" } ?? "\(code): \(message)"
    }
}
