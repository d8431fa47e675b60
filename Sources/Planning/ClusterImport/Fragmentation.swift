import Addressing
public import CapacityPlanner

/// What a map says in numbers: how whole the free addresses lie, and who keeps blocks from being prefixes.
public struct Fragmentation: Hashable, Sendable {
    public let blocks: Int
    public let freeBlocks: Int
    public let heldBlocks: Int
    public let blockedBlocks: Int
    /// In reservations, whatever their state.
    public let reservedBlocks: Int
    public let freeAddresses: Int
    /// From 0, when all that is free lies in whole blocks, to 1 (formula 32).
    public let index: Double
    /// Whoever has single addresses, AWS apart; those whose leaving frees most blocks first.
    public let blockers: [Blocker]

    /// One ENI, or what stands for some whose ENI is not known.
    public struct Blocker: Hashable, Sendable {
        public let holder: BlockMap.Holder
        public let addresses: Int
        /// Blocks in which it has addresses.
        public let blocks: Int
        /// Blocks in which it is alone: they are free when it has gone.
        public let blocksFreedAlone: Int
        /// Blocks that are free when it has gone, and all before it in the list.
        public let blocksFreedSoFar: Int
    }

    public init(_ map: BlockMap) {
        var (free, held, freeAddresses) = (0, 0, 0)
        var occupied: [[BlockMap.Holder]] = []
        var uses: [BlockMap.Holder: Use] = [:]
        for block in map.blocks {
            switch block.state {
            case .free:
                free += 1
                freeAddresses += block.range.count
            case .held: held += 1
            case .blocked(let occupants):
                freeAddresses += max(0, block.range.count - occupants.reduce(0) { $0 + $1.addresses })
                occupied.append(occupants.map(\.holder))
                for occupant in occupants {
                    uses[occupant.holder, default: Use()].add(occupant.addresses, isAlone: occupants.count == 1)
                }
            }
        }
        (blocks, freeBlocks, heldBlocks, blockedBlocks) = (map.blocks.count, free, held, occupied.count)
        reservedBlocks = map.blocks.count { $0.reservation != nil }
        self.freeAddresses = freeAddresses
        index = freeAddresses > 0 ? max(0, 1 - Double(16 * free) / Double(freeAddresses)) : 0
        blockers = Self.ranked(uses, occupied)
    }

    private struct Use {
        var (addresses, blocks, alone) = (0, 0, 0)

        mutating func add(_ count: Int, isAlone: Bool) {
            addresses += count
            blocks += 1
            alone += isAlone ? 1 : 0
        }
    }

    /// What stays whoever moves.
    private static func canMove(_ holder: BlockMap.Holder) -> Bool { holder != .aws }

    private static func ranked(_ uses: [BlockMap.Holder: Use], _ occupied: [[BlockMap.Holder]]) -> [Blocker] {
        let order = uses.filter { canMove($0.key) }.sorted { a, b in
            (b.value.alone, b.value.blocks, b.value.addresses, "\(a.key)") < (a.value.alone, a.value.blocks, a.value.addresses, "\(b.key)")
        }
        let rank = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element.key, $0.offset) })
        // A block is free once the last of those who have addresses in it has gone.
        var freed = Array(repeating: 0, count: order.count)
        for holders in occupied where holders.allSatisfy(canMove) {
            if let last = holders.compactMap({ rank[$0] }).max() { freed[last] += 1 }
        }
        var soFar = 0
        return order.enumerated().map { position, entry in
            soFar += freed[position]
            return Blocker(
                holder: entry.key, addresses: entry.value.addresses, blocks: entry.value.blocks, blocksFreedAlone: entry.value.alone,
                blocksFreedSoFar: soFar)
        }
    }
}
