import Addressing
import CapacityPlanner

/// The ENIs that are neither of the cluster's nodes nor of its control plane, and what they hold.
struct OtherUse {
    let all: [CloudSnapshot.Interface]
    let controlPlane: [CloudSnapshot.Interface]
    private let isTold: Bool
    private let bySubnet: [SubnetID: [CloudSnapshot.Interface]]
    private let othersBySubnet: [SubnetID: [CloudSnapshot.Interface]]
    private let reservations: [SubnetID: [IPv4CIDR]]

    init(_ cloud: CloudSnapshot, _ nodes: ImportedNodes) {
        let ofNodes = cloud.interfaces.filter { $0.instance.map { nodes.instances.contains($0) } ?? false }
        let trunks = Set(ofNodes.map(\.id))
        controlPlane = cloud.interfaces.filter { eni in
            eni.controlPlaneCluster.map { nodes.cluster == nil || $0 == nodes.cluster } ?? false
        }
        let ours = trunks.union(controlPlane.map(\.id))
        all = cloud.interfaces.filter { !ours.contains($0.id) && !($0.trunk.map { trunks.contains($0) } ?? false) }
        isTold = !cloud.interfaces.isEmpty
        bySubnet = Dictionary(grouping: cloud.interfaces, by: \.subnet)
        othersBySubnet = Dictionary(grouping: all, by: \.subnet)
        reservations = Dictionary(grouping: cloud.reservations, by: \.subnet).mapValues { $0.map(\.block) }
    }

    /// What others hold of a subnet: the addresses themselves where ENIs explain all that EC2 counts, and else a number.
    func use(of subnet: CloudSnapshot.Subnet, _ notes: inout ImportNotes) -> PlanScenario.Subnet.Used {
        let usable = SubnetSpace.usableAddresses(ofPrefixLength: subnet.block.prefixLength)
        let counted = subnet.freeAddresses.map { max(0, usable - $0) }
        guard isTold else {
            let inUse = counted.map { "EC2 counts \($0) addresses in use, the cluster's own among them" } ?? "EC2 gave no count either"
            notes.say(.subnet(subnet.id), "Assumed: others hold nothing, as no ENIs were told. \(inUse)")
            return .count(0)
        }
        let others = othersBySubnet[subnet.id] ?? []
        let ranges = AddressRanges(others, in: subnet.block)
        tellLeftovers(others, of: subnet.id, &notes)
        guard let counted else {
            notes.say(.subnet(subnet.id), "EC2's count of free addresses is unknown: only what ENIs hold is here")
            return ranges.used
        }
        let explained = AddressRanges(bySubnet[subnet.id] ?? [], in: subnet.block)
        let unexplained = beyondReservations(counted - explained.count, subnet, explained, &notes)
        guard unexplained > 0 else { return ranges.used }
        notes.say(
            .subnet(subnet.id),
            "EC2 counts \(counted) addresses in use, and ENIs explain \(explained.count): \(unexplained) at unknown places beside the "
                + "\(ranges.count) of other ENIs")
        return .count(min(usable, ranges.count + unexplained))
    }

    /// What is left when addresses that EC2 may count because they are reserved are taken off.
    private func beyondReservations(
        _ unexplained: Int, _ subnet: CloudSnapshot.Subnet, _ explained: AddressRanges, _ notes: inout ImportNotes
    ) -> Int {
        let blocks = (reservations[subnet.id] ?? []).filter { subnet.block.contains($0) }
        let reserved = blocks.reduce(0) { $0 + $1.count - explained.count(in: $1) }
        guard unexplained > 0, reserved > 0 else { return unexplained }
        notes.say(
            .subnet(subnet.id),
            "Assumed: of \(unexplained) addresses in use that no ENI has, \(min(reserved, unexplained)) count as reserved")
        return max(0, unexplained - reserved)
    }

    private func tellLeftovers(_ others: [CloudSnapshot.Interface], of subnet: SubnetID, _ notes: inout ImportNotes) {
        let left = others.filter { $0.instance == nil && $0.maker != nil }
        guard !left.isEmpty else { return }
        let addresses = left.reduce(0) { $0 + $1.addresses.count + 16 * $1.prefixes.count }
        notes.say(
            .subnet(subnet),
            "Unattached ENIs that nodes left behind count as others': \(left.count) with \(addresses) addresses, \(someOf(left.map(\.id)))"
        )
    }
}

/// Addresses as ascending ranges that do not touch.
struct AddressRanges {
    private var ranges: [ClosedRange<UInt32>] = []

    /// What the ENIs hold inside a block.
    init(_ interfaces: [CloudSnapshot.Interface], in block: IPv4CIDR) {
        let singles = interfaces.flatMap(\.addresses).filter { block.contains($0) }.map { $0.bits...$0.bits }
        let prefixes = interfaces.flatMap(\.prefixes).filter { block.contains($0) }.map { $0.first.bits...$0.last.bits }
        for range in (singles + prefixes).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = ranges.last, range.lowerBound <= last.upperBound || range.lowerBound - last.upperBound == 1 else {
                ranges.append(range)
                continue
            }
            ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        }
    }

    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    func count(in block: IPv4CIDR) -> Int {
        let bounds = block.first.bits...block.last.bits
        return ranges.reduce(0) { $0 + ($1.overlaps(bounds) ? $1.clamped(to: bounds).count : 0) }
    }

    /// A plan's file has no empty list.
    var used: PlanScenario.Subnet.Used { ranges.isEmpty ? .count(0) : .these(blocks) }

    /// The fewest blocks that cover them.
    var blocks: [IPv4CIDR] {
        ranges.flatMap { range in
            var blocks: [IPv4CIDR] = []
            var next = UInt64(range.lowerBound)
            while next <= UInt64(range.upperBound) {
                let aligned = min(16, next.trailingZeroBitCount)
                let left = UInt64(range.upperBound) - next + 1
                let bits = min(aligned, UInt64.bitWidth - 1 - left.leadingZeroBitCount)
                blocks.append(IPv4CIDR(containing: IPv4Address(bits: UInt32(next)), prefixLength: 32 - bits))
                next += 1 << UInt64(bits)
            }
            return blocks
        }
    }
}
