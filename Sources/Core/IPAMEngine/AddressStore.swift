import Addressing
import Timeline

/// Every address of the node's ENIs and what each does.
///
/// Assigning and releasing cost the same however many addresses there are: counts are kept, states are bits, and an
/// address finds its place through one dictionary.
struct AddressStore: Sendable {
    /// Where an IPv4 address stands. Small, because every allocation has one.
    struct Place: Hashable, Sendable {
        private var eniNumber: UInt16
        private var blockNumber: UInt8
        private var positionNumber: UInt8

        init(eni: Int, block: Int, position: Int) {
            eniNumber = UInt16(eni)
            blockNumber = UInt8(block)
            positionNumber = UInt8(position)
        }

        var eni: Int { Int(eniNumber) }
        var block: Int { Int(blockNumber) }
        var position: Int { Int(positionNumber) }

        func at(_ position: Int) -> Place { Place(eni: eni, block: block, position: position) }
    }

    /// Addresses of a pool by what they do. Those of ENIs that drain count while somebody uses them.
    struct Tally: Hashable, Sendable {
        var free = 0
        var held = 0
        var cooling = 0
        /// ENIs, those that drain or leave included.
        var enis = 0

        static func + (a: Tally, b: Tally) -> Tally {
            Tally(free: a.free + b.free, held: a.held + b.held, cooling: a.cooling + b.cooling, enis: a.enis + b.enis)
        }
    }

    /// A pool that has ENIs, or had.
    private struct Pool: Sendable {
        let id: PoolID
        var tally = Tally()
        var ranking = Ranking()
    }

    /// By arrival; an ENI that is gone leaves its place to the next, so that places stay valid.
    private var enis: [ENIAddresses] = []
    private var indexByID: [ENIID: Int] = [:]
    private var pools: [Pool] = []
    /// The index of each ENI's pool.
    private var poolOfENI: [Int] = []
    /// The prefix that holds an address, by its network address.
    private var blockByPrefix: [IPv4Address: Place] = [:]
    private var placeBySingle: [IPv4Address: Place] = [:]
    var bars = Bars() {
        didSet { applyBars(instead: oldValue) }
    }

    var attached: some Sequence<ENIAddresses> { enis.lazy.filter { !$0.isGone } }
    var eniCount: Int { indexByID.count }
    var total: Tally { pools.reduce(Tally()) { $0 + $1.tally } }
    /// Free addresses of all pools.
    private(set) var freeCount = 0

    subscript(id: ENIID) -> ENIAddresses? {
        indexByID[id].map { enis[$0] }
    }

    subscript(index: Int) -> ENIAddresses { enis[index] }

    /// The ENI at an index and where it is attached, without a copy of its addresses.
    func origin(_ index: Int) -> (id: ENIID, seat: DeviceSeat) { (enis[index].id, enis[index].seat) }

    /// The pool of an ENI; nil for one that is not known.
    func pool(of id: ENIID) -> PoolID? { indexByID[id].map { pools[poolOfENI[$0]].id } }

    func tally(of pool: PoolID) -> Tally {
        index(of: pool).map { pools[$0].tally } ?? Tally()
    }

    private func index(of pool: PoolID) -> Int? { pools.firstIndex { $0.id == pool } }

    func address(at place: Place) -> IPv4Address {
        enis[place.eni].blocks[place.block].address(at: place.position)
    }

    func place(of address: IPv4Address) -> Place? {
        if let place = placeBySingle[address] { return place }
        return blockByPrefix[IPv4Address(bits: address.bits & ~15)]?.at(Int(address.bits & 15))
    }

    // MARK: - Assigning and releasing

    /// Holds one free IPv4 address of a pool: of the fullest ENI, in its fullest block, the one longest out of use.
    ///
    /// - Parameters:
    ///   - kind: What is wanted; addresses of the other kind serve only where there are none of it.
    ///   - withIPv6: Whether the ENI must have a /80 too.
    mutating func take(_ kind: EngineConfiguration.Addressing.Unit, from pool: PoolID, withIPv6: Bool) -> Place? {
        guard let pool = index(of: pool), pools[pool].tally.free > 0 else { return nil }
        let other: EngineConfiguration.Addressing.Unit = kind == .prefix ? .secondary : .prefix
        return takeOne(kind, from: pool, withIPv6: withIPv6) ?? takeOne(other, from: pool, withIPv6: withIPv6)
    }

