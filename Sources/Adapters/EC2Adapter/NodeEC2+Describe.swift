import AWSClient
import Addressing
import NodePorts

extension NodeEC2 {
    /// The ENIs whose attachment is complete, by card and device index, and the places of those that are not for pods. ENIs attaching,
    /// and those about to go, are no use to the node.
    func enis() async throws(AWSFailure) -> NodeENIs {
        let filter = EC2Filter("attachment.instance-id", [place.instance.rawValue])
        let call = EC2Call.describeNetworkInterfaces(filters: [filter], pageSize: 100)
        let found = try await client.pages(call).flatMap(\.enis)
        for eni in found { known.learn(eni) }
        let attached = found.filter { $0.attachment?.status == "attached" && !$0.isOfOthers(than: place) }
        try await learnBlocks(of: attached.map(\.subnetId))
        var descriptions: [ENIDescription] = []
        for eni in attached { descriptions.append(try describe(eni)) }
        return NodeENIs(
            descriptions.sorted { a, b in
                (a.attachment?.card ?? 0, a.attachment?.deviceIndex ?? 0) < (b.attachment?.card ?? 0, b.attachment?.deviceIndex ?? 0)
            },
            attachmentsOfOthers: found.filter { $0.isOfOthers(than: place) }.compactMap { $0.attachment?.place },
            trunk: found.first { $0.interfaceType == "trunk" && $0.attachment?.status == "attached" }?.macAddress)
    }

    /// The subnets of the VPC in the node's zones that have IPv4, in the order of their identifiers.
    func subnets() async throws(AWSFailure) -> [SubnetDescription] {
        var filters = [EC2Filter("vpc-id", [place.vpc])]
        if !place.zones.isEmpty { filters.append(EC2Filter("availability-zone", place.zones)) }
        let call = EC2Call.describeSubnets(filters: filters, pageSize: 200)
        let found = try await client.pages(call).flatMap(\.subnets)
        known.learn(found)
        return found.compactMap(SubnetDescription.init).sorted { $0.id < $1.id }
    }

    /// Describes an ENI in the node's words; its subnet's blocks must be known.
    func describe(_ eni: NetworkInterface) throws(AWSFailure) -> ENIDescription {
        guard let address = eni.privateIpAddress, let blocks = known.blocks(of: eni.subnetId) else {
            throw AWSFailure(
                code: "UnreadableAnswer",
                message: "\(eni.networkInterfaceId) in \(eni.subnetId) came without a primary IPv4 address or its subnet's IPv4 block",
                meaning: .unanswered)
        }
        return ENIDescription(
            id: eni.networkInterfaceId, mac: eni.macAddress, subnet: eni.subnetId, subnetBlock: blocks.block,
            subnetIPv6Block: blocks.ipv6Block, primaryAddress: address, secondaryAddresses: eni.secondaryAddresses, prefixes: eni.prefixes,
            ipv6Prefixes: eni.ipv6Prefixes, securityGroups: eni.securityGroups, tags: eni.tags,
            attachment: eni.attachment?.place)
    }

    /// Asks for the subnets whose blocks are not known yet; usually none.
    func learnBlocks(of subnets: [SubnetID]) async throws(AWSFailure) {
        let missing = Set(subnets).filter { known.blocks(of: $0) == nil }.sorted()
        guard !missing.isEmpty else { return }
        known.learn(try await client.pages(.describeSubnets(missing)).flatMap(\.subnets))
    }

    /// Returns an ENI as EC2 sees it at this moment.
    func eni(_ id: ENIID) async throws(AWSFailure) -> NetworkInterface {
        guard let eni = try await client.perform(.describeNetworkInterfaces([id])).enis.first else {
            throw AWSFailure(
                code: "InvalidNetworkInterfaceID.NotFound", message: "The networkInterface ID '\(id)' does not exist", meaning: .refused)
        }
        known.learn(eni)
        return eni
    }
}

extension NetworkInterface {
    /// Whether the ENI is left alone: those without IPv4 and those of another type carry other traffic (EFA, the trunk of branch ENIs),
    /// those with another node's or another cluster's tags are somebody's. The primary ENI is the node's whatever it bears.
    fileprivate func isOfOthers(than place: NodeEC2.Place) -> Bool {
        if let place = attachment?.place, place.card == 0, place.deviceIndex == 0 { return false }
        guard privateIpAddress != nil, [nil, "interface"].contains(interfaceType) else { return true }
        if let maker = tags[ENITag.instance] { return maker != place.instance.rawValue }
        let isOfOurCluster = tags[ENITag.cluster].map { $0 == place.tags[ENITag.cluster] }
        return !(isOfOurCluster ?? place.takesUntagged)
    }
}

extension NetworkInterface.Attachment {
    fileprivate var place: ENIDescription.Attachment {
        ENIDescription.Attachment(id: attachmentId, card: networkCardIndex ?? 0, deviceIndex: deviceIndex)
    }
}

extension SubnetDescription {
    /// Nil for a subnet without IPv4. EC2 does not tell how many /28 blocks are free.
    init?(_ subnet: Subnet) {
        guard let block = subnet.cidrBlock else { return nil }
        self.init(
            id: subnet.subnetId, zone: subnet.availabilityZone, block: block, ipv6Block: subnet.ipv6Block,
            freeAddresses: subnet.availableIpAddressCount ?? 0, tags: subnet.tags)
    }
}
