public import Addressing
public import NodePorts

/// What the instance itself can tell without a call to EC2: its metadata, usually.
///
/// A view may be late or partial. It answers questions that cost nothing when the answer is wrong.
public struct InstanceView: Sendable {
    /// Returns the IPv4 blocks of the node's VPC.
    public var vpcBlocks: @Sendable () async throws(EC2Failure) -> [IPv4CIDR]
    /// Returns the security groups of the primary ENI; empty where that cannot be told.
    public var securityGroups: @Sendable () async throws(EC2Failure) -> [SecurityGroupID]
    /// Whether an ENI with that MAC address is on the instance; nil when that cannot be told.
    public var shows: @Sendable (MACAddress) async -> Bool?

    public init(
        vpcBlocks: @escaping @Sendable () async throws(EC2Failure) -> [IPv4CIDR],
        securityGroups: @escaping @Sendable () async throws(EC2Failure) -> [SecurityGroupID] = { () throws(EC2Failure) in [] },
        shows: @escaping @Sendable (MACAddress) async -> Bool?
    ) {
        self.vpcBlocks = vpcBlocks
        self.securityGroups = securityGroups
        self.shows = shows
    }
}
