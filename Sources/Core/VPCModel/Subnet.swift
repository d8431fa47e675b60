public import Addressing

extension VPCModel {
    /// A subnet of one zone and the addresses taken in it.
    public struct Subnet: Hashable, Sendable, Codable {
        public let id: SubnetID
        public let zone: String
        /// /16 to /28.
        public let block: IPv4CIDR
        public internal(set) var tags: [String: String]
        /// Addresses that EC2 keeps for itself: the first four and the last (VPC User Guide, "Subnet CIDR blocks").
        public var reservedAddresses: [IPv4Address] { [block[0], block[1], block[2], block[3], block.last] }

        /// Everything taken: reserved, held by ENIs of the model, and occupied.
        private var taken: AddressMap
        /// What other tenants hold, such as load balancers and instances outside the model.
        private var occupied: AddressMap
        private var ipv6: IPv6Space?
        /// What EC2 does not choose single addresses from; nil without a reservation.
        private var closed: ClosedSpace?

        init(id: SubnetID, zone: String, block: IPv4CIDR, ipv6Block: IPv6CIDR?, tags: [String: String]) {
            self.id = id
            self.zone = zone
            self.block = block
            self.tags = tags
            ipv6 = ipv6Block.map(IPv6Space.init)
            taken = AddressMap(count: block.count)
            occupied = AddressMap(count: block.count)
            for address in reservedAddresses { taken.take(index(of: address)) }
        }

        /// A /64; nil when the subnet has none.
        public var ipv6Block: IPv6CIDR? { ipv6?.block }
        /// /80 blocks that an ENI can still get; 0 without IPv6.
        public var freeIPv6Prefixes: Int { ipv6?.freeCount ?? 0 }
        /// The /80 prefixes on ENIs, ascending.
        var ipv6Prefixes: [IPv6CIDR] { ipv6?.prefixes ?? [] }

        /// EC2's AvailableIpAddressCount.
        public var freeAddresses: Int { taken.freeCount }
        /// Addresses that EC2 can still choose by itself: single ones outside reservations, and those of free blocks reserved for
        /// prefixes; takes O(addresses / 64) where there is a reservation.
        public var openAddresses: Int {
            guard let closed else { return taken.freeCount }
            return taken.union(closed.map).freeCount + AddressMap.blockSize * closed.freeBlocks(in: taken).count
        }
        /// Addresses that EC2 can still choose as single ones.
        var openSingles: Int { closed.map { taken.union($0.map).freeCount } ?? taken.freeCount }
        /// Whether a single address is left beside so many prefixes, those reserved for them taken first.
        func hasSingle(beside prefixes: Int) -> Bool {
            guard let closed else { return true }
            let open = max(0, prefixes - closed.freeBlocks(in: taken).count)
            return openSingles > open * AddressMap.blockSize
        }
        /// Aligned /28 blocks that EC2 can give as prefixes; takes O(addresses / 64).
        public var freeBlocks: Int {
            guard let closed else { return taken.freeBlockCount }
            return taken.union(closed.map).freeBlockCount + closed.freeBlocks(in: taken).count
        }
        /// In the order in which they were made.
        public var reservations: [CIDRReservation] { closed?.reservations ?? [] }
        /// Addresses of other tenants.
        public var occupiedAddresses: Int { occupied.takenCount }

        /// - Precondition: `address` lies in the subnet.
        public func isFree(_ address: IPv4Address) -> Bool { !taken.isTaken(index(of: address)) }

        /// - Precondition: `address` lies in the subnet.
        public func isOccupied(_ address: IPv4Address) -> Bool { occupied.isTaken(index(of: address)) }

        private func index(of address: IPv4Address) -> Int {
            precondition(block.contains(address), "\(address) is not in \(id), \(block)")
            return block.network.distance(to: address)
        }
    }
}

extension VPCModel.Subnet {
    /// Takes `count` addresses by chance, as EC2 spreads them; nil and nothing taken when fewer are free outside reservations.
    mutating func takeAddresses(_ count: Int, using random: inout SplitMix64) -> [IPv4Address]? {
        if let closed { return takeAddresses(count, outside: closed.map, using: &random) }
        guard count <= taken.freeCount else { return nil }
        return (0..<count).map { _ in
            let index = taken.freeAddress(rank: random.below(taken.freeCount))
            taken.take(index)
            return block[index]
        }
    }

