import Addressing
import Timeline

/// Every address of the node's ENIs and what each does.
///
/// Assigning and releasing cost the same however many addresses there are: counts are kept, states are bits, and an
/// address finds its place through one dictionary.
struct AddressStore: Sendable {
    /// Where an address stands.
    struct Place: Hashable, Sendable {
        var eni: Int
        var block: Int
        var position: Int
    }

    /// By arrival; nil where an ENI was given back, so that places stay valid.
    private(set) var pools: [ENIPool?] = []
    private var poolByID: [ENIID: Int] = [:]
    /// The prefix that holds an address, by the address's upper 28 bits.
    private var blockByPrefix: [UInt32: Place] = [:]
    private var placeBySingle: [IPv4Address: Place] = [:]

    private(set) var heldCount = 0
    private(set) var coolingCount = 0
    private(set) var freeCount = 0

    var attached: some Sequence<ENIPool> { pools.lazy.compactMap { $0 } }
    var eniCount: Int { poolByID.count }

    subscript(id: ENIID) -> ENIPool? {
        poolByID[id].flatMap { pools[$0] }
    }

    func address(at place: Place) -> IPv4Address? {
        pools[place.eni]?.blocks[place.block].address(at: place.position)
    }

    func place(of address: IPv4Address) -> Place? {
        if let place = placeBySingle[address] { return place }
        guard var place = blockByPrefix[address.bits >> 4] else { return nil }
        place.position = Int(address.bits & 15)
        return place
    }

    func pool(at place: Place) -> ENIPool? { pools[place.eni] }

    // MARK: - Assigning and releasing

    /// Holds one free address: of the fullest ENI, in its fullest block, the one longest out of use.
    ///
    /// Blocks of the wanted kind come first; those of the other kind serve only when the first have none.
    mutating func take(prefixesFirst: Bool) -> Place? {
        take(ofPrefixes: prefixesFirst) ?? take(ofPrefixes: !prefixesFirst)
    }

    private mutating func take(ofPrefixes wantsPrefix: Bool) -> Place? {
        guard freeCount > 0 else { return nil }
        var best: Place?
        var bestHeld = -1
        for index in pools.indices {
            guard let held = pools[index]?.heldCount, held > bestHeld, pools[index]?.isLeaving == false, pools[index]?.freeCount != 0,
                let block = pools[index]?.fullestBlock(ofPrefixes: wantsPrefix)
            else { continue }
            best = Place(eni: index, block: block, position: 0)
            bestHeld = held
        }
        guard var place = best, let position = pools[place.eni]?.blocks[place.block].longestOutOfUse() else { return nil }
        place.position = position
        hold(place)
        return place
    }

    /// Holds this very address, as a recovery does; nil when it is not free.
    mutating func take(_ address: IPv4Address) -> Place? {
        guard let place = place(of: address), let pool = pools[place.eni], !pool.isLeaving,
            pool.blocks[place.block].free & bit(place.position) != 0
        else { return nil }
        hold(place)
        return place
    }

    private mutating func hold(_ place: Place) {
        pools[place.eni]?.hold(place.position, in: place.block)
        freeCount -= 1
        heldCount += 1
    }

    mutating func cool(_ place: Place, at now: Instant) {
        pools[place.eni]?.cool(place.position, in: place.block, at: now)
        heldCount -= 1
        coolingCount += 1
    }

    mutating func warm(_ place: Place, at now: Instant) {
        pools[place.eni]?.warm(place.position, in: place.block, at: now)
        coolingCount -= 1
        freeCount += 1
    }

    func isCooling(_ place: Place) -> Bool {
        pools[place.eni].map { $0.blocks[place.block].cooling & bit(place.position) != 0 } ?? false
    }

    /// Takes a held or cooling address out of the node's addresses: EC2 does not show it.
    mutating func drop(_ place: Place, at now: Instant) {
        guard let block = pools[place.eni]?.blocks[place.block] else { return }
        if block.held & bit(place.position) != 0 { heldCount -= 1 }
        if block.cooling & bit(place.position) != 0 { coolingCount -= 1 }
        pools[place.eni]?.drop(place.position, in: place.block, at: now)
    }

    // MARK: - ENIs, prefixes and single addresses coming and going

    /// Takes in an ENI with all it holds; an ENI known already gains what it lacks.
    mutating func add(_ eni: AttachedENI, at now: Instant) {
        if poolByID[eni.id] == nil {
            let vacant = pools.firstIndex { $0 == nil } ?? pools.count
            if vacant == pools.count { pools.append(nil) }
            pools[vacant] = ENIPool(eni, at: now)
            poolByID[eni.id] = vacant
        }
        add(eni.secondaryAddresses, to: eni.id)
        add(eni.prefixes, to: eni.id, at: now)
    }