    private mutating func takeOne(_ kind: EngineConfiguration.Addressing.Unit, from pool: Int, withIPv6: Bool) -> Place? {
        guard let eni = fullest(giving: kind, in: pool, withIPv6: withIPv6), let (block, position) = enis[eni].take(kind) else {
            return nil
        }
        pools[pool].ranking.rank(eni, enis[eni].standing)
        pools[pool].tally.held += 1
        pools[pool].tally.free -= 1
        freeCount -= 1
        return Place(eni: eni, block: block, position: position)
    }

    /// The first of the fullest ENIs of a pool that give addresses of a kind; nil when none does.
    private mutating func fullest(giving kind: EngineConfiguration.Addressing.Unit, in pool: Int, withIPv6: Bool) -> Int? {
        if !withIPv6, let known = pools[pool].ranking.fullest(giving: kind) { return known }
        var (fullest, most): (Int?, Int) = (nil, -1)
        for index in enis.indices where poolOfENI[index] == pool && enis[index].heldCount > most {
            guard enis[index].standing.gives(kind), !withIPv6 || enis[index].ipv6 != nil else { continue }
            (fullest, most) = (index, enis[index].heldCount)
        }
        if !withIPv6, let fullest { pools[pool].ranking.lead(fullest, holding: most, for: kind) }
        return fullest
    }

    /// Holds this very address, as a recovery or a reservation does; nil when somebody uses it, or its ENI is leaving.
    mutating func take(_ address: IPv4Address) -> Place? {
        guard let place = place(of: address), !enis[place.eni].isLeaving,
            enis[place.eni].blocks[place.block].unused & bit(place.position) != 0
        else { return nil }
        if enis[place.eni].hold(place.position, in: place.block) { countFree(-1, on: place.eni) }
        pools[poolOfENI[place.eni]].tally.held += 1
        rank(place.eni)
        return place
    }

    /// Ranks an ENI anew, after each change of its addresses or of its presence but the loss of one that it held.
    private mutating func rank(_ index: Int) {
        pools[poolOfENI[index]].ranking.rank(index, enis[index].standing)
    }

    /// Takes an address that cools back into use.
    mutating func reheat(_ place: Place) {
        enis[place.eni].reheat(place.position, in: place.block)
        let pool = poolOfENI[place.eni]
        pools[pool].tally.cooling -= 1
        pools[pool].tally.held += 1
        rank(place.eni)
    }

    mutating func cool(_ place: Place, at now: Instant) {
        enis[place.eni].cool(place.position, in: place.block, at: now)
        let pool = poolOfENI[place.eni]
        pools[pool].tally.held -= 1
        pools[pool].tally.cooling += 1
        pools[pool].ranking.fall(place.eni)
    }

    mutating func warm(_ place: Place, at now: Instant) {
        enis[place.eni].warm(place.position, in: place.block, at: now)
        pools[poolOfENI[place.eni]].tally.cooling -= 1
        countFree(1, on: place.eni)
        rank(place.eni)
        if bars.contain(address(at: place)) { bar(place, true) }
    }

    func isCooling(_ place: Place) -> Bool {
        enis[place.eni].blocks[place.block].cooling & bit(place.position) != 0
    }

    /// Takes a held or cooling address out of the node's addresses: EC2 does not show it.
    mutating func drop(_ place: Place, at now: Instant) {
        let pool = poolOfENI[place.eni]
        if isCooling(place) { pools[pool].tally.cooling -= 1 } else { pools[pool].tally.held -= 1 }
        enis[place.eni].drop(place.position, in: place.block, at: now)
        pools[pool].ranking.fall(place.eni)
    }

    /// Whether free addresses of the ENI are to be had.
    func isServing(_ index: Int) -> Bool { enis[index].isAttached }

    // MARK: - IPv6

    /// Holds the next IPv6 address of an ENI; nil when it has no /80.
    mutating func takeIPv6(on index: Int) -> IPv6Address? { enis[index].takeIPv6() }

    /// The ENI of a pool that gives pods their IPv6 addresses where they have no others: the first by seat with a /80.
    func ipv6ENI(of pool: PoolID) -> Int? {
        guard let pool = index(of: pool) else { return nil }
        return enis.indices.filter { poolOfENI[$0] == pool && enis[$0].isAttached && enis[$0].ipv6 != nil }
            .min { enis[$0].seat < enis[$1].seat }
    }

