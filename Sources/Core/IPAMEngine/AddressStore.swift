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

    /// By arrival; an ENI that is gone leaves its place to the next, so that places stay valid.
    private var pools: [ENIPool] = []
    private var poolByID: [ENIID: Int] = [:]
    /// The prefix that holds an address, by the address's upper 28 bits.
    private var blockByPrefix: [UInt32: Place] = [:]
    private var placeBySingle: [IPv4Address: Place] = [:]

    private(set) var heldCount = 0
    private(set) var coolingCount = 0
    private(set) var freeCount = 0

    var attached: some Sequence<ENIPool> { pools.lazy.filter { !$0.isGone } }
    var eniCount: Int { poolByID.count }

    subscript(id: ENIID) -> ENIPool? {
        poolByID[id].map { pools[$0] }
    }

    func address(at place: Place) -> IPv4Address {
        pools[place.eni].blocks[place.block].address(at: place.position)
    }

    /// The ENI of a place, and its device index.
    func eni(at place: Place) -> (id: ENIID, deviceIndex: Int) {
        (pools[place.eni].id, pools[place.eni].deviceIndex)
    }

    func place(of address: IPv4Address) -> Place? {
        if let place = placeBySingle[address] { return place }
        guard var place = blockByPrefix[address.bits >> 4] else { return nil }
        place.position = Int(address.bits & 15)
        return place
    }

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
            let held = pools[index].heldCount
            guard held > bestHeld, pools[index].freeCount > 0, pools[index].isAttached,
                let block = pools[index].fullestBlock(ofPrefixes: wantsPrefix)
            else { continue }
            best = Place(eni: index, block: block, position: 0)
            bestHeld = held
        }
        guard var place = best, let position = pools[place.eni].blocks[place.block].longestOutOfUse() else { return nil }
        place.position = position
        hold(place)
        return place
    }

    /// Holds this very address, as a recovery does; nil when it is not free.
    mutating func take(_ address: IPv4Address) -> Place? {
        guard let place = place(of: address), pools[place.eni].isAttached,
            pools[place.eni].blocks[place.block].free & bit(place.position) != 0
        else { return nil }
        hold(place)
        return place
    }

    private mutating func hold(_ place: Place) {
        pools[place.eni].hold(place.position, in: place.block)
        freeCount -= 1
        heldCount += 1
    }

    mutating func cool(_ place: Place, at now: Instant) {
        pools[place.eni].cool(place.position, in: place.block, at: now)
        heldCount -= 1
        coolingCount += 1
    }

    mutating func warm(_ place: Place, at now: Instant) {
        pools[place.eni].warm(place.position, in: place.block, at: now)
        coolingCount -= 1
        freeCount += 1
    }

    func isCooling(_ place: Place) -> Bool {
        pools[place.eni].blocks[place.block].cooling & bit(place.position) != 0
    }

    /// Takes a held or cooling address out of the node's addresses: EC2 does not show it.
    mutating func drop(_ place: Place, at now: Instant) {
        if isCooling(place) { coolingCount -= 1 } else { heldCount -= 1 }
        pools[place.eni].drop(place.position, in: place.block, at: now)
    }

    // MARK: - ENIs, prefixes and single addresses coming and going

    /// Takes in an ENI with all it holds; an ENI known already gains what it lacks.
    mutating func add(_ eni: AttachedENI, at now: Instant) {
        if poolByID[eni.id] == nil {
            let vacant = pools.firstIndex(where: \.isGone) ?? pools.count
            pools.replaceSubrange(vacant..<min(vacant + 1, pools.count), with: [ENIPool(eni, at: now)])
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
            let position = pools[index].add(single: address)
            placeBySingle[address] = Place(eni: index, block: 0, position: position)
            countFree(1, on: index)
        }
    }

    /// The same for prefixes.
    mutating func add(_ prefixes: [IPv4CIDR], to id: ENIID, at now: Instant) {
        guard let index = poolByID[id] else { return }
        for prefix in prefixes where prefix.addresses.allSatisfy({ makeWay(for: $0, on: index) }) {
            let block = pools[index].add(prefix: prefix, at: now)
            blockByPrefix[prefix.key] = Place(eni: index, block: block, position: 0)
            countFree(16, on: index)
        }
    }

    /// Forgets an address that is leaving another ENI; false when the address is in use where it is known.
    private mutating func makeWay(for address: IPv4Address, on index: Int) -> Bool {
        guard let known = place(of: address) else { return true }
        let block = pools[known.eni].blocks[known.block]
        guard block.present & bit(known.position) != 0 else { return true }
        guard known.eni != index, block.leaving & bit(known.position) != 0 else { return false }
        placeBySingle[address] = nil
        pools[known.eni].vacate(bit(known.position), in: known.block)
        return true
    }

    /// Free addresses of an ENI that is leaving are not to be had.
    private mutating func countFree(_ change: Int, on index: Int) {
        if pools[index].isAttached { freeCount += change }
    }

    /// Marks free addresses and wholly free prefixes as leaving; they are neither free nor attached from here on.
    mutating func leave(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        for (place, positions) in places(addresses, prefixes) {
            pools[place.eni].leave(positions, in: place.block)
            countFree(-positions.nonzeroBitCount, on: place.eni)
        }
    }

    /// Takes back addresses of an ENI that were leaving and did not go.
    mutating func stay(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], on id: ENIID) {
        guard let index = poolByID[id] else { return }
        for (place, positions) in places(addresses, prefixes) where place.eni == index {
            let leaving = pools[index].blocks[place.block].leaving
            countFree((leaving & positions).nonzeroBitCount, on: index)
            pools[index].stay(positions, in: place.block)
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
        countFree(-(pools[place.eni].blocks[place.block].free & positions).nonzeroBitCount, on: place.eni)
        pools[place.eni].vacate(positions, in: place.block)
    }

    /// The blocks of addresses and prefixes, each with the positions that are meant.
    private func places(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) -> [(place: Place, positions: UInt64)] {
        addresses.compactMap { placeBySingle[$0] }.map { ($0, bit($0.position)) }
            + prefixes.compactMap { blockByPrefix[$0.key] }.map { ($0, 0xffff) }
    }

    mutating func setLeaving(_ id: ENIID, _ isLeaving: Bool) {
        guard let index = poolByID[id], pools[index].isLeaving != isLeaving else { return }
        precondition(!isLeaving || !pools[index].isInUse, "ENI \(id) would be detached with addresses in use")
        pools[index].presence = isLeaving ? .leaving : .attached
        freeCount += isLeaving ? -pools[index].freeCount : pools[index].freeCount
    }

    /// Forgets an ENI that is detached, with all its addresses.
    ///
    /// - Precondition: none of its addresses is held or cooling.
    mutating func remove(_ id: ENIID) {
        guard let index = poolByID.removeValue(forKey: id) else { return }
        precondition(!pools[index].isInUse, "ENI \(id) would be forgotten with addresses in use")
        countFree(-pools[index].freeCount, on: index)
        pools[index].presence = .gone
        placeBySingle = placeBySingle.filter { $0.value.eni != index }
        blockByPrefix = blockByPrefix.filter { $0.value.eni != index }
    }
}

extension IPv4CIDR {
    /// The upper 28 bits, which all addresses of a /28 share.
    fileprivate var key: UInt32 { network.bits >> 4 }
}
