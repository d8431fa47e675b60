import Addressing
import Timeline

/// The addresses of one attached ENI, by block, with their counts kept as they change.
struct ENIPool: Sendable {
    let id: ENIID
    let mac: MACAddress
    let deviceIndex: Int
    let subnet: SubnetID
    let subnetBlock: IPv4CIDR
    let primaryAddress: IPv4Address
    /// Block 0 holds the single addresses; every other one a prefix, or nothing when its prefix was given back.
    private(set) var blocks: [AddressBlock] = [AddressBlock()]
    private(set) var freeCount = 0
    private(set) var heldCount = 0
    private(set) var coolingCount = 0
    var presence = Presence.attached
    /// When the ENI last had no address held, cooling or leaving; its arrival at first.
    private(set) var idleSince: Instant?

    enum Presence: Sendable {
        case attached
        /// Being detached, so that nothing of it is handed out.
        case leaving
        /// Detached and forgotten.
        case gone
    }

    init(_ eni: AttachedENI, at now: Instant) {
        id = eni.id
        mac = eni.mac
        deviceIndex = eni.deviceIndex
        subnet = eni.subnet
        subnetBlock = eni.subnetBlock
        primaryAddress = eni.primaryAddress
        idleSince = now
    }

    var isPrimary: Bool { deviceIndex == 0 }
    var isAttached: Bool { presence == .attached }
    var isLeaving: Bool { presence == .leaving }
    var isGone: Bool { presence == .gone }
    var isInUse: Bool { heldCount > 0 || coolingCount > 0 }
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
        let (addresses, prefixes) = kept
        return AttachedENI(
            id: id, mac: mac, deviceIndex: deviceIndex, subnet: subnet, subnetBlock: subnetBlock, primaryAddress: primaryAddress,
            secondaryAddresses: addresses, prefixes: prefixes)
    }

    /// The fullest block of the kind that has a free address; nil when none has.
    func fullestBlock(ofPrefixes wantsPrefix: Bool) -> Int? {
        guard wantsPrefix else { return blocks[0].free != 0 ? 0 : nil }
        var best: Int?
        var bestFree = Int.max
        for index in blocks.indices.dropFirst() {
            let free = blocks[index].freeCount
            if free != 0 && free < bestFree {
                best = index
                bestFree = free
            }
        }
        return best
    }

    // MARK: - Changes

    mutating func add(single address: IPv4Address) -> Int {
        freeCount += 1
        return blocks[0].add(single: address)
    }

    mutating func add(prefix: IPv4CIDR, at now: Instant) -> Int {
        let block = AddressBlock(prefix: prefix, at: now)
        freeCount += block.freeCount
        if let vacant = blocks.indices.dropFirst().first(where: { blocks[$0].isVacant }) {
            blocks[vacant] = block
            return vacant
        }
        blocks.append(block)
        return blocks.count - 1
    }

    mutating func hold(_ position: Int, in block: Int) {
        blocks[block].hold(position)
        freeCount -= 1
        heldCount += 1
        idleSince = nil
    }

    mutating func cool(_ position: Int, in block: Int, at now: Instant) {
        blocks[block].cool(position, at: now)
        heldCount -= 1
        coolingCount += 1
    }

    mutating func warm(_ position: Int, in block: Int, at now: Instant) {
        blocks[block].warm(position, at: now)
        coolingCount -= 1
        freeCount += 1
        noteIdle(at: now)
    }

    private mutating func noteIdle(at now: Instant) {
        if !isInUse { idleSince = now }
    }

    mutating func drop(_ position: Int, in block: Int, at now: Instant) {
        if blocks[block].held & bit(position) != 0 { heldCount -= 1 }
        if blocks[block].cooling & bit(position) != 0 { coolingCount -= 1 }
        blocks[block].drop(position)
        noteIdle(at: now)
    }

    mutating func leave(_ positions: UInt64, in block: Int) {
        blocks[block].leave(positions)
        freeCount -= positions.nonzeroBitCount
    }

    mutating func stay(_ positions: UInt64, in block: Int) {
        freeCount += (positions & blocks[block].leaving).nonzeroBitCount
        blocks[block].stay(positions)
    }

    mutating func vacate(_ positions: UInt64, in block: Int) {
        freeCount -= (positions & blocks[block].free).nonzeroBitCount
        blocks[block].vacate(positions)
    }
}
