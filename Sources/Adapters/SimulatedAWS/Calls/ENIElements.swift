import Addressing
import Timeline
import VPCModel

/// What EC2 tells of an ENI, in the elements of its answers and in the values of its filters.
struct ENIElements {
    private let eni: VPCModel.ENI
    private let zone: String
    private let vpc: String
    private let account: SimulatedAccount
    private let state: VPCModel.ENI.State
    /// Nil also when the detachment is complete and nobody has looked since.
    private let attachment: VPCModel.Attachment?

    init(_ eni: VPCModel.ENI, in vpc: VPCModel, _ account: SimulatedAccount, at now: Instant) {
        self.eni = eni
        self.account = account
        self.vpc = vpc.id
        zone = vpc.subnets[eni.subnet]?.zone ?? ""
        state = eni.state(at: now)
        attachment = state == .available ? nil : eni.attachment
    }

    /// As DescribeNetworkInterfaces and CreateNetworkInterface tell it.
    var all: [XMLElement] {
        common
            + [
                XMLElement("availabilityZone", zone), XMLElement("requesterManaged", false),
                .list("tagSet", Self.tags(eni.tags)),
                attachment.map { XMLElement("attachment", of: attachmentElements($0) + instanceElements($0)) },
            ].compactMap { $0 }
    }

    /// As DescribeInstances tells it, below the instance.
    var belowInstance: [XMLElement] {
        common + [attachment.map { XMLElement("attachment", of: attachmentElements($0)) }].compactMap { $0 }
    }

    private var common: [XMLElement] {
        [
            XMLElement("networkInterfaceId", eni.id), XMLElement("subnetId", eni.subnet), XMLElement("vpcId", vpc),
            XMLElement("description", eni.description), XMLElement("ownerId", account.id), XMLElement("status", status),
            XMLElement("macAddress", eni.mac), XMLElement("privateIpAddress", eni.primaryAddress), XMLElement("sourceDestCheck", true),
            XMLElement("interfaceType", "interface"),
            .list("groupSet", eni.securityGroups.map { [XMLElement("groupId", $0)] }),
            .list(
                "privateIpAddressesSet",
                ([eni.primaryAddress] + eni.secondaryAddresses).map {
                    [XMLElement("privateIpAddress", $0), XMLElement("primary", $0 == eni.primaryAddress)]
                }),
            .list("ipv4PrefixSet", eni.prefixes.map { [XMLElement("ipv4Prefix", $0)] }),
            .list("ipv6AddressesSet", []),
            .list("ipv6PrefixSet", eni.ipv6Prefixes.map { [XMLElement("ipv6Prefix", $0)] }),
        ]
    }

    private func attachmentElements(_ attachment: VPCModel.Attachment) -> [XMLElement] {
        [
            XMLElement("attachmentId", attachment.id), XMLElement("deviceIndex", attachment.deviceIndex),
            XMLElement("networkCardIndex", attachment.card), XMLElement("status", attachmentStatus),
            XMLElement("deleteOnTermination", attachment.deleteOnTermination),
        ]
    }

    private func instanceElements(_ attachment: VPCModel.Attachment) -> [XMLElement] {
        [XMLElement("instanceId", attachment.instance), XMLElement("instanceOwnerId", account.id)]
    }

    private var status: String {
        switch state {
        case .available: "available"
        case .attaching: "attaching"
        case .attached: "in-use"
        case .detaching: "detaching"
        }
    }

    private var attachmentStatus: String {
        switch state {
        case .attaching: "attaching"
        case .attached: "attached"
        case .detaching: "detaching"
        case .available: "detached"
        }
    }

    static func tags(_ tags: [String: String]) -> [[XMLElement]] {
        tags.sorted { $0.key < $1.key }.map { [XMLElement("key", $0.key), XMLElement("value", $0.value)] }
    }

    // MARK: - Filters

    static let filters: Set<String> = [
        "addresses.private-ip-address", "addresses.primary", "attachment.attachment-id", "attachment.delete-on-termination",
        "attachment.device-index", "attachment.instance-id", "attachment.instance-owner-id", "attachment.network-card-index",
        "attachment.status", "availability-zone", "description", "group-id", "interface-type", "mac-address", "network-interface-id",
        "owner-id", "private-ip-address", "requester-managed", "source-dest-check", "status", "subnet-id", "vpc-id",
    ]

    var filtered: FilteredResource {
        var values = [
            "addresses.private-ip-address": ([eni.primaryAddress] + eni.secondaryAddresses).map(\.description),
            "addresses.primary": eni.secondaryAddresses.isEmpty ? ["true"] : ["true", "false"], "availability-zone": [zone],
            "description": [eni.description], "group-id": eni.securityGroups.map(\.rawValue), "interface-type": ["interface"],
            "mac-address": ["\(eni.mac)"], "network-interface-id": [eni.id.rawValue], "owner-id": [account.id],
            "private-ip-address": ["\(eni.primaryAddress)"], "requester-managed": ["false"], "source-dest-check": ["true"],
            "status": [status], "subnet-id": [eni.subnet.rawValue], "vpc-id": [vpc],
        ]
        if let attachment {
            values.merge([
                "attachment.attachment-id": [attachment.id.rawValue],
                "attachment.delete-on-termination": ["\(attachment.deleteOnTermination)"],
                "attachment.device-index": ["\(attachment.deviceIndex)"], "attachment.instance-id": [attachment.instance.rawValue],
                "attachment.instance-owner-id": [account.id], "attachment.network-card-index": ["\(attachment.card)"],
                "attachment.status": [attachmentStatus],
            ]) { $1 }
        }
        return FilteredResource(values: values, tags: eni.tags)
    }
}
