public import Addressing
public import NodePorts

/// What the instance itself can tell without a call to EC2: its metadata, usually.
///
/// A view may be late or partial. It answers questions that cost nothing when the answer is wrong.
public struct InstanceView: Sendable {
    /// Returns the IPv4 blocks of the node's VPC.
    public var vpcBlocks: @Sendable () async throws(EC2Failure) -> [IPv4CIDR]
    /// Whether an ENI with that MAC address is on the instance; nil when that cannot be told.
    public var shows: @Sendable (MACAddress) async -> Bool?

    public init(
        vpcBlocks: @escaping @Sendable () async throws(EC2Failure) -> [IPv4CIDR], shows: @escaping @Sendable (MACAddress) async -> Bool?
    ) {
        self.vpcBlocks = vpcBlocks
        self.shows = shows
    }
}
