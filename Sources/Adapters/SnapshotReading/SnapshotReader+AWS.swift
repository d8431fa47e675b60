import Addressing
import CapacityPlanner
import ClusterImport
import JSON

// What the AWS CLI writes with --output json: EC2's answers by the names of its API, with capitals (EC2 API Reference).
extension SnapshotReader {
    static let awsLists = ["Vpcs", "Subnets", "NetworkInterfaces", "Reservations", "SubnetIpv4CidrReservations"]
    private static let awsCalls =
        "aws ec2 describe-vpcs, describe-subnets, describe-network-interfaces, describe-instances or get-subnet-cidr-reservations"

    /// Reads one document, whichever of the calls it is of; several in one, as a script may join them, are read each.
    mutating func readAWS(_ document: JSONPlace) -> CloudSnapshot {
        var cloud = CloudSnapshot()
        if let parts = document.value.array {
            for part in document.elements(parts) { cloud.add(readAWS(part)) }
            return cloud
        }
        guard Self.awsLists.contains(where: { document.value[$0] != nil }) || document.value["SubnetIpv6CidrReservations"] != nil else {
            fault(
                document, "it is \(document.value.kind) without \(Self.awsLists.joined(separator: ", "))",
                "Give the whole output of \(Self.awsCalls), with --output json and without --query")
            return cloud
        }
        if document["NextToken"] != nil {
            fault(document, "it is one page of several: it has a NextToken", "Run the command without --max-items and --no-paginate")
        }
        cloud.vpcs = list(document, "Vpcs").compactMap { readVPC($0) }
        cloud.subnets = list(document, "Subnets").compactMap { readSubnet($0) }
        cloud.interfaces = list(document, "NetworkInterfaces").compactMap { readInterface($0) }
        for reservation in list(document, "Reservations") {
            cloud.instances += list(reservation, "Instances").compactMap { readInstance($0) }
        }
        cloud.reservations = list(document, "SubnetIpv4CidrReservations").compactMap { readReservation($0) }
        return cloud
    }

    private mutating func readVPC(_ vpc: JSONPlace) -> CloudSnapshot.VPC? {
        guard let id = text(vpc, "VpcId", required: true) else { return nil }
        var blocks: [IPv4CIDR] = []
        for association in list(vpc, "CidrBlockAssociationSet") {
            let state = association["CidrBlockState"].flatMap { text($0, "State") } ?? "associated"
            if let block = cidr(association, "CidrBlock"), state == "associated" { blocks.append(block) }
        }
        if let block = cidr(vpc, "CidrBlock"), !blocks.contains(block) { blocks.append(block) }
        return CloudSnapshot.VPC(id: id, blocks: blocks)
    }

    private mutating func readSubnet(_ subnet: JSONPlace) -> CloudSnapshot.Subnet? {
        let id = identifier(subnet, "SubnetId") as SubnetID?
        let zone = label(subnet, "AvailabilityZone")
        // A subnet of IPv6 alone is no fault: nothing of IPv4 is taken from it.
        guard subnet["CidrBlock"] != nil || subnet["Ipv6Native"]?.value.bool != true else { return nil }
        let block = parsed(subnet, "CidrBlock", "an IPv4 block of length 16 to 28", required: true) { text in
            IPv4CIDR(text).flatMap { (16...28).contains($0.prefixLength) ? $0 : nil }
        }
        let hasIPv6 = list(subnet, "Ipv6CidrBlockAssociationSet").contains { association in
            association["Ipv6CidrBlockState"]?.value["State"]?.string ?? "associated" == "associated"
        }
        let free = integer(subnet, "AvailableIpAddressCount", in: 0...65_536)
        let vpc = text(subnet, "VpcId")
        let tags = tags(subnet)
        guard let id, let zone, let block else { return nil }
        return CloudSnapshot.Subnet(id: id, vpc: vpc, zone: zone, block: block, hasIPv6: hasIPv6, freeAddresses: free, tags: tags)
    }

