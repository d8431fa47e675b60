/// ENIs by how many addresses they hold, so that the fullest of a pool is found without a look at all of them.
///
/// The fullest one is remembered: it stays the fullest while it is filled, and is looked for again when it has lost an address.
struct Ranking: Sendable {
    /// What each ENI holds; negative where it has nothing to give.
    private var held: [Int32] = []
    private var poolOfENI: [Int] = []
    /// The first of the fullest of each pool; negative where it has to be looked for.
    private var fullestOfPool: [Int] = []

    private static let unknown = -1

    /// Takes in an ENI, with nothing to give, at the end or in the place of one that is gone.
    mutating func add(_ eni: Int, to pool: Int) {
        if eni == held.count {
            held.append(-1)
            poolOfENI.append(pool)
        }
        held[eni] = -1
        poolOfENI[eni] = pool
        while fullestOfPool.count <= pool { fullestOfPool.append(Self.unknown) }
        for pool in fullestOfPool.indices { fullestOfPool[pool] = Self.unknown }
    }

    /// - Parameter count: The addresses that the ENI holds; negative when it has nothing to give.
    mutating func set(_ eni: Int, to count: Int32) {
        let before = held[eni]
        guard count != before else { return }
        held[eni] = count
        let pool = poolOfENI[eni]
        let fullest = fullestOfPool[pool]
        guard fullest != Self.unknown else { return }
        if eni == fullest {
            if count < before { fullestOfPool[pool] = Self.unknown }
        } else if count > held[fullest] || count == held[fullest] && eni < fullest {
            fullestOfPool[pool] = eni
        }
    }

    /// The first of the fullest ENIs of a pool; nil when none has anything to give.
    mutating func fullest(of pool: Int) -> Int? {
        if fullestOfPool[pool] == Self.unknown { fullestOfPool[pool] = fullest(of: pool) { _ in true } ?? Self.unknown }
        return fullestOfPool[pool] == Self.unknown ? nil : fullestOfPool[pool]
    }

    /// The same among those that are wanted.
    func fullest(of pool: Int, where isWanted: (Int) -> Bool) -> Int? {
        var (best, mostHeld) = (Self.unknown, Int32(-1))
        for eni in held.indices where held[eni] > mostHeld && poolOfENI[eni] == pool && isWanted(eni) {
            best = eni
            mostHeld = held[eni]
        }
        return best == Self.unknown ? nil : best
    }
}
