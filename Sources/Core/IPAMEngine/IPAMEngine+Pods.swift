import Addressing
public import Timeline

// ADD, DEL and what lies between: how a pod gets its address and how the address comes back.
extension IPAMEngine {
    mutating func add(_ request: PodRequest, at now: Instant, into effects: inout [Effect]) {
        if let record = records[request.attachment] {
            switch record.wiring {
            case .wiring, .wired: effects.append(.wire(record.allocation))
            case .unwiring: effects.append(.refuse(request.attachment, .deleted))
            }
            return
        }
        guard !isStopping else { return effects.append(.refuse(request.attachment, .stopping)) }
        if isStarted, waiting.isEmpty, allocate(request, at: now, into: &effects) { return }
        if waiting.remove(request.attachment) {
            effects.append(.refuse(request.attachment, .superseded))
        }
        guard waiting.count < configuration.waitingMax else {
            effects.append(.refuse(request.attachment, .tooManyWaiting(waiting.count)))
            return
        }
        waiting.append(request)
    }

    /// Gives the request an address if one is free.
    private mutating func allocate(_ request: PodRequest, at now: Instant, into effects: inout [Effect]) -> Bool {
        guard let place = store.take(prefixesFirst: configuration.addressing == .prefix) else { return false }
        let (address, eni) = (store.address(at: place), store.eni(at: place))
        let allocation = Allocation(
            attachment: request.attachment, pod: request.pod, address: address, eni: eni.id, deviceIndex: eni.deviceIndex, since: now,
            hostLink: request.hostLink)
        let previous = records.updateValue(Record(allocation: allocation, place: place, wiring: .wiring), forKey: request.attachment)
        precondition(previous == nil, "\(request.attachment) would hold \(address) beside \(String(describing: previous?.allocation))")
        effects.append(.record(.allocated(allocation)))
        effects.append(.wire(allocation))
        return true
    }

    mutating func didWire(_ attachment: PodAttachment, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), records.values[index].wiring == .wiring else { return }
        records.values[index].wiring = .wired
        effects.append(.record(.wired(attachment)))
    }

    mutating func delete(_ attachment: PodAttachment, into effects: inout [Effect]) {
        if waiting.remove(attachment) {
            effects.append(.refuse(attachment, .deleted))
        }
        guard let index = records.index(forKey: attachment) else { return effects.append(.confirmDeleted(attachment)) }
        records.values[index].wiring = .unwiring
        effects.append(.unwire(records.values[index].allocation))
    }

    /// What there was of the pod's network is gone, the link with it. A DEL that is under way ends the allocation itself.
    mutating func didNotWire(_ attachment: PodAttachment, at now: Instant, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), records.values[index].wiring != .unwiring else { return }
        let address = records.values[index].allocation.address
        release(index, at: now, into: &effects)
        linkDidGo(address, at: now, into: &effects)
    }

    mutating func didUnwire(_ attachment: PodAttachment, at now: Instant, into effects: inout [Effect]) {
        guard let index = records.index(forKey: attachment), records.values[index].wiring == .unwiring else { return }
        release(index, at: now, into: &effects)
    }

    /// Ends an allocation and lets its address cool, also in quarantine: the address may come back to the node.
    private mutating func release(
        _ index: Dictionary<PodAttachment, Record>.Index, at now: Instant, into effects: inout [Effect]
    ) {
        let (attachment, record) = records.remove(at: index)
        let until = now + configuration.cooldown
        effects.append(.record(.released(attachment, record.allocation.address, until: until)))
        cooldowns.add(record.allocation.address, until: until)
        if let place = record.place { store.cool(place, at: now) }
    }

    mutating func linkDidGo(_ address: IPv4Address, at now: Instant, into effects: inout [Effect]) {
        guard cooldowns.isLinkGone(address) == false else { return }
        effects.append(.record(.linkGone(address)))
        if cooldowns.linkDidGo(address) { free(address, at: now) }
    }

    mutating func linksDidGo(at now: Instant, into effects: inout [Effect]) {
        for cooling in cooldowns.all where !cooling.isLinkGone {
            linkDidGo(cooling.address, at: now, into: &effects)
        }
    }

    mutating func endCooldowns(at now: Instant) {
        while let address = cooldowns.popFree(at: now) { free(address, at: now) }
    }

    mutating func free(_ address: IPv4Address, at now: Instant) {
        guard let place = store.place(of: address), store.isCooling(place) else { return }
        store.warm(place, at: now)
    }

    /// Takes away what the runtime says is dead. An allocation younger than `olderThan` may belong to an ADD that the
    /// runtime's list does not have yet.
    mutating func collectGarbage(
        of network: String, keeping: Set<PodAttachment>, olderThan: Instant, into effects: inout [Effect]
    ) {
        for attachment in garbage(of: network, keeping: keeping, olderThan: olderThan) {
            delete(attachment, into: &effects)
        }
    }

    // MARK: - The waiting line

    mutating func serveWaiting(at now: Instant, into effects: inout [Effect]) {
        guard isStarted else { return }
        while let request = waiting.first, allocate(request, at: now, into: &effects) {
            _ = waiting.removeFirst()
        }
    }

    mutating func expireWaiting(at now: Instant, into effects: inout [Effect]) {
        for request in waiting.removeExpired(at: now) {
            effects.append(.refuse(request.attachment, refusal(at: now)))
        }
    }

    /// Why no address can be had at this moment: the nearest cause first.
    public func refusal(at now: Instant) -> Refusal {
        if isStopping { return .stopping }
        if let refusal = backOff.refusal { return refusal }
        if !isStarted { return .starting }
        if let since = calls.waitingSince {
            return .waitingForEC2(addresses: calls.addressesComing, since: since)
        }
        if let next = cooldowns.all.map(\.until).min() {
            return .cooling(count: cooldowns.count, next: max(now, next))
        }
        // ENIs that cannot be deleted keep others from being made.
        if !orphans.isEmpty, let refusal = returnBackOff.refusal { return refusal }
        return .eniSlotsUsedUp(enis: configuration.limits.enis, addressesPerENI: configuration.addressesPerENI)
    }
}