    /// Holds this very address; nil when no ENI has its /80, or it is used.
    mutating func take(_ address: IPv6Address) -> Int? {
        guard let index = eni(holding: address), enis[index].take(address) else { return nil }
        return index
    }

    mutating func free(_ address: IPv6Address, on index: Int, at now: Instant) {
        enis[index].free(address, at: now)
    }

    func eni(holding address: IPv6Address) -> Int? {
        enis.indices.first { !enis[$0].isGone && !enis[$0].isLeaving && enis[$0].ipv6?.contains(address) == true }
    }

    mutating func add(ipv6 prefix: IPv6CIDR, to id: ENIID) {
        if let index = indexByID[id] { enis[index].add(ipv6: prefix) }
    }

    // MARK: - ENIs, prefixes and single addresses coming and going

    /// Takes in an ENI with all it holds; an ENI known already gains what it lacks.
    mutating func add(_ eni: AttachedENI, at now: Instant) {
        if indexByID[eni.id] == nil {
            let vacant = enis.firstIndex(where: \.isGone) ?? enis.count
            let place = vacant..<min(vacant + 1, enis.count)
            enis.replaceSubrange(place, with: [ENIAddresses(eni, at: now)])
            let pool = added(enis[vacant].pool)
            poolOfENI.replaceSubrange(place, with: [pool])
            pools[pool].tally.enis += 1
            indexByID[eni.id] = vacant
        }
        add(eni.secondaryAddresses, to: eni.id)
        add(eni.prefixes, to: eni.id, at: now)
        if let prefix = eni.ipv6Prefixes.first { add(ipv6: prefix, to: eni.id) }
    }

    /// The index of a pool, which is taken in if it is new.
    private mutating func added(_ pool: PoolID) -> Int {
        if let index = index(of: pool) { return index }
        pools.append(Pool(id: pool))
        return pools.count - 1
    }

    /// Takes in single addresses of an ENI. One that is known already stays where it is, unless it is leaving another ENI:
    /// then EC2 has taken it back, and its answer is still on the way.
    mutating func add(_ addresses: [IPv4Address], to id: ENIID) {
        guard let index = indexByID[id] else { return }
        // Some that speak EC2's language count the ENI's own address among those that they have assigned.
        for address in addresses where address != enis[index].primaryAddress && makeWay(for: address, on: index) {
            let position = enis[index].add(single: address)
            let place = Place(eni: index, block: 0, position: position)
            placeBySingle[address] = place
            countFree(1, on: index)
            rank(index)
            if bars.contain(address) { bar(place, true) }
        }
    }

    /// The same for prefixes.
    mutating func add(_ prefixes: [IPv4CIDR], to id: ENIID, at now: Instant) {
        guard let index = indexByID[id] else { return }
        for prefix in prefixes where prefix.addresses.allSatisfy({ makeWay(for: $0, on: index) }) {
            let block = enis[index].add(prefix: prefix, at: now)
            blockByPrefix[prefix.network] = Place(eni: index, block: block, position: 0)
            countFree(16, on: index)
            rank(index)
            for address in prefix.addresses where bars.contain(address) {
                bar(Place(eni: index, block: block, position: Int(address.bits & 15)), true)
            }
        }
    }

    /// Forgets an address that is leaving another ENI; false when the address is in use where it is known.
    private mutating func makeWay(for address: IPv4Address, on index: Int) -> Bool {
        guard let known = place(of: address) else { return true }
        let block = enis[known.eni].blocks[known.block]
        guard block.present & bit(known.position) != 0 else { return true }
        guard known.eni != index, block.leaving & bit(known.position) != 0 else { return false }
        placeBySingle[address] = nil
        enis[known.eni].vacate(bit(known.position), in: known.block)
        rank(known.eni)
        return true
    }

    private mutating func countFree(_ change: Int, on index: Int) {
        guard change != 0, isServing(index) else { return }
        pools[poolOfENI[index]].tally.free += change
        freeCount += change
    }

    /// Marks unused addresses and wholly unused prefixes as leaving; they are neither free nor attached from here on.
    mutating func leave(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        for (place, positions) in places(addresses, prefixes) {
            countFree(-(enis[place.eni].blocks[place.block].free & positions).nonzeroBitCount, on: place.eni)
            enis[place.eni].leave(positions, in: place.block)
            rank(place.eni)
        }
    }

