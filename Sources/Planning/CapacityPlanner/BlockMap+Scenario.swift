import Addressing

extension BlockMap {
    /// What a scenario knows of a subnet without the cluster itself: AWS's own addresses, those of others at known places, and
    /// reservations. Addresses of which only a count is known lie nowhere on the map, and nobody is known to hold a prefix.
    public init(_ subnet: PlanScenario.Subnet) {
        let block = subnet.block
        let used: [IPv4CIDR] = if case .these(let blocks) = subnet.used { blocks.sorted() } else { [] }
        let reservations = subnet.reservations.sorted { $0.block < $1.block }
        let aws = [0, 1, 2, 3, block.count - 1].map { IPv4CIDR(host: block[$0]) }
        // Both lists go on from where the block before ended: a /16 has 4,096 blocks, and used addresses may be as many.
        var (nextUsed, nextReserved) = (0, 0)
        let blocks = block.blocks(ofPrefixLength: 28).map { range -> Block in
            while nextUsed < used.count, used[nextUsed].last < range.first { nextUsed += 1 }
            while nextReserved < reservations.count, reservations[nextReserved].block.last < range.first { nextReserved += 1 }
            let others = used[nextUsed...].prefix { $0.first <= range.last }.reduce(0) { $0 + $1.shared(with: range) }
            let occupants = [
                Occupant(holder: .unknown, addresses: others),
                Occupant(holder: .aws, addresses: aws.count { range.contains($0) }),
            ].filter { $0.addresses > 0 }
            let reservation = reservations[nextReserved...].first.flatMap { $0.block.overlaps(range) ? $0.kind : nil }
            return Block(range: range, state: occupants.isEmpty ? .free : .blocked(by: occupants.most), reservation: reservation)
        }
        self.init(subnet: subnet.id, zone: subnet.zone, block: block, blocks: blocks)
    }
}

extension IPv4CIDR {
    /// How many addresses it has in common with another block.
    fileprivate func shared(with other: IPv4CIDR) -> Int { overlaps(other) ? min(count, other.count) : 0 }
}

extension [BlockMap.Occupant] {
    /// The most addresses first.
    fileprivate var most: Self { sorted { $0.addresses > $1.addresses } }
}
