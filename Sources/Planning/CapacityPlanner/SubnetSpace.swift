import Addressing

/// What a subnet can give: single addresses to ENIs, and wholly free aligned /28 blocks as prefixes.
///
/// Addresses of which nobody knows the place are taken to lie anywhere, as EC2 chooses them by chance.
public struct SubnetSpace: Hashable, Sendable {
    /// Addresses that AWS leaves to its users (formula 1).
    public let usable: Int
    /// Addresses that EC2 gives as single ones when nothing of unknown place is taken: unused, and in no reservation.
    public let singlesMax: Int
    /// Blocks in reservations for prefixes, which no single address breaks.
    public let reservedBlocks: Int
    /// Blocks elsewhere that nothing of known place touches.
    public let openBlocks: Int
    /// Addresses of others at places that nobody knows.
    public let scattered: Int

    private static let blockSize = 16

    /// AWS keeps the first four addresses of a subnet and the last (VPC User Guide, "Subnet CIDR blocks").
    public static func usableAddresses(ofPrefixLength length: Int) -> Int { (1 << (32 - length)) - 5 }

    /// Blocks that a subnet without reservations can ever give: the first and the last hold addresses of AWS (formula 2).
    public static func blocks(ofPrefixLength length: Int) -> Int { length <= 27 ? (1 << (28 - length)) - 2 : 0 }

    public init(_ subnet: PlanScenario.Subnet) {
        let block = subnet.block
        usable = Self.usableAddresses(ofPrefixLength: block.prefixLength)
        var taken = Array(repeating: false, count: block.count)
        for offset in [0, 1, 2, 3, block.count - 1] { taken[offset] = true }
        if case .these(let blocks) = subnet.used {
            for used in blocks { for offset in Self.offsets(of: used, in: block) { taken[offset] = true } }
        }
        var reservation = [PlanScenario.Reservation.Kind?](repeating: nil, count: block.count)
        for reserved in subnet.reservations {
            for offset in Self.offsets(of: reserved.block, in: block) { reservation[offset] = reserved.kind }
        }
        singlesMax = (0..<block.count).count { !taken[$0] && reservation[$0] == nil }
        var (reservedBlocks, openBlocks) = (0, 0)
        for start in stride(from: 0, to: block.count, by: Self.blockSize) {
            let offsets = start..<start + Self.blockSize
            guard offsets.allSatisfy({ !taken[$0] }) else { continue }
            if offsets.allSatisfy({ reservation[$0] == .prefix }) { reservedBlocks += 1 }
            if offsets.allSatisfy({ reservation[$0] == nil }) { openBlocks += 1 }
        }
        (self.reservedBlocks, self.openBlocks) = (reservedBlocks, openBlocks)
        let tenants = subnet.tenants.reduce(0) { $0 + $1.addresses }
        if case .count(let count) = subnet.used { scattered = count + tenants } else { scattered = tenants }
    }

    private static func offsets(of part: IPv4CIDR, in block: IPv4CIDR) -> Range<Int> {
        let first = block.network.distance(to: part.network)
        return first..<first + part.count
    }

    // MARK: - What is left

    /// Blocks to be expected once so many single addresses lie at chance, those of others not among them (formula 31).
    ///
    /// The single addresses count as there before the blocks: where both come in turn, more blocks are left.
    ///
    /// - Returns: Whole blocks, rounded down.
    public func blocks(afterSingles singles: Int) -> Int {
        let used = scattered + singles
        var share = 1.0
        for position in 0..<Self.blockSize {
            let (free, places) = (singlesMax - used - position, singlesMax - position)
            guard free > 0, places > 0 else { return reservedBlocks }
            share *= Double(free) / Double(places)
        }
        return reservedBlocks + Int((Double(openBlocks) * share).rounded(.down))
    }

    /// Addresses that are left: those for single ones, and those of reserved blocks.
    ///
    /// - Returns: Negative by what is missing.
    public func addresses(after demand: AddressDemand) -> Int {
        let inOpenBlocks = max(0, demand.blocks - reservedBlocks)
        let spareReserved = max(0, reservedBlocks - demand.blocks) * Self.blockSize
        let singles = singlesMax - scattered - demand.singles - inOpenBlocks * Self.blockSize
        return singles < 0 ? singles : singles + spareReserved
    }

    /// Blocks that are left; negative by what is missing.
    public func blocks(after demand: AddressDemand) -> Int { blocks(afterSingles: demand.singles) - demand.blocks }

    public func holds(_ demand: AddressDemand) -> Bool {
        addresses(after: demand) >= 0 && (demand.blocks == 0 || blocks(after: demand) >= 0)
    }

    /// How far the free addresses are from lying in whole blocks: 0 when all do, 1 when no block is left (formula 32).
    public func fragmentation(after demand: AddressDemand) -> Double {
        let free = addresses(after: demand)
        guard free > 0 else { return 0 }
        return max(0, 1 - Double(Self.blockSize * max(0, blocks(after: demand))) / Double(free))
    }

    /// How often the subnet holds the demand beside another.
    public func count(of demand: AddressDemand, beside other: AddressDemand = AddressDemand()) -> Int {
        guard demand.addresses > 0, holds(other) else { return 0 }
        var (low, high) = (0, usable / demand.addresses + 1)
        while low + 1 < high {
            let middle = (low + high) / 2
            if holds(other + demand * middle) { low = middle } else { high = middle }
        }
        return low
    }

    /// The smallest reservation for so many blocks and a fifth more, as a prefix length (formula 33); nil beyond a /16.
    public static func reservation(forBlocks blocks: Int) -> Int? {
        let wanted = (blocks * 6 + 4) / 5
        return (16...28).reversed().first { 1 << (28 - $0) >= wanted }
    }
}

/// What is taken of a subnet.
public struct AddressDemand: Hashable, Sendable {
    /// Single addresses: of ENIs themselves, of pods, of branch ENIs.
    public var singles: Int
    /// Delegated /28 prefixes.
    public var blocks: Int
    public var enis: Int

    public init(singles: Int = 0, blocks: Int = 0, enis: Int = 0) {
        self.singles = singles
        self.blocks = blocks
        self.enis = enis
    }

    public var addresses: Int { singles + 16 * blocks }

    /// Network address units: one for an address or a prefix, and one for each ENI beside a node's first, whose unit is that of
    /// its address (formula 38).
    public func units(nodes: Int) -> Int { singles + blocks + max(0, enis - nodes) }

    public static func + (a: Self, b: Self) -> Self {
        Self(singles: a.singles + b.singles, blocks: a.blocks + b.blocks, enis: a.enis + b.enis)
    }

    public static func += (a: inout Self, b: Self) { a = a + b }

    public static func * (a: Self, count: Int) -> Self {
        Self(singles: a.singles * count, blocks: a.blocks * count, enis: a.enis * count)
    }
}
