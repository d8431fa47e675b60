public import Addressing
public import Timeline

extension VPCModel {
    /// Most addresses an ENI can hold on any instance type; the bound of an ENI that is not attached.
    static let slotsMax = 64

    /// Creates an ENI that holds a primary address and `content`, all or nothing (CreateNetworkInterface).
    ///
    /// - Parameters:
    ///   - ipv6Prefixes: How many /80 blocks it holds besides.
    ///   - clientToken: Makes the call safe to repeat: the same token with the same parameters, tags included, gives the same ENI,
    ///     as it is by then, for as long as it exists.
    /// - Throws: `RequestLimitExceeded`, `IdempotentParameterMismatch`, `InvalidSubnetID.NotFound`,
    ///   `InsufficientFreeAddressesInSubnet`, `InsufficientCidrBlocks`, `InvalidParameterValue` (also for prefixes when the subnet
    ///   has fewer free addresses than they hold, and for IPv6 where the subnet has none), `PrivateIpAddressLimitExceeded`,
    ///   `NetworkInterfaceLimitExceeded`, `SecurityGroupsPerInterfaceLimitExceeded`, `TagLimitExceeded`.
    public mutating func createENI(
        in subnet: SubnetID, securityGroups: [SecurityGroupID] = [], content: ENI.Content = .addresses(0), ipv6Prefixes: Int = 0,
        description: String = "", tags: [String: String] = [:], clientToken: String? = nil, at now: Instant
    ) throws(VPCError) -> ENI {
        try admit(.createNetworkInterface, at: now)
        try checkToken(clientToken)
        try Self.checkTags(tags)
        try Self.checkDescription(description)
        let creation = Creation(
            subnet: subnet, securityGroups: securityGroups, content: content, ipv6Prefixes: ipv6Prefixes, description: description,
            tags: tags, clientToken: clientToken)
        if let clientToken, let id = enisByToken[clientToken] {
            let earlier = try settledENI(id, at: now)
            guard earlier.origin == .request(creation) else { throw .otherParameters(token: clientToken) }
            return earlier
        }
        let eni = try makeENI(
            in: subnet, securityGroups: securityGroups, content: content, ipv6Prefixes: ipv6Prefixes, origin: .request(creation))
        if let clientToken { enisByToken[clientToken] = eni.id }
        return eni
    }

    /// Sets whether an attached ENI ends with its instance (ModifyNetworkInterfaceAttribute).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidAttachment.NotFound`.
    public mutating func modifyENI(_ id: ENIID, deleteOnTermination: Bool, at now: Instant) throws(VPCError) {
        try admit(.modifyNetworkInterfaceAttribute, at: now)
        guard try settledENI(id, at: now).attachment != nil else { throw .notAttached(id) }
        enis[id]?.attachment?.deleteOnTermination = deleteOnTermination
    }

    /// Puts an ENI into other security groups (ModifyNetworkInterfaceAttribute).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `SecurityGroupsPerInterfaceLimitExceeded`.
    public mutating func modifyENI(_ id: ENIID, securityGroups: [SecurityGroupID], at now: Instant) throws(VPCError) {
        try admit(.modifyNetworkInterfaceAttribute, at: now)
        _ = try settledENI(id, at: now)
        try checkQuota(securityGroups)
        enis[id]?.securityGroups = securityGroups
    }

    /// Describes an ENI in other words (ModifyNetworkInterfaceAttribute).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` above 255 characters.
    public mutating func modifyENI(_ id: ENIID, description: String, at now: Instant) throws(VPCError) {
        try admit(.modifyNetworkInterfaceAttribute, at: now)
        _ = try settledENI(id, at: now)
        try Self.checkDescription(description)
        enis[id]?.description = description
    }

    /// Deletes an ENI that is available (DeleteNetworkInterface); its addresses are free at once.
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` while it is attached.
    public mutating func deleteENI(_ id: ENIID, at now: Instant) throws(VPCError) {
        try admit(.deleteNetworkInterface, at: now)
        let eni = try settledENI(id, at: now)
        guard eni.attachment == nil else {
            throw VPCError(.invalidParameterValue, "Network interface '\(id)' is currently in use.")
        }
        remove(eni)
    }

    /// Returns one ENI (DescribeNetworkInterfaces by id).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`.
    public mutating func describeENI(_ id: ENIID, at now: Instant) throws(VPCError) -> ENI {
        try admit(.describeNetworkInterfaces, at: now)
        return try settledENI(id, at: now)
    }

