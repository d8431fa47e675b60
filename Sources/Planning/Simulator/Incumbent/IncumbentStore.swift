import Addressing
import IPAMEngine
import Timeline

/// The AWS VPC CNI's datastore (amazon-vpc-cni-k8s v1.23, pkg/ipamd/datastore): which addresses a node has and who holds them.
///
/// Pods are placed by chance, as it walks maps of Go; within a block the first address that is not in use or cooling is taken.
struct IncumbentStore: Sendable {
    /// A single secondary address or a /28.
    struct Block: Sendable {
        let block: IPv4CIDR
        /// Only addresses that were handed out once are here, as in the original.
        fileprivate(set) var touched: [IPv4Address: Use] = [:]
        fileprivate(set) var held = 0

        var isPrefix: Bool { block.prefixLength == 28 }
        var isUnused: Bool { held == 0 }
    }

    enum Use: Hashable, Sendable {
        case held(PodAttachment)
        case released(Instant)
    }

    struct ENI: Sendable {
        /// Without its addresses, which are in the blocks.
        let eni: AttachedENI
        let since: Instant
        fileprivate(set) var blocks: [Block]

        var isPrimary: Bool { eni.isPrimary }
        var held: Int { blocks.reduce(0) { $0 + $1.held } }
        /// Address slots in use, both kinds.
        var slotsUsed: Int { blocks.count }

        func isCooling(_ cooldown: Duration, at now: Instant) -> Bool {
            blocks.contains { $0.touched.values.contains { IncumbentStore.isCooling($0, cooldown, at: now) } }
        }
    }

    let unit: EngineConfiguration.Addressing.Unit
    let cooldown: Duration
    private(set) var enis: [ENI] = []
    private(set) var allocations: [PodAttachment: Allocation] = [:]
    private var random: RandomSource

    init(_ configuration: EngineConfiguration) {
        unit = configuration.addressing.ipv4Unit ?? .secondary
        cooldown = configuration.cooldown
        random = RandomSource(seed: configuration.seed)
    }

    /// T of the formulas: addresses of the mode at hand.
    var total: Int { enis.reduce(0) { $0 + size(of: $1) } }
    /// A of the formulas.
    var assigned: Int { allocations.count }
    var prefixes: Int { enis.reduce(0) { $0 + $1.blocks.count { $0.isPrefix } } }
    var freePrefixes: Int { enis.reduce(0) { $0 + freePrefixes(of: $1) } }

    func freePrefixes(of eni: ENI) -> Int { eni.blocks.count { $0.isPrefix && $0.isUnused } }

    /// Addresses of an ENI, of the mode at hand.
    func size(of eni: ENI) -> Int {
        eni.blocks.reduce(0) { $0 + ($1.isPrefix == (unit == .prefix) ? $1.block.count : 0) }
    }

    /// Addresses in cooldown, which the formulas count as available.
    func cooling(at now: Instant) -> Int {
        enis.reduce(0) { sum, eni in
            sum + eni.blocks.reduce(0) { $0 + $1.touched.values.count { Self.isCooling($0, cooldown, at: now) } }
        }
    }

    private static func isCooling(_ use: Use, _ cooldown: Duration, at now: Instant) -> Bool {
        switch use {
        case .held: false
        case .released(let moment): now - moment <= cooldown
        }
    }

    /// The positions of the ENIs in an order by chance, as Go walks a map.
    mutating func walk() -> [Int] { shuffled(Array(enis.indices)) }

    private mutating func shuffled(_ indices: [Int]) -> [Int] {
        var indices = indices
        for position in indices.indices.reversed() where position > 0 { indices.swapAt(position, random.below(position + 1)) }
        return indices
    }

    // MARK: - Pods

    /// Gives the pod an address; nil when none is free, whatever will be.
    mutating func assign(_ request: PodRequest, at now: Instant) -> Allocation? {
        if let allocation = allocations[request.attachment] { return allocation }
        for index in walk() {
            for position in shuffled(blocks(at: index)) {
                guard let address = takeAddress(index, position, for: request.attachment, at: now) else { continue }
                let eni = enis[index].eni
                let allocation = Allocation(
                    attachment: request.attachment, pod: request.pod, addresses: PodAddresses(.v4(address)), eni: eni.id, card: eni.card,
                    deviceIndex: eni.deviceIndex, since: now, hostLink: request.hostLink)
                allocations[request.attachment] = allocation
                return allocation
            }
        }
        return nil
    }

