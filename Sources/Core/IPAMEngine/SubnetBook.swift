public import Addressing
import Timeline

/// A subnet as EC2 describes it.
public struct SubnetStatus: Hashable, Sendable {
    public var id: SubnetID
    /// The availability zone; an ENI of another than the node's cannot be attached.
    public var zone: String
    public var block: IPv4CIDR
    public var hasIPv6: Bool
    /// AvailableIpAddressCount.
    public var freeAddresses: Int
    /// Wholly free /28 blocks; nil where nobody counted them.
    public var freeBlocks: Int?
    public var tags: [String: String]

    public init(
        id: SubnetID, zone: String, block: IPv4CIDR, hasIPv6: Bool = false, freeAddresses: Int, freeBlocks: Int? = nil,
        tags: [String: String] = [:]
    ) {
        self.id = id
        self.zone = zone
        self.block = block
        self.hasIPv6 = hasIPv6
        self.freeAddresses = freeAddresses
        self.freeBlocks = freeBlocks
        self.tags = tags
    }

    /// Free blocks as counted, or as many as chance leaves when the addresses in use are spread at random (formulas 2 and 31).
    var freeBlocksExpected: Double {
        if let freeBlocks { return Double(freeBlocks) }
        let blocks = max(0, block.count / 16 - 2)
        let usedShare = 1 - Double(freeAddresses) / Double(block.count)
        return Double(blocks) * power16(1 - usedShare)
    }

    var freeShare: Double { Double(freeAddresses) / Double(block.count) }

    /// What its tags say of pods: `kubernetes.io/role/cni` is "0" where they keep out; other values offer it, to all clusters
    /// or to those that a tag `cni.networking.k8s.aws/cluster/<name>` names (reference §6.2).
    func offer(to cluster: String?) -> Offer {
        guard let role = tags["kubernetes.io/role/cni"] else { return .none }
        guard role != "0" else { return .excluded }
        let prefix = "cni.networking.k8s.aws/cluster/"
        let clusters = tags.keys.filter { $0.hasPrefix(prefix) }
        guard let cluster, !clusters.isEmpty else { return .offered }
        return clusters.contains(prefix + cluster) ? .offered : .none
    }

    enum Offer: Hashable, Sendable {
        /// Serves the nodes whose primary ENI is in it.
        case none
        case offered
        case excluded
    }
}

private func power16(_ x: Double) -> Double {
    let squared = x * x
    let fourth = squared * squared
    let eighth = fourth * fourth
    return eighth * eighth
}

/// What is known of subnets: what EC2 described, and where it has had nothing left a short while ago.
struct SubnetBook: Sendable {
    private(set) var described: [SubnetID: SubnetStatus] = [:]
    private(set) var describedAt: Instant?
    private var exhausted: [SubnetID: Exhaustion] = [:]
    /// Subnets that had no free block when they were last asked for one.
    private var withoutBlocks: Set<SubnetID> = []
    /// Subnets that EC2 described as nearly full, until it describes twice the share free at which that began.
    private var nearlyFull: Set<SubnetID> = []
    /// Until when a subnet that had nothing left is taken to be short, though it may have a little again.
    private var scarceUntil: [Kind: Instant] = [:]
    /// The most slots that are asked of a subnet in one call; doubled by each call that goes well. None where all goes well.
    private var batchMax: [Kind: Int] = [:]
    /// Times in a row that a subnet had not even one.
    private var refusalsInARow: [Kind: Int] = [:]

    /// Addresses of one kind in one subnet.
    private struct Kind: Hashable, Sendable {
        var subnet: SubnetID
        var unit: EngineConfiguration.Addressing.Unit

        init(_ content: NewENI.Content, in subnet: SubnetID) {
            self.subnet = subnet
            switch content {
            case .addresses: unit = .secondary
            case .prefixes: unit = .prefix
            }
        }

        init(_ unit: EngineConfiguration.Addressing.Unit, in subnet: SubnetID) {
            self.subnet = subnet
            self.unit = unit
        }
    }