    /// Returns the ENIs on an instance by card and device index, those attaching and detaching included; none when there is no
    /// such instance (DescribeNetworkInterfaces, filter attachment.instance-id).
    ///
    /// - Throws: `RequestLimitExceeded`.
    public mutating func describeENIs(of instance: InstanceID, at now: Instant) throws(VPCError) -> [ENI] {
        try admit(.describeNetworkInterfaces, at: now)
        return enis(of: instance, at: now)
    }

    /// Returns the ENIs with that tag in the order of their identifiers, those that are on no instance included
    /// (DescribeNetworkInterfaces, filter tag).
    ///
    /// - Throws: `RequestLimitExceeded`.
    public mutating func describeENIs(tagged tag: (key: String, value: String), at now: Instant) throws(VPCError) -> [ENI] {
        try admit(.describeNetworkInterfaces, at: now)
        let found = enis.values.filter { $0.tags[tag.key] == tag.value }.map(\.id).sorted()
        return try found.map { id throws(VPCError) in try settledENI(id, at: now) }
    }

    /// Checks everything before it takes anything.
    mutating func makeENI(
        in id: SubnetID, securityGroups: [SecurityGroupID], content: ENI.Content, ipv6Prefixes count: Int, origin: Origin
    ) throws(VPCError) -> ENI {
        guard let subnet = subnets[id] else { throw .noSuch(id) }
        try checkQuotas(securityGroups: securityGroups, content: content)
        let prefixCount = try Self.prefixCount(of: content, in: subnet)
        if count != 0 { try checkIPv6Prefixes(count, limit: Self.slotsMax, in: subnet) }
        // Blocks first: the primary address must not break the last one.
        guard let prefixes = subnets[id]?.takeBlocks(prefixCount, using: &random),
            let addresses = subnets[id]?.takeAddresses(1 + content.slots - prefixCount, using: &random), let primary = addresses.first
        else { throw .noFreeAddresses }
        guard let ipv6Prefixes = subnets[id]?.takeIPv6Prefixes(count, using: &random) else { throw .noFreeBlocks }
        let eni = ENI(
            id: identities.next(), mac: identities.nextMAC(), subnet: id, primaryAddress: primary,
            secondaryAddresses: Array(addresses.dropFirst()), prefixes: prefixes, ipv6Prefixes: ipv6Prefixes,
            securityGroups: securityGroups, description: origin.description, tags: origin.tags, origin: origin)
        enis[eni.id] = eni
        return eni
    }

    /// Takes the ENI out of the model, with its addresses and its token.
    mutating func remove(_ eni: ENI) {
        subnets[eni.subnet]?.release(all: eni)
        if let token = eni.origin.clientToken { enisByToken[token] = nil }
        enis[eni.id] = nil
    }

    private func checkQuotas(securityGroups: [SecurityGroupID], content: ENI.Content) throws(VPCError) {
        guard content.slots >= 0 else {
            throw VPCError(.invalidParameterValue, "Value (\(content.slots)) for a count of addresses is invalid")
        }
        guard content.slots < Self.slotsMax else { throw .tooManyAddresses }
        try checkQuota(securityGroups)
        guard enis.count < physics.enisMax else {
            throw VPCError(.networkInterfaceLimitExceeded, "The limit of \(physics.enisMax) network interfaces has been reached")
        }
    }

    private func checkQuota(_ securityGroups: [SecurityGroupID]) throws(VPCError) {
        guard securityGroups.count <= physics.securityGroupsMax else {
            throw VPCError(
                .securityGroupsPerInterfaceLimitExceeded,
                "\(securityGroups.count) security groups exceed the limit of \(physics.securityGroupsMax) for each interface")
        }
    }

    /// EC2's bound on descriptions: 255 characters.
    private static func checkDescription(_ text: String) throws(VPCError) {
        let count = text.unicodeScalars.count
        guard count <= 255 else {
            throw VPCError(.invalidParameterValue, "A description of \(count) characters exceeds the limit of 255")
        }
    }

    /// How many prefixes the content has, once it is sure that the subnet has room for it and for a primary address.
    private static func prefixCount(of content: ENI.Content, in subnet: Subnet) throws(VPCError) -> Int {
        switch content {
        case .addresses(let count):
            guard subnet.freeAddresses > count, subnet.reservations.isEmpty || subnet.openSingles > count else { throw .noFreeAddresses }
            return 0
        case .prefixes(let count):
            guard subnet.freeAddresses > 0, subnet.hasSingle(beside: count) else { throw .noFreeAddresses }
            guard subnet.freeAddresses > count * AddressMap.blockSize else { throw .noRoomForPrefixes }
            guard subnet.freeBlocks >= count else { throw .noFreeBlocks }
            return count
        }
    }
}
