import Addressing
import CapacityPlanner
import IPAMEngine
import NodeConfiguration
import Yams

// Subnets, and what is in them besides the cluster.
extension PlanReader {
    static let subnetFields = ["id", "zone", "cidr", "purpose", "ipv6", "used", "usedAddresses", "occupancy", "tenants", "reservations"]

    mutating func readSubnets(_ node: Node?, vpc: Node?) {
        let vpcBlocks = vpc.map { readVPC($0) } ?? []
        let entries = list(node, "subnets", most: Self.entriesMax)
        give("id", of: entries, "subnet")
        give("zone", of: entries.filter { $0.mapping?["purpose"]?.string != "pods" }, Self.zoneWord)
        var read: [PlanScenario.Subnet] = []
        for entry in entries {
            guard let subnet = readSubnet(entry) else { continue }
            if let other = read.first(where: { $0.block.overlaps(subnet.block) }) {
                yaml.fault(
                    entry, "subnet \(subnet.id) with \(subnet.block) overlaps \(other.id) with \(other.block)", "Give it a block of its own"
                )
            }
            if !vpcBlocks.isEmpty, !vpcBlocks.contains(where: { $0.contains(subnet.block) }) {
                let blocks = vpcBlocks.map(\.description).joined(separator: ", ")
                yaml.fault(entry, "subnet \(subnet.id) with \(subnet.block) is outside the VPC with \(blocks)", "Give it a block inside")
            }
            read.append(subnet)
        }
        yaml.requireDistinct("id", of: entries, "subnet") { $0["id"]?.string }
        subnets = read
    }

    private mutating func readVPC(_ node: Node) -> [IPv4CIDR] {
        let fields = yaml.fields(of: node, known: ["cidrs"], required: ["cidrs"])
        let entries = list(fields["cidrs"], "cidrs", most: 100)
        let blocks = entries.compactMap { entry in
            yaml.text(entry, "cidrs", expected: "IPv4 blocks of length 16 to 28 such as 10.0.0.0/16") { text in
                IPv4CIDR(text).flatMap { (16...28).contains($0.prefixLength) ? $0 : nil }
            }
        }
        for (index, block) in blocks.enumerated() {
            for other in blocks[..<index] where other.overlaps(block) {
                yaml.fault(fields["cidrs"], "\(block) overlaps \(other)", "Keep the larger")
            }
        }
        return blocks
    }

    private mutating func readSubnet(_ node: Node) -> PlanScenario.Subnet? {
        let fields = yaml.fields(of: node, known: Self.subnetFields, required: ["id", "zone", "cidr"])
        let id = fields["id"].flatMap { yaml.text($0, "id", expected: "an identifier such as subnet-0a1b") { SubnetID($0) } }
        let zone = fields["zone"].flatMap { label($0, "zone") }
        let purpose: PlanScenario.Subnet.Purpose = fields["purpose"].flatMap { yaml.choice($0, "purpose") } ?? .nodes
        let hasIPv6 = fields["ipv6"].flatMap { yaml.flag($0, "ipv6") } ?? false
        let block = fields["cidr"].flatMap {
            yaml.text($0, "cidr", expected: "an IPv4 block of length 16 to 28 such as 10.0.32.0/20, which is what AWS makes") { text in
                IPv4CIDR(text).flatMap { (16...28).contains($0.prefixLength) ? $0 : nil }
            }
        }
        guard let id, let zone, let block else { return nil }
        let reservations = fields["reservations"].map { readReservations($0, in: block) } ?? []
        let used = readUsed(fields, of: block, around: reservations)
        let tenants = fields["tenants"].map { readTenants($0) } ?? []
        let subnet = PlanScenario.Subnet(
            id: id, zone: zone, block: block, hasIPv6: hasIPv6, purpose: purpose, used: used, reservations: reservations, tenants: tenants)
        let usable = SubnetSpace.usableAddresses(ofPrefixLength: block.prefixLength)
        if !tenants.isEmpty, subnet.others > usable {
            yaml.fault(
                fields["tenants"], "tenants and others have \(subnet.others) addresses, and \(block) has \(usable)", "Give them fewer")
        }
        return subnet
    }

    private mutating func readUsed(
        _ fields: [String: Node], of block: IPv4CIDR, around reservations: [PlanScenario.Reservation]
    ) -> PlanScenario.Subnet.Used {
        let most = SubnetSpace.usableAddresses(ofPrefixLength: block.prefixLength)
        let given = ["used", "usedAddresses", "occupancy"].filter { fields[$0] != nil }
        if given.count > 1 {
            let names = given.map { "\"\($0)\"" }.joined(separator: " and ")
            yaml.fault(fields[given[0]], "\(names) are given together", "Keep one")
        }
        if let occupancy = fields["occupancy"] { return readOccupancy(occupancy, of: block, around: reservations) }
        guard let addresses = fields["usedAddresses"] else {
            return .count(fields["used"].flatMap { yaml.integer($0, "used", in: 0...most) } ?? 0)
        }
        let blocks = yaml.list(addresses, "usedAddresses").compactMap { part($0, "usedAddresses", of: block) }
        checkApart(blocks, addresses, "usedAddresses")
        return .these(blocks)
    }

    private mutating func readReservations(_ node: Node, in block: IPv4CIDR) -> [PlanScenario.Reservation] {
        let reservations = yaml.list(node, "reservations").compactMap { entry -> PlanScenario.Reservation? in
            let fields = yaml.fields(of: entry, known: ["cidr", "type"], required: ["cidr", "type"])
            let kind: PlanScenario.Reservation.Kind? = fields["type"].flatMap { yaml.choice($0, "type") }
            guard let part = fields["cidr"].flatMap({ part($0, "cidr", of: block) }), let kind else { return nil }
            return PlanScenario.Reservation(block: part, kind: kind)
        }
        checkApart(reservations.map(\.block), node, "reservations")
        return reservations
    }

    private mutating func part(_ node: Node, _ field: String, of block: IPv4CIDR) -> IPv4CIDR? {
        yaml.text(node, field, expected: "an address or a block inside \(block)") { text in
            let part = IPv4CIDR(text) ?? IPv4Address(text).map { IPv4CIDR(host: $0) }
            return part.flatMap { block.contains($0) ? $0 : nil }
        }
    }

    private mutating func checkApart(_ blocks: [IPv4CIDR], _ node: Node, _ field: String) {
        let sorted = blocks.sorted()
        for (a, b) in zip(sorted, sorted.dropFirst()) where a.overlaps(b) {
            yaml.fault(node, "\"\(field)\" has \(b), which overlaps \(a)", "Keep one")
        }
    }

    /// Whether the subnets are those that the networking needs.
    mutating func checkSubnets(_ node: Node?, _ networkingNode: Node?) {
        let hasIPv6 = networking.addressing.hasIPv6
        for subnet in subnets where hasIPv6 && !subnet.hasIPv6 {
            yaml.fault(node, "subnet \(subnet.id) has no IPv6, and mode is \(networking.addressing)", "Give it ipv6: true, or another mode")
        }
        guard networking.isCustom else { return }
        for zone in Set(groups.flatMap(\.zones)).sorted() where !subnets.contains(where: { $0.zone == zone && $0.purpose == .pods }) {
            yaml.fault(
                networkingNode, "customNetworking is true, and \(zone) has no subnet with purpose: pods",
                "Add one, as an ENIConfig would name it, or set it to false")
        }
    }
}