    private func blocks(at index: Int) -> [Int] {
        enis[index].blocks.indices.filter { enis[index].blocks[$0].isPrefix == (unit == .prefix) }
    }

    /// Forgets addresses whose cooldown is over and takes the first of them, or else the first that was never handed out.
    private mutating func takeAddress(_ index: Int, _ position: Int, for attachment: PodAttachment, at now: Instant) -> IPv4Address? {
        var block = enis[index].blocks[position]
        let rested = block.touched.filter { _, use in
            if case .released = use { !Self.isCooling(use, cooldown, at: now) } else { false }
        }.keys.sorted()
        for address in rested { block.touched[address] = nil }
        let address = rested.first ?? block.block.addresses.first { block.touched[$0] == nil }
        if let address {
            block.touched[address] = .held(attachment)
            block.held += 1
        }
        enis[index].blocks[position] = block
        return address
    }

    /// Takes the address back, which cools from that moment.
    mutating func release(_ attachment: PodAttachment, at now: Instant) -> Allocation? {
        guard let allocation = allocations.removeValue(forKey: attachment), let address = allocation.addresses.ipv4 else { return nil }
        for index in enis.indices where enis[index].eni.id == allocation.eni {
            for position in enis[index].blocks.indices where enis[index].blocks[position].block.contains(address) {
                enis[index].blocks[position].touched[address] = .released(now)
                enis[index].blocks[position].held -= 1
            }
        }
        return allocation
    }

    /// Takes in what was held before the daemon began. Cooldowns are not in its file and are forgotten.
    mutating func restore(_ allocation: Allocation) {
        allocations[allocation.attachment] = allocation
        for index in enis.indices where enis[index].eni.id == allocation.eni { hold(allocation, at: index) }
    }

    private mutating func hold(_ allocation: Allocation, at index: Int) {
        guard let address = allocation.addresses.ipv4 else { return }
        for position in enis[index].blocks.indices where enis[index].blocks[position].block.contains(address) {
            enis[index].blocks[position].touched[address] = .held(allocation.attachment)
            enis[index].blocks[position].held += 1
        }
    }

    // MARK: - ENIs

    mutating func add(_ eni: AttachedENI, at now: Instant) {
        var bare = eni
        (bare.secondaryAddresses, bare.prefixes) = ([], [])
        enis.append(ENI(eni: bare, since: now, blocks: []))
        add(eni.secondaryAddresses, eni.prefixes, to: eni.id)
        for allocation in allocations.values.sorted(by: { $0.addresses < $1.addresses }) where allocation.eni == eni.id {
            hold(allocation, at: enis.count - 1)
        }
    }

    mutating func add(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], to id: ENIID) {
        guard let index = enis.firstIndex(where: { $0.eni.id == id }) else { return }
        let singles = addresses.map { IPv4CIDR(containing: $0, prefixLength: 32) }
        enis[index].blocks += (singles + prefixes).map { Block(block: $0) }
    }

    /// Drops up to `count` blocks of an ENI that no pod has an address of, cooling or not.
    mutating func dropUnused(_ count: Int, ofENIAt index: Int) -> (addresses: [IPv4Address], prefixes: [IPv4CIDR]) {
        let dropped = shuffled(blocks(at: index)).filter { enis[index].blocks[$0].isUnused }.prefix(count).sorted()
        let blocks = dropped.map { enis[index].blocks[$0] }
        for position in dropped.reversed() { enis[index].blocks.remove(at: position) }
        return (blocks.filter { !$0.isPrefix }.map(\.block.network), blocks.filter(\.isPrefix).map(\.block))
    }

    /// Forgets an ENI; returns it with all its addresses.
    mutating func remove(_ index: Int) -> AttachedENI {
        let removed = enis.remove(at: index)
        var eni = removed.eni
        eni.secondaryAddresses = removed.blocks.filter { !$0.isPrefix }.map(\.block.network).sorted()
        eni.prefixes = removed.blocks.filter(\.isPrefix).map(\.block).sorted()
        return eni
    }
}
