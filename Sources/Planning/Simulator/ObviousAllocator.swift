import Addressing
import IPAMEngine
import Timeline

/// Chooses addresses by looking at every one of them, and says where the engine chose otherwise.
///
/// Knows what the journal says and no more: which addresses the ENIs have, who holds one, what cools and until when. Where
/// the rules leave several addresses, each is right.
struct ObviousAllocator: Sendable {
    private var enis: [ENIID: AttachedENI] = [:]
    /// ENIs of held IPv4 addresses.
    private var held: [IPv4Address: PodAttachment] = [:]
    private var cooling: [IPv4Address: (until: Instant, isLinkGone: Bool)] = [:]
    /// The last release of each address since it came, or since the daemon began; none for one that was not used.
    private var releasedAt: [IPv4Address: Instant] = [:]
    /// What EC2 was asked to take back, and may refuse to.
    private var leaving: Set<IPv4Address> = []
    private var promises: [PodName: (addresses: PodAddresses, until: Instant)] = [:]

    /// Follows an entry.
    ///
    /// - Returns: What is wrong with an allocation; nil for what is right, and for all other entries.
    mutating func follow(_ entry: JournalEntry, _ configuration: EngineConfiguration, at now: Instant) -> String? {
        switch entry {
        case .allocated(let allocation):
            defer { hold(allocation) }
            guard let address = allocation.addresses.ipv4, held[address] != allocation.attachment else { return nil }
            return judge(allocation, address, configuration, at: now)
        case .released(_, let addresses, let until):
            guard let address = addresses.ipv4 else { return nil }
            held[address] = nil
            cooling[address] = (until, false)
            releasedAt[address] = now
        case .linkGone(let addresses):
            if let address = addresses.ipv4 { cooling[address]?.isLinkGone = true }
        case .promised(let name, let addresses, let until): promises[name] = (addresses, until)
        case .eniAttached(let eni): attach(eni, at: now)
        case .unassigning(let id, let addresses, let prefixes):
            enis[id]?.secondaryAddresses.removeAll(where: addresses.contains)
            enis[id]?.prefixes.removeAll(where: prefixes.contains)
            leaving.formUnion(addresses + prefixes.flatMap(\.addresses))
        case .unassigned(_, let addresses, let prefixes, _): forget(addresses + prefixes.flatMap(\.addresses))
        case .eniDetaching(let eni): enis[eni.id] = nil
        case .eniGone(let id, _), .eniLost(let id):
            if let eni = enis.removeValue(forKey: id) { forget(Self.addresses(of: eni)) }
        case .wired, .eniRequested, .eniRefused, .eniCreated, .eniDetached, .degradationOrdered: break
        }
        return nil
    }

    /// A daemon that begins knows of no release before, but for those that cool.
    mutating func restart(at now: Instant) {
        releasedAt = cooling.filter { !isOver($0.key, at: now) }.mapValues { _ in now }
        leaving = []
    }

    private mutating func hold(_ allocation: Allocation) {
        guard let address = allocation.addresses.ipv4 else { return }
        held[address] = allocation.attachment
        cooling[address] = nil
        if let pod = allocation.pod, promises[pod]?.addresses == allocation.addresses { promises[pod] = nil }
    }

    private mutating func attach(_ eni: AttachedENI, at now: Instant) {
        let before = enis[eni.id].map { Set(Self.addresses(of: $0)) } ?? []
        for address in Self.addresses(of: eni) where !before.contains(address) && leaving.remove(address) == nil {
            releasedAt[address] = isOver(address, at: now) ? nil : now
        }
        forget(before.subtracting(Self.addresses(of: eni)))
        enis[eni.id] = eni
    }

    private mutating func forget(_ addresses: some Sequence<IPv4Address>) {
        for address in addresses {
            releasedAt[address] = nil
            leaving.remove(address)
        }
    }

    private static func addresses(of eni: AttachedENI) -> [IPv4Address] {
        eni.secondaryAddresses + eni.prefixes.flatMap(\.addresses)
    }

    private func isOver(_ address: IPv4Address, at now: Instant) -> Bool {
        cooling[address].map { $0.isLinkGone && $0.until <= now } ?? true
    }

    // MARK: - Choosing

    /// A prefix of an ENI, or its single addresses, and what is free of them.
    private struct Block {
        var eni: ENIID
        var heldOnENI: Int
        var free: [IPv4Address]
    }

    private func judge(
        _ allocation: Allocation, _ address: IPv4Address, _ configuration: EngineConfiguration, at now: Instant
    ) -> String? {
        if let pod = allocation.pod, let promise = promises[pod], promise.until > now, promise.addresses == allocation.addresses {
            return nil
        }
        guard let eni = enis[allocation.eni] else { return "\(address) is of \(allocation.eni), which the journal does not have" }
        let lower = (0..<eni.card).flatMap { blocks(configuration, card: $0, pool: eni.pool, at: now) }
        if let other = lower.first { return "\(address) is of card \(eni.card), and \(other.eni) of a card before has \(other.free[0])" }
        let best = best(of: blocks(configuration, card: eni.card, pool: eni.pool, at: now), configuration)
        guard !best.contains(address) else { return nil }
        return
            "\(address) of \(allocation.eni) is handed out where \(best.sorted().map(\.description).joined(separator: ", ")) would be right"
    }

    /// The addresses that the rules leave: of the fullest ENI, in its fullest block, longest out of use.
    private func best(of all: [Block], _ configuration: EngineConfiguration) -> [IPv4Address] {
        let wantsPrefixes = configuration.addressing.ipv4Unit == .prefix
        let ofKind = all.filter { isPrefix($0) == wantsPrefixes }
        let blocks = ofKind.isEmpty ? all : ofKind
        let fullest = blocks.map(\.heldOnENI).max()
        let candidates = blocks.filter { $0.heldOnENI == fullest }
        let leastFree = Dictionary(grouping: candidates, by: \.eni).mapValues { $0.map(\.free.count).min() ?? 0 }
        return candidates.filter { $0.free.count == leastFree[$0.eni] }.flatMap { block in
            let oldest = block.free.map { releasedAt[$0] ?? .zero }.min() ?? .zero
            return block.free.filter { (releasedAt[$0] ?? .zero) == oldest }
        }
    }

    private func isPrefix(_ block: Block) -> Bool {
        guard let first = block.free.first else { return false }
        return enis[block.eni]?.prefixes.contains { $0.contains(first) } == true
    }

    private func blocks(_ configuration: EngineConfiguration, card: Int, pool: PoolName?, at now: Instant) -> [Block] {
        enis.values.filter { serves($0, configuration) && $0.card == card && $0.pool == pool }.flatMap { eni in
            let heldOnENI = Self.addresses(of: eni).count { held[$0] != nil }
            return ([eni.secondaryAddresses] + eni.prefixes.map { Array($0.addresses) }).map { addresses in
                Block(eni: eni.id, heldOnENI: heldOnENI, free: addresses.filter { isFree($0, configuration, at: now) })
            }
        }.filter { !$0.free.isEmpty }
    }

    private func serves(_ eni: AttachedENI, _ configuration: EngineConfiguration) -> Bool {
        (!eni.isPrimary || configuration.usesPrimaryENI) && (!configuration.addressing.hasIPv6 || !eni.ipv6Prefixes.isEmpty)
    }

    private func isFree(_ address: IPv4Address, _ configuration: EngineConfiguration, at now: Instant) -> Bool {
        held[address] == nil && isOver(address, at: now) && !configuration.excludedAddresses.contains { $0.contains(address) }
            && !configuration.reservations.values.contains(address)
    }
}
