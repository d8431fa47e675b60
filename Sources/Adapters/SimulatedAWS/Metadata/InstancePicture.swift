import AWSClient
import Addressing
import InstanceTypes
import JSON
import NodePorts
import SimulatedVPC

/// What an instance's metadata show.
struct InstancePicture: Sendable {
    var instance: SimulatedInstance
    var account: SimulatedAccount
    var vpc: String
    var vpcBlocks: [IPv4CIDR]
    /// By card and device index, so that the primary ENI comes first.
    var enis: [ENIDescription]
    var role: MetadataRole

    /// The texts by their paths below `/latest` (EC2 User Guide, "Instance metadata categories").
    func tree(at now: UTCTime) -> MetadataTree {
        var tree = MetadataTree()
        tree["dynamic/instance-identity/document"] = identityDocument
        tree["meta-data/instance-id"] = instance.id.rawValue
        tree["meta-data/instance-type"] = instance.type.name
        tree["meta-data/placement/availability-zone"] = instance.zone
        tree["meta-data/placement/region"] = account.region
        tree["meta-data/services/domain"] = "amazonaws.com"
        tree["meta-data/services/partition"] = "aws"
        tree["meta-data/iam/security-credentials/\(role.name)"] = role.document(at: now)
        if let primary = enis.first {
            tree["meta-data/mac"] = "\(primary.mac)"
            tree["meta-data/local-ipv4"] = "\(primary.primaryAddress)"
        }
        for eni in enis { add(eni, to: &tree) }
        return tree
    }

    private func add(_ eni: ENIDescription, to tree: inout MetadataTree) {
        let folder = "meta-data/network/interfaces/macs/\(eni.mac)/"
        tree[folder + "mac"] = "\(eni.mac)"
        tree[folder + "interface-id"] = eni.id.rawValue
        tree[folder + "owner-id"] = account.id
        tree[folder + "device-number"] = eni.attachment.map { "\($0.deviceIndex)" }
        // Card 0 is what a path that is not there means.
        tree[folder + "network-card"] = eni.attachment.flatMap { $0.card > 0 ? "\($0.card)" : nil }
        tree[folder + "subnet-id"] = eni.subnet.rawValue
        tree[folder + "subnet-ipv4-cidr-block"] = "\(eni.subnetBlock)"
        tree[folder + "subnet-ipv6-cidr-blocks"] = eni.subnetIPv6Block.map { "\($0)" }
        tree[folder + "vpc-id"] = vpc
        tree[folder + "vpc-ipv4-cidr-block"] = vpcBlocks.first.map { "\($0)" }
        tree[folder + "vpc-ipv4-cidr-blocks"] = Self.lines(vpcBlocks)
        tree[folder + "local-ipv4s"] = Self.lines([eni.primaryAddress] + eni.secondaryAddresses)
        tree[folder + "ipv4-prefix"] = Self.lines(eni.prefixes)
        tree[folder + "ipv6-prefix"] = Self.lines(eni.ipv6Prefixes)
        tree[folder + "security-group-ids"] = Self.lines(eni.securityGroups)
    }

    private static func lines(_ values: [some CustomStringConvertible]) -> String {
        values.map(\.description).joined(separator: "\n")
    }

    private var identityDocument: String {
        let members: [(String, String?)] = [
            ("accountId", account.id), ("architecture", instance.type.architectures.first), ("availabilityZone", instance.zone),
            ("instanceId", instance.id.rawValue), ("instanceType", instance.type.name),
            ("privateIp", enis.first.map { "\($0.primaryAddress)" }), ("region", account.region), ("version", "2017-09-30"),
        ]
        return JSONValue.object(
            JSONObject(members.compactMap { name, value in value.map { JSONObject.Member(name: name, value: .string($0)) } })
        )
        .description
    }
}

/// The role whose credentials the metadata give.
struct MetadataRole: Sendable {
    var name = "berth-node"
    var key: AWSCredentials
    var sessionToken: String

    /// The credentials do not end; clients are told to come again after six hours, as EC2's do.
    private static let life: Duration = .seconds(21_600)

    func document(at now: UTCTime) -> String {
        let members: [(String, String)] = [
            ("Code", "Success"), ("LastUpdated", "\(now)"), ("Type", "AWS-HMAC"), ("AccessKeyId", key.accessKeyID),
            ("SecretAccessKey", key.secretAccessKey), ("Token", sessionToken), ("Expiration", "\(now + Self.life)"),
        ]
        return JSONValue.object(JSONObject(members.map { JSONObject.Member(name: $0, value: .string($1)) })).description
    }
}