    /// Takes in single addresses of an ENI. One that is known already stays where it is, unless it is leaving another ENI:
    /// then EC2 has taken it back, and its answer is still on the way.
    mutating func add(_ addresses: [IPv4Address], to id: ENIID) {
        guard let index = poolByID[id] else { return }
        for address in addresses where makeWay(for: address, on: index) {
            guard let position = pools[index]?.add(single: address) else { continue }
            placeBySingle[address] = Place(eni: index, block: 0, position: position)
            countFree(1, on: index)
        }
    }

    /// The same for prefixes.
    mutating func add(_ prefixes: [IPv4CIDR], to id: ENIID, at now: Instant) {
        guard let index = poolByID[id] else { return }
        for prefix in prefixes where prefix.addresses.allSatisfy({ makeWay(for: $0, on: index) }) {
            guard let block = pools[index]?.add(prefix: prefix, at: now) else { continue }
            blockByPrefix[prefix.key] = Place(eni: index, block: block, position: 0)
            countFree(16, on: index)
        }
    }

    /// Forgets an address that is leaving another ENI; false when the address is in use where it is known.
    private mutating func makeWay(for address: IPv4Address, on index: Int) -> Bool {
        guard let known = place(of: address), let block = pools[known.eni]?.blocks[known.block],
            block.present & bit(known.position) != 0
        else { return true }
        guard known.eni != index, block.leaving & bit(known.position) != 0 else { return false }
        placeBySingle[address] = nil
        pools[known.eni]?.vacate(bit(known.position), in: known.block)
        return true
    }

    /// Free addresses of an ENI that is leaving are not to be had.
    private mutating func countFree(_ change: Int, on index: Int) {
        if pools[index]?.isLeaving == false { freeCount += change }
    }

    /// Marks free addresses and wholly free prefixes as leaving; they are neither free nor attached from here on.
    mutating func leave(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        for (place, positions) in places(addresses, prefixes) {
            pools[place.eni]?.leave(positions, in: place.block)
            countFree(-positions.nonzeroBitCount, on: place.eni)
        }
    }

    /// Takes back addresses of an ENI that were leaving and did not go.
    mutating func stay(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], on id: ENIID) {
        guard let index = poolByID[id] else { return }
        for (place, positions) in places(addresses, prefixes) where place.eni == index {
            let leaving = pools[index]?.blocks[place.block].leaving ?? 0
            countFree((leaving & positions).nonzeroBitCount, on: index)
            pools[index]?.stay(positions, in: place.block)
        }
    }

    /// Forgets addresses of an ENI that EC2 has taken back. One that EC2 has given to another ENI since stays there.
    ///
    /// - Precondition: none of them is held or cooling.
    mutating func vacate(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], of id: ENIID) {
        guard let index = poolByID[id] else { return }
        for address in addresses where placeBySingle[address]?.eni == index {
            if let place = placeBySingle.removeValue(forKey: address) { vacate(place, bit(place.position)) }
        }
        for prefix in prefixes where blockByPrefix[prefix.key]?.eni == index {
            if let place = blockByPrefix.removeValue(forKey: prefix.key) { vacate(place, 0xffff) }
        }
    }

    private mutating func vacate(_ place: Place, _ positions: UInt64) {
        guard let free = pools[place.eni]?.blocks[place.block].free else { return }
        countFree(-(free & positions).nonzeroBitCount, on: place.eni)
        pools[place.eni]?.vacate(positions, in: place.block)
    }

    /// The blocks of addresses and prefixes, each with the positions that are meant.
    private func places(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) -> [(place: Place, positions: UInt64)] {
        addresses.compactMap { placeBySingle[$0] }.map { ($0, bit($0.position)) }
            + prefixes.compactMap { blockByPrefix[$0.key] }.map { ($0, 0xffff) }
    }

    mutating func setLeaving(_ id: ENIID, _ isLeaving: Bool) {
        guard let index = poolByID[id], let pool = pools[index], pool.isLeaving != isLeaving else { return }
        precondition(!isLeaving || (pool.heldCount == 0 && pool.coolingCount == 0), "ENI \(id) would be detached with addresses in use")
        pools[index]?.isLeaving = isLeaving
        freeCount += isLeaving ? -pool.freeCount : pool.freeCount
    }

    /// Forgets an ENI that is detached, with all its addresses.
    ///
    /// - Precondition: none of its addresses is held or cooling.
    mutating func remove(_ id: ENIID) {
        guard let index = poolByID[id], let pool = pools[index] else { return }
        precondition(pool.heldCount == 0 && pool.coolingCount == 0, "ENI \(id) would be forgotten with addresses in use")
        if !pool.isLeaving { freeCount -= pool.freeCount }
        placeBySingle = placeBySingle.filter { $0.value.eni != index }
        blockByPrefix = blockByPrefix.filter { $0.value.eni != index }
        poolByID[id] = nil
        pools[index] = nil
    }
}

extension IPv4CIDR {
    /// The upper 28 bits, which all addresses of a /28 share.
    fileprivate var key: UInt32 { network.bits >> 4 }
}