    private mutating func readInterface(_ eni: JSONPlace) -> CloudSnapshot.Interface? {
        let id = text(eni, "NetworkInterfaceId", required: true)
        let subnet = identifier(eni, "SubnetId") as SubnetID?
        var addresses = list(eni, "PrivateIpAddresses").compactMap { address($0, "PrivateIpAddress") }
        if let primary = address(eni, "PrivateIpAddress"), !addresses.contains(primary) { addresses.insert(primary, at: 0) }
        let prefixes = list(eni, "Ipv4Prefixes").compactMap { cidr($0, "Ipv4Prefix") }
        let kind = text(eni, "InterfaceType") ?? "interface"
        let description = text(eni, "Description") ?? ""
        let tags = tags(eni, "TagSet")
        let attachment = eni["Attachment"]
        let instance = attachment.flatMap { text($0, "InstanceId") }
        let index = attachment.flatMap { integer($0, "DeviceIndex", in: 0...1000) }
        guard let id, let subnet else { return nil }
        return CloudSnapshot.Interface(
            id: id, subnet: subnet, addresses: addresses, prefixes: prefixes, kind: kind, description: description, instance: instance,
            deviceIndex: index, tags: tags)
    }

    /// Nil for one that has ended, which holds nothing.
    private mutating func readInstance(_ instance: JSONPlace) -> CloudSnapshot.Instance? {
        let id = text(instance, "InstanceId", required: true)
        let type = label(instance, "InstanceType")
        let state = instance["State"].flatMap { text($0, "Name") }
        let zone = instance["Placement"].flatMap { label($0, "AvailabilityZone") } ?? ""
        let subnet = instance["SubnetId"] == nil ? nil : identifier(instance, "SubnetId") as SubnetID?
        let vpc = text(instance, "VpcId")
        let tags = tags(instance)
        guard let id, let type, state != "terminated", state != "shutting-down" else { return nil }
        return CloudSnapshot.Instance(id: id, type: type, zone: zone, subnet: subnet, vpc: vpc, tags: tags)
    }

    private mutating func readReservation(_ reservation: JSONPlace) -> CloudSnapshot.Reservation? {
        let subnet = identifier(reservation, "SubnetId") as SubnetID?
        let block = cidr(reservation, "Cidr", required: true)
        let kind = parsed(reservation, "ReservationType", "prefix or explicit", required: true) {
            PlanScenario.Reservation.Kind(rawValue: $0)
        }
        guard let subnet, let block, let kind else { return nil }
        return CloudSnapshot.Reservation(subnet: subnet, block: block, kind: kind)
    }

    // MARK: - What several have

    private mutating func identifier<ID: CloudIdentifier>(_ parent: JSONPlace, _ name: String) -> ID? {
        parsed(parent, name, "an identifier such as \(ID.prefix)0a1b", required: true) { ID($0) }
    }

    private mutating func label(_ parent: JSONPlace, _ name: String) -> String? {
        parsed(parent, name, "a text of 1 to 128 bytes", required: true) { (1...128).contains($0.utf8.count) ? $0 : nil }
    }

    private mutating func cidr(_ parent: JSONPlace, _ name: String, required: Bool = false) -> IPv4CIDR? {
        parsed(parent, name, "an IPv4 block such as 10.0.32.0/20", required: required) { IPv4CIDR($0) }
    }

    private mutating func address(_ parent: JSONPlace, _ name: String) -> IPv4Address? {
        parsed(parent, name, "an IPv4 address") { IPv4Address($0) }
    }

    private mutating func tags(_ parent: JSONPlace, _ name: String = "Tags") -> [String: String] {
        var tags: [String: String] = [:]
        for tag in list(parent, name) {
            if let key = text(tag, "Key", required: true) { tags[key] = text(tag, "Value") ?? "" }
        }
        return tags
    }
}
