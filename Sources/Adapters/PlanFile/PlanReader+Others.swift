import Addressing
import CapacityPlanner
import NodeConfiguration
import Yams

// Who else has addresses of a subnet.
extension PlanReader {
    enum Spread: String, CaseIterable {
        case random, packed
    }

    /// A share of the subnet, anywhere or all in its beginning.
    mutating func readOccupancy(
        _ node: Node, of block: IPv4CIDR, around reservations: [PlanScenario.Reservation]
    ) -> PlanScenario.Subnet.Used {
        let fields = yaml.fields(of: node, known: ["share", "spread"], required: ["share"])
        let spread: Spread = fields["spread"].flatMap { yaml.choice($0, "spread") } ?? .random
        guard let percent = fields["share"].flatMap({ percent($0, "share", in: 0...100) }) else { return .count(0) }
        let usable = SubnetSpace.usableAddresses(ofPrefixLength: block.prefixLength)
        let count = Int((percent / 100 * Double(usable)).rounded(.up))
        switch spread {
        case .random: return .count(count)
        case .packed: return .these(Self.first(count, of: block, around: reservations.map(\.block)))
        }
    }

    /// The first addresses that AWS leaves to its users and no reservation has, as few blocks as make them up.
    static func first(_ count: Int, of block: IPv4CIDR, around reserved: [IPv4CIDR]) -> [IPv4CIDR] {
        var blocks: [IPv4CIDR] = []
        var left = count
        // AWS has the first four and the last.
        var offset = 4
        while left > 0, offset < block.count - 1, let address = block.network.advanced(by: offset) {
            if let inside = reserved.first(where: { $0.contains(address) }) {
                offset = block.network.distance(to: inside.network) + inside.count
                continue
            }
            let nextReserved = reserved.map { block.network.distance(to: $0.network) }.filter { $0 > offset }.min() ?? block.count
            let room = min(left, nextReserved - offset, block.count - 1 - offset)
            // The largest block that begins here: aligned, and no larger than the room.
            let size = min(offset & -offset, 1 << (Int.bitWidth - 1 - room.leadingZeroBitCount))
            blocks.append(IPv4CIDR(containing: address, prefixLength: 32 - size.trailingZeroBitCount))
            (offset, left) = (offset + size, left - size)
        }
        return blocks
    }

    mutating func readTenants(_ node: Node) -> [PlanScenario.Subnet.Tenant] {
        let entries = list(node, "tenants", most: 100)
        yaml.requireDistinct("name", of: entries, "tenant") { $0["name"]?.string }
        return entries.compactMap { entry in
            let fields = yaml.fields(of: entry, known: ["name", "addresses", "growthPerDay"], required: ["name", "addresses"])
            let name = fields["name"].flatMap { label($0, "name") }
            let addresses = fields["addresses"].flatMap { yaml.integer($0, "addresses", in: 0...65_531) }
            let growth = fields["growthPerDay"].flatMap { yaml.number($0, "growthPerDay", in: -10_000...10_000) } ?? 0
            guard let name, let addresses else { return nil }
            return PlanScenario.Subnet.Tenant(name: name, addresses: addresses, growthPerDay: growth)
        }
    }

    /// Such as `12.5%`, without the sign.
    mutating func percent(_ node: Node, _ field: String, in range: ClosedRange<Double>) -> Double? {
        yaml.text(node, field, expected: "a share from \(range.lowerBound)% to \(range.upperBound)%") { text in
            guard text.hasSuffix("%"), let percent = Double(text.dropLast()), range.contains(percent) else { return nil }
            return percent
        }
    }
}