    /// Takes back addresses of an ENI that were leaving and did not go.
    mutating func stay(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], on id: ENIID) {
        guard let index = indexByID[id] else { return }
        for (place, positions) in places(addresses, prefixes) where place.eni == index {
            let leaving = enis[index].blocks[place.block].leaving & positions
            countFree(leaving.nonzeroBitCount, on: index)
            enis[index].stay(positions, in: place.block)
            rank(index)
            for position in setBits(of: leaving) {
                let place = Place(eni: index, block: place.block, position: position)
                if bars.contain(address(at: place)) { bar(place, true) }
            }
        }
    }

    /// Forgets addresses of an ENI that EC2 has taken back. One that EC2 has given to another ENI since stays there.
    ///
    /// - Precondition: none of them is held or cooling.
    mutating func vacate(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], of id: ENIID) {
        guard let index = indexByID[id] else { return }
        for address in addresses where placeBySingle[address]?.eni == index {
            if let place = placeBySingle.removeValue(forKey: address) { vacate(place, bit(place.position)) }
        }
        for prefix in prefixes where blockByPrefix[prefix.network]?.eni == index {
            if let place = blockByPrefix.removeValue(forKey: prefix.network) { vacate(place, 0xffff) }
        }
    }

    private mutating func vacate(_ place: Place, _ positions: UInt64) {
        countFree(-(enis[place.eni].blocks[place.block].free & positions).nonzeroBitCount, on: place.eni)
        enis[place.eni].vacate(positions, in: place.block)
        rank(place.eni)
    }

    /// The blocks of addresses and prefixes, each with the positions that are meant.
    private func places(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) -> [(place: Place, positions: UInt64)] {
        addresses.compactMap { placeBySingle[$0] }.map { ($0, bit($0.position)) }
            + prefixes.compactMap { blockByPrefix[$0.network] }.map { ($0, 0xffff) }
    }

    /// Lets an ENI serve pods, drain, or leave.
    mutating func setPresence(_ presence: ENIAddresses.Presence, of id: ENIID) {
        guard let index = indexByID[id], enis[index].presence != presence else { return }
        precondition(presence != .leaving || !enis[index].isInUse, "ENI \(id) would be detached with addresses in use")
        countFree(-enis[index].freeCount, on: index)
        enis[index].presence = presence
        rank(index)
        countFree(enis[index].freeCount, on: index)
    }

    /// Forgets an ENI that is detached, with all its addresses.
    ///
    /// - Precondition: none of its addresses is held or cooling.
    mutating func remove(_ id: ENIID) {
        guard let index = indexByID.removeValue(forKey: id) else { return }
        precondition(!enis[index].isInUse, "ENI \(id) would be forgotten with addresses in use")
        countFree(-enis[index].freeCount, on: index)
        pools[poolOfENI[index]].tally.enis -= 1
        enis[index].presence = .gone
        rank(index)
        placeBySingle = placeBySingle.filter { $0.value.eni != index }
        blockByPrefix = blockByPrefix.filter { $0.value.eni != index }
    }

    // MARK: - Addresses kept from pods in general

    private mutating func bar(_ place: Place, _ isBarred: Bool) {
        let before = enis[place.eni].freeCount
        enis[place.eni].bar(bit(place.position), in: place.block, isBarred)
        rank(place.eni)
        countFree(enis[place.eni].freeCount - before, on: place.eni)
    }

    private mutating func applyBars(instead old: Bars) {
        guard bars != old else { return }
        for (index, eni) in enis.enumerated() where !eni.isGone {
            for (number, block) in eni.blocks.enumerated() {
                for position in setBits(of: block.unused) {
                    bar(Place(eni: index, block: number, position: position), bars.contain(block.address(at: position)))
                }
            }
        }
    }
}

/// Addresses that are not for whoever comes: excluded from use, or reserved for one pod.
struct Bars: Hashable, Sendable {
    var excluded: [IPv4CIDR] = []
    var reserved: Set<IPv4Address> = []

    func contain(_ address: IPv4Address) -> Bool {
        guard !excluded.isEmpty || !reserved.isEmpty else { return false }
        return reserved.contains(address) || excluded.contains { $0.contains(address) }
    }
}
