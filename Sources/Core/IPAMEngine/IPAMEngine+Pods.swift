import Addressing
import Timeline

// ADD, DEL and what lies between: how a pod gets its addresses and how they come back.
extension IPAMEngine {
    mutating func add(_ request: PodRequest, at now: Instant, into effects: inout [Effect]) {
        if let record = records[request.attachment] {
            switch record.wiring {
            case .wiring, .wired: effects.append(.wire(record.allocation))
            case .unwiring: refuse(request, .deleted, at: now, into: &effects)
            }
            return
        }
        guard !isStopping else { return refuse(request, .stopping, at: now, into: &effects) }
        if let pool = request.pool, configuration.namedPools[pool] == nil {
            return refuse(request, .unknownPool(pool), at: now, into: &effects)
        }
        if !expected.isEmpty, let pod = request.pod { expected.remove(pod) }
        demand.noteArrival(at: now)
        if configuration.targets.auto != nil { retarget(at: now) }
        renewSubnets(at: now, into: &effects)
        if isStarted, waiting.isEmpty, allocate(request, at: now, into: &effects) { return }
        wait(request, at: now, into: &effects)
    }

    // MARK: - Allocating

    /// Gives the request its addresses if they are free.
    mutating func allocate(_ request: PodRequest, at now: Instant, into effects: inout [Effect]) -> Bool {
        if let address = reservation(for: request) { return allocate(address, to: request, at: now, into: &effects) }
        if let pod = request.pod, request.card ?? 0 == 0 {
            switch keepPromise(to: pod, for: request, at: now, into: &effects) {
            case .kept: return true
            case .linkIsThere: return false
            case .nothing: break
            }
        }
        for card in request.card.map({ $0..<$0 + 1 }) ?? configuration.limits.enisByCard.indices {
            if allocate(request, from: PoolID(name: request.pool, card: card), at: now, into: &effects) { return true }
        }
        return false
    }

    private mutating func allocate(_ request: PodRequest, from pool: PoolID, at now: Instant, into effects: inout [Effect]) -> Bool {
        guard let unit = configuration.addressing.ipv4Unit else {
            guard let index = store.ipv6ENI(of: pool), let address = store.takeIPv6(on: index) else { return false }
            hold(PodAddresses(ipv4: nil, ipv6: address), nil, ipv6ENI: index, for: request, at: now, into: &effects)
            return true
        }
        let withIPv6 = configuration.addressing.hasIPv6
        guard let place = store.take(unit, from: pool, withIPv6: withIPv6) else { return false }
        hold(place, withIPv6: withIPv6, for: request, at: now, into: &effects)
        return true
    }

    /// The address at a place that was just taken, and one of the same ENI's /80 where pods have both.
    private mutating func hold(
        _ place: AddressStore.Place, withIPv6: Bool, for request: PodRequest, at now: Instant, into effects: inout [Effect]
    ) {
        let ipv6 = withIPv6 ? store.takeIPv6(on: place.eni) : nil
        hold(
            PodAddresses(ipv4: store.address(at: place), ipv6: ipv6), place, ipv6ENI: ipv6 == nil ? nil : place.eni, for: request, at: now,
            into: &effects)
    }

    private mutating func hold(
        _ addresses: PodAddresses, _ place: AddressStore.Place?, ipv6ENI: Int?, for request: PodRequest, at now: Instant,
        into effects: inout [Effect]
    ) {
        guard let index = place?.eni ?? ipv6ENI else { return }
        let (id, seat) = store.origin(index)
        let allocation = Allocation(request, addresses, of: id, at: seat, since: now)
        let count = records.count
        records[request.attachment] = Record(allocation: allocation, place: place, ipv6ENI: ipv6ENI, wiring: .wiring)
        precondition(records.count > count, "\(request.attachment) would hold \(addresses) beside what it has")
        noteTaken()
        effects.append(.record(.allocated(allocation)))
        effects.append(.wire(allocation))
    }

    // MARK: - Addresses that a pod is promised

    /// Gives the address reserved for the pod, or asks EC2 for that very one.
    private mutating func allocate(
        _ address: IPv4Address, to request: PodRequest, at now: Instant, into effects: inout [Effect]
    ) -> Bool {
        let withIPv6 = configuration.addressing.hasIPv6
        if let place = store.take(address) {
            hold(place, withIPv6: withIPv6 && store[place.eni].ipv6 != nil, for: request, at: now, into: &effects)
            return true
        }
        // Of an earlier pod of this name, so only its link must be gone.
        if let pod = request.pod, cooldowns.lastHolder(of: .v4(address)) == pod, cooldowns.isLinkGone(.v4(address)) == true,
            let place = store.place(of: address), store.isCooling(place)
        {
            cooldowns.remove(.v4(address))
            store.reheat(place)
            hold(place, withIPv6: withIPv6 && store[place.eni].ipv6 != nil, for: request, at: now, into: &effects)
            return true
        }
        return false
    }

    private enum Promised {
        case kept
        /// The pod before has not let go of its link.
        case linkIsThere
        case nothing
    }

