import Addressing
import InstanceTypes
import Timeline
import VPCModel

struct DescribeInstances: QueryCall, Hashable {
    static let operation = EC2Operation.describeInstances

    var ids: [InstanceID]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        ids = try parameters.identifiers("InstanceId")
        filters = try DescribeFilters(&parameters, known: Self.filters)
        page = try ResultPage(&parameters, namesResults: !ids.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let model = vpc
        let found = try vpc.instances.named(ids) { VPCError(.invalidInstanceIDNotFound, "The instance ID '\($0)' does not exist") }
            .filter { instance in filters.pass { Self.filtered(instance, in: model, account, at: now) } }
        return page.elements("reservationSet", found, name: \.id.rawValue) { instance in
            // Every instance was launched by a request of its own.
            [
                XMLElement("reservationId", "r-" + instance.id.rawValue.dropFirst(InstanceID.prefix.count)),
                XMLElement("ownerId", account.id), .list("groupSet", []),
                .list("instancesSet", [Self.elements(of: instance, in: model, account, at: now)]),
            ]
        }
    }

    private static func elements(
        of instance: VPCModel.Instance, in vpc: VPCModel, _ account: SimulatedAccount, at now: Instant
    ) -> [XMLElement] {
        let enis = vpc.enis(of: instance.id, at: now)
        let primary = instance.enis[instance.primaryPlace].flatMap { vpc.enis[$0] }
        return [
            XMLElement("instanceId", instance.id), XMLElement("instanceType", instance.type.name),
            XMLElement("instanceState", of: [XMLElement("code", 16), XMLElement("name", "running")]),
            XMLElement("placement", of: [XMLElement("availabilityZone", instance.zone)]), XMLElement("subnetId", instance.subnet),
            XMLElement("vpcId", vpc.id), .list("groupSet", (primary?.securityGroups ?? []).map { [XMLElement("groupId", $0)] }),
            .list("networkInterfaceSet", enis.map { ENIElements($0, in: vpc, account, at: now).belowInstance }),
            .list("tagSet", ENIElements.tags(instance.tags)), XMLElement("sourceDestCheck", true),
        ] + [XMLElement("privateIpAddress", ifKnown: primary?.primaryAddress)].compactMap { $0 }
    }

    // MARK: - Filters

    private static let filters: Set<String> = [
        "availability-zone", "instance-id", "instance-state-code", "instance-state-name", "instance-type",
        "network-interface.network-interface-id", "network-interface.subnet-id", "owner-id", "private-ip-address", "subnet-id", "vpc-id",
    ]

    private static func filtered(
        _ instance: VPCModel.Instance, in vpc: VPCModel, _ account: SimulatedAccount, at now: Instant
    ) -> FilteredResource {
        let enis = vpc.enis(of: instance.id, at: now)
        return FilteredResource(
            values: [
                "availability-zone": [instance.zone], "instance-id": [instance.id.rawValue], "instance-state-code": ["16"],
                "instance-state-name": ["running"], "instance-type": [instance.type.name],
                "network-interface.network-interface-id": enis.map(\.id.rawValue),
                "network-interface.subnet-id": enis.map(\.subnet.rawValue), "owner-id": [account.id],
                "private-ip-address": enis.prefix(1).map { "\($0.primaryAddress)" }, "subnet-id": [instance.subnet.rawValue],
                "vpc-id": [vpc.id],
            ], tags: instance.tags)
    }
}
