public import Addressing
public import Timeline

/// A VPC with EC2's physics, as a value: subnets that fragment, instances with limits, attachments that take time, calls
/// that are throttled.
///
/// Its mutating functions are EC2's operations. Each takes the moment of the call and either changes the model or throws a
/// ``VPCError`` and leaves it as it was, but for the throttle, which counts every call. The same seed and the same calls give
/// the same model. Moments may come equal but should not go back.
public struct VPCModel: Hashable, Sendable {
    /// The address blocks of the VPC, each /16 to /28, without overlap.
    public let blocks: [IPv4CIDR]
    public let physics: Physics
    /// Such as `vpc-0a1b2c3d4e5f60718`; the same for as long as the VPC is.
    public var id: String { identities.vpc }
    public internal(set) var subnets: [SubnetID: Subnet] = [:]
    public internal(set) var instances: [InstanceID: Instance] = [:]
    public internal(set) var enis: [ENIID: ENI] = [:]

    var enisByToken: [String: ENIID] = [:]
    var buckets: [EC2Operation: TokenBucket] = [:]
    var random: SplitMix64
    var identities: IdentitySequence

    /// - Throws: `InvalidVpc.Range` when there is no block, one is not /16 to /28, or two overlap.
    public init(blocks: [IPv4CIDR], seed: UInt64, physics: Physics = Physics()) throws(VPCError) {
        guard !blocks.isEmpty else { throw VPCError(.invalidVPCRange, "A VPC has at least one CIDR block") }
        for (position, block) in blocks.enumerated() {
            guard Self.prefixLengths.contains(block.prefixLength) else {
                throw VPCError(.invalidVPCRange, "The CIDR '\(block)' is invalid: a VPC's block is /16 to /28")
            }
            if let other = blocks[..<position].first(where: block.overlaps) {
                throw VPCError(.invalidVPCRange, "The CIDR '\(block)' overlaps '\(other)'")
            }
        }
        self.blocks = blocks
        self.physics = physics
        random = SplitMix64(seed: seed)
        identities = IdentitySequence(seed: seed)
    }

    /// Of the blocks of VPCs and subnets (VPC User Guide, "VPC CIDR blocks").
    static let prefixLengths = 16...28

    /// Adds a subnet; takes no call from the throttle, as subnets are there before any node.
    ///
    /// - Parameters:
    ///   - ipv6Block: A /64, for a subnet of both families.
    ///   - id: For a world whose subnets are named beforehand; EC2 chooses otherwise.
    /// - Throws: `InvalidSubnet.Range` when the block is not /16 to /28 or outside the VPC, `InvalidParameterValue` when the IPv6
    ///   block is not a /64, `InvalidSubnet.Conflict` when one overlaps another subnet or the identifier is taken, and what tags
    ///   may be refused for.
    public mutating func createSubnet(
        _ block: IPv4CIDR, zone: String, ipv6Block: IPv6CIDR? = nil, tags: [String: String] = [:], id: SubnetID? = nil
    ) throws(VPCError) -> SubnetID {
        guard Self.prefixLengths.contains(block.prefixLength), blocks.contains(where: { $0.contains(block) }) else {
            throw VPCError(.invalidSubnetRange, "The CIDR '\(block)' is invalid: a subnet is /16 to /28 inside the VPC")
        }
        if let other = subnets.values.filter({ $0.block.overlaps(block) }).min(by: { $0.block < $1.block }) {
            throw VPCError(.invalidSubnetConflict, "The CIDR '\(block)' conflicts with another subnet, '\(other.block)'")
        }
        try checkIPv6Block(ipv6Block)
        try Self.checkTags(tags)
        if let id, subnets[id] != nil { throw VPCError(.invalidSubnetConflict, "The subnet ID '\(id)' exists already") }
        let id = id ?? identities.next(SubnetID.self)
        subnets[id] = Subnet(id: id, zone: zone, block: block, ipv6Block: ipv6Block, tags: tags)
        return id
    }

    /// Returns the subnets of the VPC in the order of their identifiers (DescribeSubnets, filter vpc-id).
    ///
    /// - Throws: `RequestLimitExceeded`.
    public mutating func describeSubnets(at now: Instant) throws(VPCError) -> [Subnet] {
        try admit(.describeSubnets, at: now)
        return subnets.values.sorted { $0.id < $1.id }
    }

    /// Returns the ENIs on an instance at that moment by card and device index, without asking EC2 and so without its throttle.
    public func enis(of instance: InstanceID, at now: Instant) -> [ENI] {
        (instances[instance]?.enis ?? [:]).sorted { $0.key < $1.key }
            .compactMap { enis[$0.value] }
            .filter { $0.state(at: now) != .available }
    }

    /// Counts a call; refused calls count as well. What changes the model counts itself: this is for those who read it otherwise than by
    /// one of its own describes.
    ///
    /// - Throws: `RequestLimitExceeded`.
    public mutating func admit(_ operation: EC2Operation, at now: Instant) throws(VPCError) {
        guard physics.throttles else { return }
        let limit = physics.callLimits[operation]
        let isLet = buckets[operation, default: limit.map { TokenBucket($0, at: now) } ?? TokenBucket(operation.publishedLimit, at: now)]
            .take(at: now)
        guard isLet else { throw .throttled }
    }
}

/// How slow and how narrow the cloud is; by default as slow as EC2.
public struct Physics: Hashable, Sendable, Codable {
    /// From the call to the link on the instance; usually up to 5 s (cilium #16494).
    public var attachDelay: Duration
    /// From the call until the ENI is available.
    public var detachDelay: Duration
    /// How old the picture of the instance is that its metadata show.
    public var metadataDelay: Duration
    /// Whether each operation has EC2's token bucket, for all nodes of the model together as for an account in a Region.
    public var throttles: Bool
    /// ENIs of the account in the Region; EC2's default quota is 5,000.
    public var enisMax: Int
    /// Security groups of an ENI; EC2's default quota is 5.
    public var securityGroupsMax: Int
    /// Token buckets that are not as published.
    public var callLimits: [EC2Operation: CallLimit] {
        get { unpublishedLimits ?? [:] }
        set { unpublishedLimits = newValue.isEmpty ? nil : newValue }
    }
    /// Nil for none, as in models that were written before there was a choice.
    private var unpublishedLimits: [EC2Operation: CallLimit]?

    public init(
        attachDelay: Duration = .seconds(5), detachDelay: Duration = .seconds(2), metadataDelay: Duration = .seconds(1),
        throttles: Bool = true, enisMax: Int = 5_000, securityGroupsMax: Int = 5, callLimits: [EC2Operation: CallLimit] = [:]
    ) {
        self.attachDelay = attachDelay
        self.detachDelay = detachDelay
        self.metadataDelay = metadataDelay
        self.throttles = throttles
        self.enisMax = enisMax
        self.securityGroupsMax = securityGroupsMax
        self.callLimits = callLimits
    }

    /// For demonstrations and tests in real time: attached in 150 ms, detached in 100 ms, metadata 50 ms old, all else as EC2 does it.
    public static let brisk = Physics(attachDelay: .milliseconds(150), detachDelay: .milliseconds(100), metadataDelay: .milliseconds(50))
}