    private mutating func keepPromise(
        to pod: PodName, for request: PodRequest, at now: Instant, into effects: inout [Effect]
    ) -> Promised {
        guard let addresses = promises.promise(to: pod, at: now) else { return .nothing }
        let place = addresses.ipv4.flatMap { store.place(of: $0) }.flatMap { store.isCooling($0) ? $0 : nil }
        let ipv6ENI = addresses.ipv6.flatMap { store.eni(holding: $0) }
        let isThere = (addresses.ipv4 == nil || place != nil) && (addresses.ipv6 == nil || ipv6ENI != nil)
        guard isThere, isWanted(addresses), addresses.allSatisfy({ cooldowns.isLinkGone($0) != nil }) else {
            promises.remove(pod)
            return .nothing
        }
        guard addresses.allSatisfy({ cooldowns.isLinkGone($0) == true }) else { return .linkIsThere }
        promises.remove(pod)
        for address in addresses { cooldowns.remove(address) }
        if let place { store.reheat(place) }
        hold(addresses, place, ipv6ENI: ipv6ENI, for: request, at: now, into: &effects)
        return .kept
    }

    /// Whether pods are given addresses of these families.
    private func isWanted(_ addresses: PodAddresses) -> Bool {
        (addresses.ipv4 != nil) == (configuration.addressing.ipv4Unit != nil) && (addresses.ipv6 != nil) == configuration.addressing.hasIPv6
    }

    // MARK: - Wiring

    mutating func didWire(_ attachment: PodAttachment, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), records.values[index].isBeing(.wiring) else { return }
        records.values[index].wiring = .wired
        effects.append(.record(.wired(attachment)))
    }

    mutating func delete(_ attachment: PodAttachment, at now: Instant, into effects: inout [Effect]) {
        if !waiting.isEmpty {
            for request in waiting.removeAll(where: { $0.attachment == attachment }) {
                refuse(request, .deleted, at: now, into: &effects)
            }
        }
        guard let index = records.index(forKey: attachment) else { return effects.append(.confirmDeleted(attachment)) }
        effects.append(.unwire(records.values[index].unwire()))
    }

    /// What there was of the pod's network is gone, the link with it. A DEL that is under way ends the allocation itself.
    mutating func didNotWire(_ attachment: PodAttachment, at now: Instant, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), !records.values[index].isBeing(.unwiring) else { return }
        let addresses = records.values[index].allocation.addresses
        release(index, at: now, into: &effects)
        linkDidGo(addresses, at: now, into: &effects)
    }

    mutating func didUnwire(_ attachment: PodAttachment, at now: Instant, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), records.values[index].isBeing(.unwiring) else { return }
        release(index, at: now, into: &effects)
    }

    /// Ends an allocation and lets its addresses cool, also in quarantine: they may come back to the node.
    private mutating func release(
        _ index: Dictionary<PodAttachment, Record>.Index, at now: Instant, into effects: inout [Effect]
    ) {
        let (attachment, record) = records.remove(at: index)
        let addresses = record.allocation.addresses
        let hold = record.allocation.hold
        let until = now + (hold.map { max($0, configuration.cooldown) } ?? configuration.cooldown)
        if let hold, let pod = record.allocation.pod {
            promises.add(pod, addresses, until: now + hold)
            effects.append(.record(.promised(pod, addresses, until: now + hold)))
        }
        effects.append(.record(.released(attachment, addresses, until: until)))
        if let place = record.place { store.cool(place, at: now) }
        if let address = addresses.ipv6 { cooldowns.add(.v6(address), until: until, after: record.allocation, at: now) }
        if let address = addresses.ipv4 { cooldowns.add(.v4(address), until: until, after: record.allocation, at: now) }
    }

    // MARK: - Cooldown

    mutating func linkDidGo(_ addresses: PodAddresses, at now: Instant, into effects: inout [Effect]) {
        var isNews = false
        if let ipv4 = addresses.ipv4 { isNews = linkDidGo(.v4(ipv4), at: now) }
        if let ipv6 = addresses.ipv6 { isNews = linkDidGo(.v6(ipv6), at: now) || isNews }
        if isNews { effects.append(.record(.linkGone(addresses))) }
    }

    /// - Returns: Whether the address cools and its link was thought to be there.
    private mutating func linkDidGo(_ address: IPAddress, at now: Instant) -> Bool {
        guard cooldowns.isLinkGone(address) == false else { return false }
        if cooldowns.linkDidGo(address) { free(address, at: now) }
        return true
    }

    mutating func linksDidGo(at now: Instant, into effects: inout [Effect]) {
        for cooling in cooldowns.all where !cooling.isLinkGone {
            linkDidGo(PodAddresses(cooling.address), at: now, into: &effects)
        }
    }

    mutating func endCooldowns(at now: Instant) {
        while cooldowns.isDue(at: now), let address = cooldowns.popFree(at: now) { free(address, at: now) }
    }

    mutating func free(_ address: IPAddress, at now: Instant) {
        switch address {
        case .v4(let address):
            guard let place = store.place(of: address), store.isCooling(place) else { return }
            store.warm(place, at: now)
            noteFreed()
            expectReturn(ofENI: place.eni)
        case .v6(let address):
            guard let index = store.eni(holding: address) else { return }
            store.free(address, on: index, at: now)
            expectReturn(ofENI: index)
        }
    }

    /// What an ENI that drains gets back does not count as free, and goes.
    private mutating func expectReturn(ofENI index: Int) {
        if !store.isServing(index) { expectReturn() }
    }

    /// Takes away what the runtime says is dead. An allocation younger than `olderThan` may belong to an ADD that the
    /// runtime's list does not have yet.
    mutating func collectGarbage(
        of network: String, keeping: Set<PodAttachment>, olderThan: Instant, at now: Instant, into effects: inout [Effect]
    ) {
        for attachment in garbage(of: network, keeping: keeping, olderThan: olderThan) {
            delete(attachment, at: now, into: &effects)
        }
    }
}
