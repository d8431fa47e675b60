import AWSClient
public import Addressing
import JSON

/// Which instance this is.
public struct InstanceIdentity: Hashable, Sendable {
    public var instance: InstanceID
    /// Such as `m5.large`.
    public var type: String
    public var zone: String
    public var region: String
    /// The twelve digits of the account; nil where the identity document is not served.
    public var account: String?
    /// The MAC address of the primary ENI.
    public var mac: MACAddress
}

/// An ENI as the instance metadata show it.
public struct MetadataENI: Hashable, Sendable {
    public var mac: MACAddress
    public var id: ENIID
    public var deviceIndex: Int
    public var card: Int
    public var subnet: SubnetID
    public var vpc: String
    /// Nil on an ENI without IPv4.
    public var subnetBlock: IPv4CIDR?
    public var subnetIPv6Block: IPv6CIDR?
    /// The primary first; empty on an ENI without IPv4.
    public var addresses: [IPv4Address]
    public var prefixes: [IPv4CIDR]
    public var ipv6Addresses: [IPv6Address]
    public var ipv6Prefixes: [IPv6CIDR]
    public var securityGroups: [SecurityGroupID]
}

extension InstanceMetadata {
    public func identity() async throws(IMDSFailure) -> InstanceIdentity {
        let zone = try await required("meta-data/placement/availability-zone")
        let document = try await identityDocument()
        return InstanceIdentity(
            instance: try await value("meta-data/instance-id", "instance identifier", InstanceID.init),
            type: try await required("meta-data/instance-type"), zone: zone, region: try await region(zone, document),
            account: document?["accountId"]?.string, mac: try await value("meta-data/mac", "MAC address") { MACAddress($0) })
    }

    /// Old instances have no region of their own in the metadata; a zone's name is its region's and a letter.
    private func region(_ zone: String, _ document: JSONValue?) async throws(IMDSFailure) -> String {
        if let region = try await text("meta-data/placement/region") ?? document?["region"]?.string { return region }
        return String(zone.dropLast())
    }

    private func identityDocument() async throws(IMDSFailure) -> JSONValue? {
        guard let text = try await text("dynamic/instance-identity/document") else { return nil }
        return try? JSONValue(parsing: Array(text.utf8), bytesMax: 64 << 10)
    }

    /// Returns the ENIs that are shown, in the order of their MAC addresses. One that goes while it is looked at is left out.
    ///
    /// The primary ENI has been seen with another device index than 0, which it cannot have (AWS VPC CNI, `awsutils`).
    public func enis() async throws(IMDSFailure) -> [MetadataENI] {
        let primary = try await primaryMAC()
        var enis: [MetadataENI] = []
        for mac in try await macs() {
            guard var eni = try await eni(mac) else { continue }
            if mac == primary { (eni.deviceIndex, eni.card) = (0, 0) }
            enis.append(eni)
        }
        return enis.sorted { $0.mac < $1.mac }
    }

    /// Returns the ENI with that MAC address; nil while it is not shown, or not whole.
    public func eni(_ mac: MACAddress) async throws(IMDSFailure) -> MetadataENI? {
        let folder = Self.folder(mac)
        guard let id = try await optional("\(folder)/interface-id", "ENI identifier", { ENIID($0) }),
            let deviceIndex = try await optional("\(folder)/device-number", "number", { Int($0) }),
            let subnet = try await optional("\(folder)/subnet-id", "subnet identifier", { SubnetID($0) }),
            let vpc = try await text("\(folder)/vpc-id")
        else { return nil }
        return MetadataENI(
            mac: mac, id: id, deviceIndex: deviceIndex, card: try await optional("\(folder)/network-card", "number", { Int($0) }) ?? 0,
            subnet: subnet, vpc: vpc, subnetBlock: try await optional("\(folder)/subnet-ipv4-cidr-block", "IPv4 block", { IPv4CIDR($0) }),
            subnetIPv6Block: try await list("\(folder)/subnet-ipv6-cidr-blocks", "IPv6 block") { IPv6CIDR($0) }.first,
            addresses: try await list("\(folder)/local-ipv4s", "IPv4 address") { IPv4Address($0) },
            prefixes: try await list("\(folder)/ipv4-prefix", "IPv4 block") { IPv4CIDR($0) },
            ipv6Addresses: try await list("\(folder)/ipv6s", "IPv6 address") { IPv6Address($0) },
            ipv6Prefixes: try await list("\(folder)/ipv6-prefix", "IPv6 block") { IPv6CIDR($0) },
            securityGroups: try await list("\(folder)/security-group-ids", "security group") { SecurityGroupID($0) })
    }

    /// Whether an ENI with that MAC address is shown.
    public func shows(_ mac: MACAddress) async throws(IMDSFailure) -> Bool {
        try await text("\(Self.folder(mac))/interface-id") != nil
    }

    /// Returns the identifier of the VPC that the primary ENI is in.
    public func vpc() async throws(IMDSFailure) -> String {
        try await required("\(Self.folder(try await primaryMAC()))/vpc-id")
    }

    /// Returns the IPv4 blocks of the VPC. One that was associated a moment ago may be missing.
    public func vpcBlocks() async throws(IMDSFailure) -> [IPv4CIDR] {
        let folder = Self.folder(try await primaryMAC())
        let blocks = try await list("\(folder)/vpc-ipv4-cidr-blocks", "IPv4 block") { IPv4CIDR($0) }
        if !blocks.isEmpty { return blocks }
        return try await list("\(folder)/vpc-ipv4-cidr-block", "IPv4 block") { IPv4CIDR($0) }
    }

    /// Returns the security groups of the primary ENI. A change shows late.
    public func securityGroups() async throws(IMDSFailure) -> [SecurityGroupID] {
        try await list("\(Self.folder(try await primaryMAC()))/security-group-ids", "security group") { SecurityGroupID($0) }
    }

    private func primaryMAC() async throws(IMDSFailure) -> MACAddress {
        try await value("meta-data/mac", "MAC address") { MACAddress($0) }
    }

    private func macs() async throws(IMDSFailure) -> [MACAddress] {
        try await list("meta-data/network/interfaces/macs/", "MAC address") { MACAddress($0.hasSuffix("/") ? $0.dropLast() : $0[...]) }
    }

    private static func folder(_ mac: MACAddress) -> String { "meta-data/network/interfaces/macs/\(mac)" }

    // MARK: - Reading

    private func required(_ path: String) async throws(IMDSFailure) -> String {
        guard let text = try await text(path) else { throw .missing(path) }
        return text
    }

    private func value<Value>(
        _ path: String, _ what: String, _ read: (String) -> Value?
    ) async throws(IMDSFailure) -> Value {
        guard let value = try await optional(path, what, read) else { throw .missing(path) }
        return value
    }

    private func optional<Value>(
        _ path: String, _ what: String, _ read: (String) -> Value?
    ) async throws(IMDSFailure) -> Value? {
        guard let text = try await text(path) else { return nil }
        guard let value = read(text) else { throw .unreadable(path, text, what) }
        return value
    }

    private func list<Value>(
        _ path: String, _ what: String, _ read: (String) -> Value?
    ) async throws(IMDSFailure) -> [Value] {
        var values: [Value] = []
        for line in try await lines(path) {
            guard let value = read(line) else { throw .unreadable(path, line, what) }
            values.append(value)
        }
        return values
    }
}