    private mutating func takeAddresses(_ count: Int, outside closed: AddressMap, using random: inout SplitMix64) -> [IPv4Address]? {
        var open = taken.union(closed)
        guard count <= open.freeCount else { return nil }
        return (0..<count).map { _ in
            let index = open.freeAddress(rank: random.below(open.freeCount))
            open.take(index)
            taken.take(index)
            return block[index]
        }
    }

    /// Takes `count` wholly free /28 blocks by chance, those reserved for prefixes first; nil and nothing taken when fewer are free.
    mutating func takeBlocks(_ count: Int, using random: inout SplitMix64) -> [IPv4CIDR]? {
        if let closed { return takeBlocks(count, closed, using: &random) }
        let free = taken.freeBlockCount
        guard count <= free else { return nil }
        return (0..<count).map { position in
            let index = taken.freeBlock(rank: random.below(free - position))
            taken.takeBlock(index)
            return IPv4CIDR(containing: block[index * AddressMap.blockSize], prefixLength: 28)
        }
    }

    private mutating func takeBlocks(_ count: Int, _ closed: ClosedSpace, using random: inout SplitMix64) -> [IPv4CIDR]? {
        var reserved = closed.freeBlocks(in: taken)
        var open = taken.union(closed.map)
        guard count <= reserved.count + open.freeBlockCount else { return nil }
        return (0..<count).map { _ in
            let index: Int
            if reserved.isEmpty {
                index = open.freeBlock(rank: random.below(open.freeBlockCount))
                open.takeBlock(index)
            } else {
                index = reserved.remove(at: random.below(reserved.count))
            }
            taken.takeBlock(index)
            return IPv4CIDR(containing: block[index * AddressMap.blockSize], prefixLength: 28)
        }
    }

    /// - Precondition: `reservation` lies in the subnet and apart from the others.
    mutating func reserve(_ reservation: VPCModel.CIDRReservation) {
        let first = index(of: reservation.block.network)
        var closed = closed ?? ClosedSpace(addresses: block.count)
        closed.add(reservation, at: first)
        self.closed = closed
    }

    /// Whether the /28 block lies in the subnet and all of it is free.
    func isFree(_ block: IPv4CIDR) -> Bool {
        block.prefixLength == 28 && self.block.contains(block) && block.addresses.allSatisfy(isFree)
    }

    /// - Precondition: `block` is a /28 and free.
    mutating func take(_ block: IPv4CIDR) {
        taken.takeBlock(index(of: block.network) / AddressMap.blockSize)
    }

    /// Whether the /80 block lies in the subnet and no ENI holds it.
    func isFree(_ prefix: IPv6CIDR) -> Bool { ipv6?.isFree(prefix) ?? false }

    /// - Precondition: `prefix` is free.
    mutating func take(_ prefix: IPv6CIDR) {
        ipv6?.take(prefix)
    }

    /// - Precondition: `address` is free.
    mutating func take(_ address: IPv4Address) {
        taken.take(index(of: address))
    }

    /// Takes `count` /80 prefixes by chance; nil and nothing taken when fewer are free, as where there is no IPv6.
    mutating func takeIPv6Prefixes(_ count: Int, using random: inout SplitMix64) -> [IPv6CIDR]? {
        let free = freeIPv6Prefixes
        guard count <= free else { return nil }
        return (0..<count).compactMap { position in ipv6?.takePrefix(rank: random.below(free - position)) }
    }

    /// Frees everything that an ENI held, in one step: each look into a dictionary costs more than a bit.
    mutating func release(all eni: VPCModel.ENI) {
        release(eni.primaryAddress)
        release(eni.secondaryAddresses, eni.prefixes)
        for prefix in eni.ipv6Prefixes { release(prefix) }
    }

    mutating func release(_ addresses: some Sequence<IPv4Address>, _ prefixes: some Sequence<IPv4CIDR>) {
        for address in addresses { release(address) }
        for prefix in prefixes { taken.releaseBlock(index(of: prefix.network) / AddressMap.blockSize) }
    }

    mutating func release(_ address: IPv4Address) {
        taken.release(index(of: address))
    }

    mutating func release(_ prefix: IPv6CIDR) {
        ipv6?.release(prefix)
    }

    mutating func occupy(_ address: IPv4Address) {
        taken.take(index(of: address))
        occupied.take(index(of: address))
    }

    mutating func vacate(_ address: IPv4Address) {
        occupied.release(index(of: address))
        taken.release(index(of: address))
    }

    /// - Precondition: another tenant holds an address.
    func anyOccupiedAddress(using random: inout SplitMix64) -> IPv4Address {
        block[occupied.takenAddress(rank: random.below(occupied.takenCount))]
    }
}
