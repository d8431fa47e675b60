public import AWSClient
public import Addressing
public import NodePorts

/// EC2 for the ENIs of one instance: what ``EC2Control`` asks, as calls of the Query API.
///
/// In the calm case an ENI takes three calls: create, attach, delete-on-termination. The blocks of subnets and the MAC addresses of
/// ENIs never change, so they are remembered instead of asked for.
public struct NodeEC2: Sendable {
    /// Whose ENIs these are.
    public struct Place: Hashable, Sendable {
        public var instance: InstanceID
        /// Such as `vpc-0a1b2c3d`.
        public var vpc: String
        /// The availability zones whose subnets count, all when empty; that of the instance, as ENIs of others cannot be attached to it.
        public var zones: [String]
        /// Put on every ENI created, beside those of the request and under them where both have a key. They must not vary: a request
        /// that is made again with other tags is refused, and its ENI has to be looked for.
        public var tags: [String: String]
        /// Whether ENIs without a node's tags are the node's to use; `MANAGE_UNTAGGED_ENI` in the incumbent.
        public var takesUntagged: Bool

        public init(
            instance: InstanceID, vpc: String, zones: [String], tags: [String: String] = [:], takesUntagged: Bool = true
        ) {
            self.instance = instance
            self.vpc = vpc
            self.zones = zones
            self.takesUntagged = takesUntagged
            self.tags = tags.merging([ENITag.instance: instance.rawValue]) { given, _ in given }
        }
    }

    let client: EC2Client
    let place: Place
    let view: InstanceView
    let clock: AWSClock
    let known = KnownFacts()

    public init(_ client: EC2Client, place: Place, view: InstanceView, clock: AWSClock = .system) {
        self.client = client
        self.place = place
        self.view = view
        self.clock = clock
    }

    /// The port that the node runtime asks; every copy shares what is remembered.
    public var control: EC2Control {
        EC2Control(
            describeENIs: { () throws(EC2Failure) in try await self.translated { () throws(AWSFailure) in try await self.enis() } },
            describeSubnets: { () throws(EC2Failure) in try await self.translated { () throws(AWSFailure) in try await self.subnets() } },
            describeVPCBlocks: view.vpcBlocks, describeSecurityGroups: view.securityGroups,
            createENI: { (request) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.create(request) }
            },
            attachENI: { (eni, card, deviceIndex) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.attach(eni, card: card, deviceIndex: deviceIndex) }
            },
            detachENI: { (eni) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.detach(eni) }
            },
            deleteENI: { (eni) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.delete(eni) }
            },
            assignAddresses: { (eni, count) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in
                    try await self.client.perform(.assignPrivateIPAddresses(count, to: eni)).addresses
                }
            },
            assignAddress: { (eni, address) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.assign(address, to: eni) }
            },
            assignPrefixes: { (eni, count) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in
                    try await self.client.perform(.assignPrivateIPPrefixes(count, to: eni)).prefixes
                }
            },
            assignIPv6Prefix: { (eni) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.assignIPv6Prefix(to: eni) }
            },
            setSecurityGroups: { (eni, groups) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in
                    _ = try await self.client.perform(.modifySecurityGroups(of: eni, groups))
                }
            },
            unassign: { (eni, addresses, prefixes) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.unassign(addresses, prefixes, from: eni) }
            })
    }

    func translated<Answer>(_ body: () async throws(AWSFailure) -> Answer) async throws(EC2Failure) -> Answer {
        do {
            return try await body()
        } catch {
            throw EC2Failure(error)
        }
    }
}
