import Addressing
import Timeline
import VPCModel

/// Of the one VPC there is.
struct DescribeVPCs: QueryCall, Hashable {
    static let operation = EC2Operation.describeVPCs

    var ids: [String]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        ids = try parameters.list("VpcId")
        filters = try DescribeFilters(&parameters, known: ["cidr", "cidr-block-association.cidr-block", "owner-id", "state", "vpc-id"])
        page = try ResultPage(&parameters, namesResults: !ids.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let (id, blocks) = (vpc.id, vpc.blocks)
        if let strange = ids.first(where: { $0 != id }) {
            throw VPCError(.invalidVPCIDNotFound, "The vpc ID '\(strange)' does not exist")
        }
        let passes = filters.pass {
            FilteredResource(values: [
                "cidr": blocks.prefix(1).map(\.description), "cidr-block-association.cidr-block": blocks.map(\.description),
                "owner-id": [account.id], "state": ["available"], "vpc-id": [id],
            ])
        }
        return page.elements("vpcSet", passes ? [id] : [], name: { $0 }) { Self.elements(of: $0, blocks, account) }
    }

    private static func elements(of vpc: String, _ blocks: [IPv4CIDR], _ account: SimulatedAccount) -> [XMLElement] {
        let associations = blocks.enumerated().map { number, block in
            [
                XMLElement("associationId", "vpc-cidr-assoc-\(vpc.dropFirst(4))\(number)"), XMLElement("cidrBlock", block),
                XMLElement("cidrBlockState", of: [XMLElement("state", "associated")]),
            ]
        }
        return [
            XMLElement("vpcId", vpc), XMLElement("ownerId", account.id), XMLElement("state", "available"),
            XMLElement("isDefault", false), XMLElement("instanceTenancy", "default"), .list("cidrBlockAssociationSet", associations),
            .list("tagSet", []),
        ] + [XMLElement("cidrBlock", ifKnown: blocks.first)].compactMap { $0 }
    }
}

/// The zones in which there are subnets.
struct DescribeAvailabilityZones: QueryCall, Hashable {
    static let operation = EC2Operation.describeAvailabilityZones

    var names: [String]
    var filters: DescribeFilters

    init(_ parameters: inout CallParameters) throws(VPCError) {
        names = try parameters.list("ZoneName")
        filters = try DescribeFilters(&parameters, known: ["region-name", "state", "zone-name"])
        _ = try parameters.flag("AllAvailabilityZones")
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let zones = Set(vpc.subnets.values.map(\.zone))
        if let strange = names.first(where: { !zones.contains($0) }) {
            throw VPCError(.invalidParameterValue, "Invalid availability zone: [\(strange)]")
        }
        let found = zones.sorted().filter { zone in
            guard names.isEmpty || names.contains(zone) else { return false }
            return filters.pass {
                FilteredResource(values: ["region-name": [account.region], "state": ["available"], "zone-name": [zone]])
            }
        }
        return [
            .list(
                "availabilityZoneInfo",
                found.map {
                    [XMLElement("zoneName", $0), XMLElement("zoneState", "available"), XMLElement("regionName", account.region)]
                })
        ]
    }
}

/// The groups that ENIs are in: the model knows no others, and of these no more than their identifiers.
struct DescribeSecurityGroups: QueryCall, Hashable {
    static let operation = EC2Operation.describeSecurityGroups

    var ids: [SecurityGroupID]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        ids = try parameters.identifiers("GroupId")
        filters = try DescribeFilters(&parameters, known: ["group-id", "owner-id", "vpc-id"])
        page = try ResultPage(&parameters, namesResults: !ids.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let id = vpc.id
        let known = Set(vpc.enis.values.flatMap(\.securityGroups))
        if let strange = ids.first(where: { !known.contains($0) }) {
            throw VPCError(.invalidGroupNotFound, "The security group '\(strange)' does not exist")
        }
        let found = (ids.isEmpty ? known : Set(ids)).sorted().filter { group in
            filters.pass { FilteredResource(values: ["group-id": [group.rawValue], "owner-id": [account.id], "vpc-id": [id]]) }
        }
        return page.elements("securityGroupInfo", found, name: \.rawValue) {
            [XMLElement("groupId", $0), XMLElement("ownerId", account.id), XMLElement("vpcId", id)]
        }
    }
}
