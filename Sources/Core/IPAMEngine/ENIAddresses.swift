import Addressing
import Timeline

/// The addresses of one attached ENI, by block, with their counts kept as they change.
struct ENIAddresses: Sendable {
    /// As it was attached; its addresses stand in the blocks.
    private let eni: AttachedENI
    let pool: PoolID
    /// Block 0 holds the single addresses; every other one a prefix, or nothing when its prefix was given back.
    private(set) var blocks: [AddressBlock] = [AddressBlock()]
    /// The prefixes with so many free addresses, 0 to 16, as bits of a word by block: the fullest is found without a search.
    private var prefixesByFree: InlineArray<17, UInt64> = .init(repeating: 0)
    private(set) var freeCount = 0
    private var freeSingles = 0
    private(set) var heldCount = 0
    private(set) var coolingCount = 0
    /// The /80 that pods have their IPv6 addresses from; the first where EC2 shows several.
    private(set) var ipv6: IPv6Block?
    private(set) var ipv6UseCount = 0
    var presence = Presence.attached
    /// When the ENI last had no address held, cooling or leaving; its arrival at first.
    private(set) var idleSince: Instant?

    /// Block 0 and a prefix for each slot; no instance type has more than 49 (the table of instance types).
    private static let blocksMax = 64

    enum Presence: Sendable {
        case attached
        /// Not for pods: those that have its addresses keep them, and nothing more of it is handed out.
        case draining
        /// Being detached.
        case leaving
        /// Detached and forgotten.
        case gone
    }

    init(_ eni: AttachedENI, at now: Instant) {
        self.eni = eni
        pool = PoolID(name: eni.pool, card: eni.card)
        idleSince = now
        if let prefix = eni.ipv6Prefixes.first { ipv6 = IPv6Block(prefix: prefix) }
    }

    var id: ENIID { eni.id }
    var mac: MACAddress { eni.mac }
    var card: Int { eni.card }
    var deviceIndex: Int { eni.deviceIndex }
    var seat: DeviceSeat { eni.seat }
    var subnet: SubnetID { eni.subnet }
    var subnetBlock: IPv4CIDR { eni.subnetBlock }
    var isPrimary: Bool { eni.isPrimary }
    var isAttached: Bool { presence == .attached }
    var isLeaving: Bool { presence == .leaving }
    var primaryAddress: IPv4Address { eni.primaryAddress }
    var isGone: Bool { presence == .gone }
    var isInUse: Bool { heldCount > 0 || coolingCount > 0 || ipv6UseCount > 0 }
    var prefixCount: Int { blocks.dropFirst().count { !$0.isVacant } }
    /// Address slots in use besides the primary's: one for each single address and each prefix.
    var slotsUsed: Int { blocks[0].present.nonzeroBitCount + prefixCount }

    /// Single addresses and prefixes that the node may count on.
    var kept: (addresses: [IPv4Address], prefixes: [IPv4CIDR]) { (blocks[0].addresses(at: blocks[0].kept), prefixes { $0.kept != 0 }) }
    /// Single addresses and prefixes that EC2 was asked to take back.
    var leaving: (addresses: [IPv4Address], prefixes: [IPv4CIDR]) {
        (blocks[0].addresses(at: blocks[0].leaving), prefixes { $0.leaving != 0 })
    }

    private func prefixes(where isWanted: (AddressBlock) -> Bool) -> [IPv4CIDR] {
        blocks.dropFirst().filter(isWanted).compactMap(\.prefix)
    }

    /// The ENI without what EC2 was asked to take back.
    var description: AttachedENI {
        var (description, kept) = (eni, kept)
        kept.addresses.sort()
        kept.prefixes.sort()
        (description.secondaryAddresses, description.prefixes) = kept
        if let ipv6 { description.ipv6Prefixes = [ipv6.prefix] }
        return description
    }

    /// What it is ranked by: one that drains or leaves gives nothing.
    var standing: Ranking.Standing {
        Ranking.Standing(held: heldCount, givesSingles: isAttached && freeSingles > 0, givesPrefixes: isAttached && freeCount > freeSingles)
    }

    // MARK: - Changes

    /// Changes a block and counts its free addresses again.
    private mutating func change<Result>(_ block: Int, _ change: (inout AddressBlock) -> Result) -> Result {
        let before = blocks[block].freeCount
        let result = change(&blocks[block])
        count(block, before)
        return result
    }

