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
        guard let place = place(of: address), let pool = pools[place.eni], pool.blocks[place.block].free & bit(place.position) != 0 else {
            return nil
        }
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

    /// Takes a held or cooling address out of the node's addresses: EC2 does not show it.
    mutating func drop(_ place: Place) {
        guard let block = pools[place.eni]?.blocks[place.block] else { return }
        if block.held & bit(place.position) != 0 { heldCount -= 1 }
        if block.cooling & bit(place.position) != 0 { coolingCount -= 1 }
        pools[place.eni]?.drop(place.position, in: place.block)
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

    mutating func add(_ addresses: [IPv4Address], to id: ENIID) {
        guard let index = poolByID[id] else { return }
        for address in addresses where place(of: address) == nil {
            guard let position = pools[index]?.add(single: address) else { continue }
            placeBySingle[address] = Place(eni: index, block: 0, position: position)
            freeCount += 1
        }
    }

    mutating func add(_ prefixes: [IPv4CIDR], to id: ENIID, at now: Instant) {
        guard let index = poolByID[id] else { return }
        for prefix in prefixes where blockByPrefix[prefix.network.bits >> 4] == nil {
            guard let block = pools[index]?.add(prefix: prefix, at: now) else { continue }
            blockByPrefix[prefix.network.bits >> 4] = Place(eni: index, block: block, position: 0)
            freeCount += 16
        }
    }

    /// Marks free addresses as leaving; they are neither free nor attached from here on.
    mutating func leave(_ places: [Place]) {
        for place in places {
            pools[place.eni]?.leave(bit(place.position), in: place.block)
            freeCount -= 1
        }
    }

    mutating func leave(_ prefix: IPv4CIDR) {
        guard let place = blockByPrefix[prefix.network.bits >> 4], let free = pools[place.eni]?.blocks[place.block].free else { return }
        pools[place.eni]?.leave(free, in: place.block)
        freeCount -= free.nonzeroBitCount
    }

    /// Takes back addresses that were leaving and did not go.
    mutating func stay(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        for place in addresses.compactMap(place(of:)) { stay(place, bit(place.position)) }
        for place in prefixes.compactMap({ blockByPrefix[$0.network.bits >> 4] }) { stay(place, 0xffff) }
    }

    private mutating func stay(_ place: Place, _ positions: UInt64) {
        guard let leaving = pools[place.eni]?.blocks[place.block].leaving else { return }
        freeCount += (leaving & positions).nonzeroBitCount
        pools[place.eni]?.stay(positions, in: place.block)
    }

    /// Forgets addresses that EC2 has taken back.
    ///
    /// - Precondition: none of them is held or cooling.
    mutating func vacate(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        for address in addresses {
            guard let place = placeBySingle.removeValue(forKey: address) else { continue }
            vacate(place, bit(place.position))
        }
        for prefix in prefixes {
            guard let place = blockByPrefix.removeValue(forKey: prefix.network.bits >> 4) else { continue }
            vacate(place, 0xffff)
        }
    }

    private mutating func vacate(_ place: Place, _ positions: UInt64) {
        guard let free = pools[place.eni]?.blocks[place.block].free else { return }
        freeCount -= (free & positions).nonzeroBitCount
        pools[place.eni]?.vacate(positions, in: place.block)
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
        guard let index = poolByID.removeValue(forKey: id), let pool = pools[index] else { return }
        precondition(pool.heldCount == 0 && pool.coolingCount == 0, "ENI \(id) would be forgotten with addresses in use")
        if !pool.isLeaving { freeCount -= pool.freeCount }
        for address in pool.blocks[0].addresses { placeBySingle[address] = nil }
        for prefix in pool.prefixes { blockByPrefix[prefix.network.bits >> 4] = nil }
        pools[index] = nil
    }
}