    struct Exhaustion: Hashable, Sendable {
        var addressesUntil: Instant?
        var blocksUntil: Instant?
    }

    var isKnown: Bool { describedAt != nil }
    /// When the first exhausted subnet is tried again; nil when none is.
    var nextRetry: Instant? {
        guard !exhausted.isEmpty else { return nil }
        return exhausted.values.lazy.flatMap { [$0.addressesUntil, $0.blocksUntil] }.compactMap { $0 }.min()
    }

    /// Addresses that were not free in the subnets as EC2 described them, whoever has them.
    var takenAddresses: Int { described.values.reduce(0) { $0 + $1.block.count - $1.freeAddresses } }

    mutating func take(_ subnets: [SubnetStatus], pressureShare: Double, at now: Instant) {
        described = Dictionary(subnets.map { ($0.id, $0) }) { first, _ in first }
        describedAt = now
        for subnet in subnets {
            if subnet.freeShare < pressureShare { nearlyFull.insert(subnet.id) }
            if subnet.freeShare >= 2 * pressureShare { nearlyFull.remove(subnet.id) }
        }
    }

    /// A subnet had not what was asked for in one call: less is asked next time, and nothing for a while when that was the least
    /// there is. Nodes that wait for what others give back ask at once a few seconds later, and ever more rarely.
    mutating func noteRefusal(of content: NewENI.Content, in subnet: SubnetID, at now: Instant, random: inout SplitMix64) {
        let kind = Kind(content, in: subnet)
        batchMax[kind] = max(1, content.slots / 2)
        guard content.slots <= 1 else { return }
        scarceUntil[kind] = now + Self.scarcity
        let count = min(refusalsInARow[kind, default: 0], 3)
        refusalsInARow[kind] = count + 1
        let retry = now + random.jittered(Self.shortestPause * (1 << count), 0.5...1)
        switch content {
        case .addresses: exhausted[subnet, default: Exhaustion()].addressesUntil = retry
        case .prefixes:
            exhausted[subnet, default: Exhaustion()].blocksUntil = retry
            withoutBlocks.insert(subnet)
        }
    }

    /// A subnet has given what was asked for.
    mutating func noteSuccess(of content: NewENI.Content, in subnet: SubnetID) {
        let kind = Kind(content, in: subnet)
        refusalsInARow[kind] = nil
        if let most = batchMax[kind], content.slots >= most { batchMax[kind] = most < Self.slotsMax ? 2 * most : nil }
        if case .prefixes(1...) = content { withoutBlocks.remove(subnet) }
    }

    /// How long a subnet without anything is left alone after the first refusal; eight times as long after the fourth. The
    /// incumbent waits 120 s.
    private static let shortestPause: Duration = .seconds(5)
    /// How long a subnet that had nothing left is taken to be short: what its nodes keep warm is what others lack.
    private static let scarcity: Duration = .seconds(600)
    /// No ENI has more address slots.
    private static let slotsMax = 64

    /// How many slots may be asked of a subnet in one call.
    func batchMax(_ unit: EngineConfiguration.Addressing.Unit, in subnet: SubnetID) -> Int { batchMax[Kind(unit, in: subnet)] ?? .max }

    /// When the last subnet that is taken to be short no longer is; nil when none is.
    var scarcityEnd: Instant? { scarceUntil.values.max() }

    func lacksBlocks(_ subnet: SubnetID) -> Bool { withoutBlocks.contains(subnet) }

    /// Ends pauses whose time is over.
    mutating func reopen(at now: Instant) {
        if !scarceUntil.isEmpty, scarceUntil.values.contains(where: { $0 <= now }) { scarceUntil = scarceUntil.filter { $0.value > now } }
        guard let next = nextRetry, next <= now else { return }
        for (id, var exhaustion) in exhausted {
            if let until = exhaustion.addressesUntil, until <= now { exhaustion.addressesUntil = nil }
            if let until = exhaustion.blocksUntil, until <= now { exhaustion.blocksUntil = nil }
            exhausted[id] = exhaustion == Exhaustion() ? nil : exhaustion
        }
    }