    /// - Parameter before: The free addresses that the block counted with.
    private mutating func count(_ block: Int, _ before: Int) {
        let free = blocks[block].freeCount
        guard free != before else { return }
        freeCount += free - before
        guard block > 0 else { return freeSingles = free }
        prefixesByFree[before] &= ~bit(block)
        prefixesByFree[free] |= bit(block)
    }

    mutating func add(single address: IPv4Address) -> Int {
        change(0) { $0.add(single: address) }
    }

    mutating func add(prefix: IPv4CIDR, at now: Instant) -> Int {
        let block = AddressBlock(prefix: prefix, at: now)
        let vacant = blocks.indices.dropFirst().first { blocks[$0].isVacant } ?? blocks.count
        precondition(vacant < Self.blocksMax, "ENI \(id) would hold \(vacant) prefixes; a slot table of EC2 has at most 63")
        blocks.replaceSubrange(vacant..<min(vacant + 1, blocks.count), with: [block])
        count(vacant, 0)
        return vacant
    }

    mutating func add(ipv6 prefix: IPv6CIDR) {
        if ipv6 == nil { ipv6 = IPv6Block(prefix: prefix) }
    }

    /// Holds the address longest out of use of the fullest block of a kind, the first of equals; nil when none is free.
    mutating func take(_ kind: EngineConfiguration.Addressing.Unit) -> (block: Int, position: Int)? {
        guard let block = fullestBlock(kind) else { return nil }
        let position = change(block) { $0.takeLongestOutOfUse() }
        heldCount += 1
        idleSince = nil
        return (block, position)
    }

    /// Changes nothing, and is mutating all the same, because it is copied to be looked through otherwise.
    private mutating func fullestBlock(_ kind: EngineConfiguration.Addressing.Unit) -> Int? {
        guard kind == .prefix else { return freeSingles > 0 ? 0 : nil }
        for free in 1...16 where prefixesByFree[free] != 0 { return prefixesByFree[free].trailingZeroBitCount }
        return nil
    }

    /// - Returns: Whether it counted as free.
    mutating func hold(_ position: Int, in block: Int) -> Bool {
        let before = freeCount
        change(block) { $0.hold(position) }
        heldCount += 1
        idleSince = nil
        return freeCount != before
    }

    mutating func reheat(_ position: Int, in block: Int) {
        blocks[block].reheat(position)
        coolingCount -= 1
        heldCount += 1
        idleSince = nil
    }

    mutating func cool(_ position: Int, in block: Int, at now: Instant) {
        blocks[block].cool(position, at: now)
        heldCount -= 1
        coolingCount += 1
    }

    mutating func warm(_ position: Int, in block: Int, at now: Instant) {
        change(block) { $0.warm(position, at: now) }
        coolingCount -= 1
        noteIdle(at: now)
    }

    private mutating func noteIdle(at now: Instant) {
        if !isInUse { idleSince = now }
    }

    mutating func bar(_ positions: UInt64, in block: Int, _ isBarred: Bool) {
        change(block) { $0.bar(positions, isBarred) }
    }

    mutating func drop(_ position: Int, in block: Int, at now: Instant) {
        if blocks[block].held & bit(position) != 0 { heldCount -= 1 }
        if blocks[block].cooling & bit(position) != 0 { coolingCount -= 1 }
        blocks[block].drop(position)
        noteIdle(at: now)
    }

    mutating func leave(_ positions: UInt64, in block: Int) {
        change(block) { $0.leave(positions) }
    }

    mutating func stay(_ positions: UInt64, in block: Int) {
        change(block) { $0.stay(positions) }
    }

    mutating func vacate(_ positions: UInt64, in block: Int) {
        change(block) { $0.vacate(positions) }
    }

    // MARK: - IPv6

    mutating func takeIPv6() -> IPv6Address? {
        guard let address = ipv6?.take() else { return nil }
        ipv6UseCount += 1
        idleSince = nil
        return address
    }

    mutating func take(_ address: IPv6Address) -> Bool {
        guard ipv6?.take(address) == true else { return false }
        ipv6UseCount += 1
        idleSince = nil
        return true
    }

    /// Ends the use of an IPv6 address: its cooldown is over, or EC2 does not show the ENI.
    mutating func free(_ address: IPv6Address, at now: Instant) {
        guard ipv6?.free(address) == true else { return }
        ipv6UseCount -= 1
        noteIdle(at: now)
    }
}
