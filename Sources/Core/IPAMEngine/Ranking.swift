/// ENIs by how many addresses they hold, so that the fullest of a pool is found without a look at all of them.
///
/// The fullest one of a kind is remembered: it stays the fullest while it is filled, and is looked for again when it has lost
/// an address.
struct Ranking: Sendable {
    /// What an ENI has to give.
    struct Kinds: OptionSet, Sendable {
        let rawValue: UInt8
        static let singles = Kinds(rawValue: 1)
        static let prefixes = Kinds(rawValue: 2)
    }

    private struct Entry: Sendable {
        var pool: Int
        var held: Int32 = 0
        var free: Kinds = []
    }

    /// The first of the fullest ENIs of a pool by kind; nil where it has to be looked for.
    private struct Fullest: Equatable, Sendable {
        var singles: Int?
        var prefixes: Int?
    }

    private var entries: [Entry] = []
    private var fullestOfPool: [Fullest] = []

    /// Takes in an ENI, with nothing to give, at the end or in the place of one that is gone.
    mutating func add(_ eni: Int, to pool: Int) {
        entries.replaceSubrange(eni..<min(eni + 1, entries.count), with: [Entry(pool: pool)])
        while fullestOfPool.count <= pool { fullestOfPool.append(Fullest()) }
        for pool in fullestOfPool.indices { fullestOfPool[pool] = Fullest() }
    }

    /// - Parameters:
    ///   - held: The addresses that the ENI holds.
    ///   - free: The kinds of which it has free ones for pods.
    mutating func set(_ eni: Int, held: Int, free: Kinds) {
        let before = entries[eni]
        let held = Int32(truncatingIfNeeded: held)
        guard held != before.held || free != before.free else { return }
        let entry = Entry(pool: before.pool, held: held, free: free)
        entries[eni] = entry
        let known = fullestOfPool[entry.pool]
        let fullest = Fullest(
            singles: fullest(instead: known.singles, of: .singles, eni, entry, hasLost: held < before.held),
            prefixes: fullest(instead: known.prefixes, of: .prefixes, eni, entry, hasLost: held < before.held))
        if fullest != known { fullestOfPool[entry.pool] = fullest }
    }

    /// The fullest ENI of a kind after one of its pool has changed; nil where it has to be looked for.
    private func fullest(instead known: Int?, of kind: Kinds, _ eni: Int, _ entry: Entry, hasLost: Bool) -> Int? {
        guard let known else { return nil }
        guard eni != known else { return hasLost || !entry.free.contains(kind) ? nil : known }
        guard entry.free.contains(kind) else { return known }
        let most = entries[known].held
        return entry.held > most || entry.held == most && eni < known ? eni : known
    }

    /// The first of the fullest ENIs of a pool that have addresses of a kind; nil when none has.
    mutating func fullest(of pool: Int, with kind: Kinds) -> Int? {
        let known = kind == .singles ? fullestOfPool[pool].singles : fullestOfPool[pool].prefixes
        if let known { return known }
        let found = fullest(of: pool, with: kind) { _ in true }
        if kind == .singles { fullestOfPool[pool].singles = found } else { fullestOfPool[pool].prefixes = found }
        return found
    }

    /// The same among those that are wanted.
    func fullest(of pool: Int, with kind: Kinds, where isWanted: (Int) -> Bool) -> Int? {
        var best: Int?
        for (eni, entry) in entries.enumerated() where entry.pool == pool && entry.free.contains(kind) {
            if entry.held > best.map({ entries[$0].held }) ?? -1, isWanted(eni) { best = eni }
        }
        return best
    }
}