    /// When a subnet without addresses of the kind is asked again; nil when it may be.
    func retry(_ unit: EngineConfiguration.Addressing.Unit, in subnet: SubnetID) -> Instant? {
        guard let exhaustion = exhausted[subnet] else { return nil }
        return switch unit {
        case .secondary: exhaustion.addressesUntil
        // A subnet without a free address has no free block either.
        case .prefix: [exhaustion.addressesUntil, exhaustion.blocksUntil].compactMap { $0 }.max()
        }
    }

    // MARK: - Choosing

    /// The subnets where a pool's ENIs may be made, without regard to what is free in them, in a stable order.
    ///
    /// - Parameter withIPv6: Whether only subnets with IPv6 will do.
    func candidates(of source: PoolSource, withIPv6: Bool) -> [SubnetID] {
        switch source.subnets {
        case .these(let subnets): return subnets
        case .discovered(let own, let cluster):
            guard let zone = described[own]?.zone else { return [own] }
            return described.values.filter { subnet in
                guard subnet.zone == zone, subnet.hasIPv6 || !withIPv6 else { return false }
                return switch subnet.offer(to: cluster) {
                case .excluded: false
                case .offered: true
                case .none: subnet.id == own
                }
            }.map(\.id).sorted { ($0 == own ? 0 : 1, $0.rawValue) < ($1 == own ? 0 : 1, $1.rawValue) }
        }
    }

    /// The candidate for an ENI with addresses of the kind: the one with the most free blocks of that kind, the earlier of
    /// equals; nil when each has run out a short while ago.
    func choice(of source: PoolSource, for unit: EngineConfiguration.Addressing.Unit, withIPv6: Bool) -> SubnetID? {
        let open = candidates(of: source, withIPv6: withIPv6).filter { retry(unit, in: $0) == nil }
        func free(_ id: SubnetID) -> Double {
            guard let subnet = described[id] else { return 0 }
            return unit == .prefix ? subnet.freeBlocksExpected : Double(subnet.freeAddresses)
        }
        return open.enumerated().max { (free($0.element), -$0.offset) < (free($1.element), -$1.offset) }?.element
    }

    /// Whether pods are to keep out of the subnet.
    func isExcluded(_ subnet: SubnetID, by source: PoolSource) -> Bool {
        guard case .discovered = source.subnets, let status = described[subnet] else { return false }
        return status.offer(to: nil) == .excluded
    }

    /// What every subnet that could serve a pool is short of.
    func pressure(on source: PoolSource, for unit: EngineConfiguration.Addressing.Unit?) -> Pressure {
        let candidates = candidates(of: source, withIPv6: false)
        guard !candidates.isEmpty else { return .none }
        if candidates.allSatisfy({ isShortOfAddresses($0) }) { return .addresses }
        let isShortOfBlocks =
            unit == .prefix && candidates.allSatisfy { isShortOfAddresses($0) || scarceUntil[Kind(.prefix, in: $0)] != nil }
        return isShortOfBlocks ? .blocks : .none
    }

    private func isShortOfAddresses(_ subnet: SubnetID) -> Bool {
        nearlyFull.contains(subnet) || scarceUntil[Kind(.secondary, in: subnet)] != nil
    }

    enum Pressure: Hashable, Sendable {
        case none
        /// There are single addresses, and no /28.
        case blocks
        case addresses
    }

    /// Counts what was just taken, so that the next choice does not go by what EC2 said before.
    mutating func noteTaken(_ content: NewENI.Content, withENI: Bool, in subnet: SubnetID) {
        described[subnet]?.freeAddresses -= content.addressCount + (withENI ? 1 : 0)
        if case .prefixes(let count) = content, let blocks = described[subnet]?.freeBlocks {
            described[subnet]?.freeBlocks = max(0, blocks - count)
        }
    }
}
