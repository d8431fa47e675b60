import Addressing
import Timeline
import VPCModel

struct DescribeSubnets: QueryCall, Hashable {
    static let operation = EC2Operation.describeSubnets

    var ids: [SubnetID]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        ids = try parameters.identifiers("SubnetId")
        filters = try DescribeFilters(&parameters, known: Self.filters)
        page = try ResultPage(&parameters, namesResults: !ids.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let id = vpc.id
        let found = try vpc.subnets.named(ids) { VPCError(.invalidSubnetIDNotFound, "The subnet ID '\($0)' does not exist") }
            .filter { subnet in filters.pass { Self.filtered(subnet, of: id, account) } }
        return page.elements("subnetSet", found, name: \.id.rawValue) { Self.elements(of: $0, in: id, account) }
    }

    private static func elements(of subnet: VPCModel.Subnet, in vpc: String, _ account: SimulatedAccount) -> [XMLElement] {
        let ipv6Associations = [subnet.ipv6Block].compactMap { $0 }.map { block in
            [
                XMLElement("associationId", "subnet-cidr-assoc-" + subnet.id.rawValue.dropFirst(SubnetID.prefix.count)),
                XMLElement("ipv6CidrBlock", block), XMLElement("ipv6CidrBlockState", of: [XMLElement("state", "associated")]),
            ]
        }
        return [
            XMLElement("subnetId", subnet.id),
            XMLElement("subnetArn", "arn:aws:ec2:\(account.region):\(account.id):subnet/\(subnet.id)"), XMLElement("state", "available"),
            XMLElement("ownerId", account.id), XMLElement("vpcId", vpc), XMLElement("cidrBlock", subnet.block),
            .list("ipv6CidrBlockAssociationSet", ipv6Associations), XMLElement("availableIpAddressCount", subnet.freeAddresses),
            XMLElement("availabilityZone", subnet.zone), XMLElement("defaultForAz", false), XMLElement("mapPublicIpOnLaunch", false),
            XMLElement("assignIpv6AddressOnCreation", false), XMLElement("ipv6Native", false),
            .list("tagSet", ENIElements.tags(subnet.tags)),
        ]
    }

    // MARK: - Filters

    /// EC2 knows several of these by two or three names.
    private static let filters: Set<String> = [
        "availability-zone", "availabilityZone", "available-ip-address-count", "cidr", "cidr-block", "cidrBlock", "default-for-az",
        "defaultForAz", "ipv6-cidr-block-association.ipv6-cidr-block", "owner-id", "state", "subnet-id", "vpc-id",
    ]

    private static func filtered(_ subnet: VPCModel.Subnet, of vpc: String, _ account: SimulatedAccount) -> FilteredResource {
        let (zone, block) = ([subnet.zone], ["\(subnet.block)"])
        return FilteredResource(
            values: [
                "availability-zone": zone, "availabilityZone": zone, "available-ip-address-count": ["\(subnet.freeAddresses)"],
                "cidr": block, "cidr-block": block, "cidrBlock": block, "default-for-az": ["false"], "defaultForAz": ["false"],
                "ipv6-cidr-block-association.ipv6-cidr-block": [subnet.ipv6Block].compactMap { $0?.description },
                "owner-id": [account.id], "state": ["available"], "subnet-id": [subnet.id.rawValue], "vpc-id": [vpc],
            ], tags: subnet.tags)
    }
}
