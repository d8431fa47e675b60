import Addressing
public import Timeline

// How a restarted daemon comes back to what it knew, and what it does where its sources disagree.
extension IPAMEngine {
    /// An engine that knows what the journal says.
    ///
    /// Nothing in the journal is taken on trust: an allocation outside every ENI is kept in quarantine, a second owner of an
    /// address is dropped in favour of the later entry's holder, and a cooling address that somebody holds is held.
    public init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        self.init(configuration)
        var replay = JournalReplay()
        for entry in entries { replay.apply(entry) }
        for eni in replay.enis.values.sorted(by: { $0.seat < $1.seat }) {
            store.add(eni, at: now)
            refreshPresence(of: eni.id)
        }
        isStarted = !replay.enis.isEmpty
        // The calls of the daemon's last life may have been carried out without its hearing of it.
        isInDoubt = isStarted
        for (allocation, wiring) in replay.allocations.values {
            // An ADD that was cut off had no answer: what there is of it goes, and the runtime's DEL finds nothing to do.
            records[allocation.attachment] = Record(
                allocation: allocation, place: nil, ipv6ENI: nil, wiring: wiring == .wired ? .wired : .unwiring)
        }
        for (address, cooling) in replay.cooling.sorted(by: { $0.key < $1.key }) {
            cooldowns.add(address, until: cooling.until, at: now)
            if cooling.isLinkGone { _ = cooldowns.linkDidGo(address) }
        }
        endCooldowns(at: now)
        claimPlaces(at: now)
        for (name, promise) in replay.promises { promises.add(name, promise.addresses, until: promise.until) }
        orphans = replay.orphans
        departures = replay.departures
        restraint = replay.restraint
        resume(replay, at: now)
        noteDeadline()
    }

    /// Puts the calls of the last life back into flight whose outcome decides what is the node's; ``start(at:into:)`` makes them
    /// again.
    private mutating func resume(_ replay: JournalReplay, at now: Instant) {
        for eni in replay.requests.values.sorted(by: { $0.seat < $1.seat }) { postpone(.creating(eni), at: now) }
        for (id, leaving) in replay.leaving.sorted(by: { $0.key < $1.key }) {
            guard store[id] != nil else { continue }
            store.add(leaving.addresses, to: id)
            store.add(leaving.prefixes, to: id, at: now)
            claimPlaces(at: now)
            let unused = unused(leaving, of: id)
            guard !unused.addresses.isEmpty || !unused.prefixes.isEmpty else { continue }
            store.leave(unused.addresses, unused.prefixes)
            postpone(.unassigning(id, unused.addresses, unused.prefixes), at: now)
        }
        for eni in replay.detaching.values.sorted(by: { $0.seat < $1.seat }) {
            store.add(eni, at: now)
            claimPlaces(at: now)
            guard store[eni.id]?.isInUse == false else { continue }
            store.setPresence(.leaving, of: eni.id)
            postpone(.detaching(eni), at: now)
        }
    }

    /// What was leaving and nobody holds; a damaged journal may say both.
    private func unused(_ leaving: JournalReplay.Leaving, of id: ENIID) -> JournalReplay.Leaving {
        guard let eni = store[id] else { return JournalReplay.Leaving() }
        let singles = Set(eni.blocks[0].addresses(at: eni.blocks[0].unused))
        let prefixes = Set(eni.blocks.dropFirst().filter(\.isIdle).compactMap(\.prefix))
        return JournalReplay.Leaving(
            addresses: leaving.addresses.filter(singles.contains), prefixes: leaving.prefixes.filter(prefixes.contains))
    }

    private mutating func postpone(_ call: CallsInFlight.Call, at now: Instant) {
        let id = calls.begin(call, at: now)
        calls.postpone(id, until: now, isInDoubt: true)
    }

    /// The shortest list of entries that leads to this state, for a journal that is written anew.
    public var journal: [JournalEntry] {
        var entries: [JournalEntry] = store.attached.filter { !$0.isLeaving }.sorted { $0.seat < $1.seat }
            .map { .eniAttached($0.description) }
        entries += journalOfCalls
        for record in records.values.sorted(by: { $0.allocation.addresses < $1.allocation.addresses }) {
            entries.append(.allocated(record.allocation))
            if record.wiring == .wired { entries.append(.wired(record.allocation.attachment)) }
        }
        for cooling in cooldowns.all {
            // The sandbox is forgotten; what cools is the address.
            let nobody = PodAttachment(network: "", containerID: "", interface: "")
            entries.append(.released(nobody, PodAddresses(cooling.address), until: cooling.until))
            if cooling.isLinkGone { entries.append(.linkGone(PodAddresses(cooling.address))) }
        }
        if let moment = restraint.orderedAt { entries.append(.degradationOrdered(restraint.order, at: moment)) }
        for (name, promise) in promises.all { entries.append(.promised(name, promise.addresses, until: promise.until)) }
        return entries + departures.all.map { departed($0.thing, at: $0.moment) }
    }

    private func departed(_ thing: Departures.Thing, at moment: Instant) -> JournalEntry {
        let nowhere = ENIID(unchecked: "eni-departed")
        return switch thing {
        case .eni(let eni): .eniGone(eni, at: moment)
        case .address(let address): .unassigned(nowhere, [address], [], at: moment)
        case .prefix(let prefix): .unassigned(nowhere, [], [prefix], at: moment)
        }
    }

    /// What must not be forgotten of the calls in flight, and the ENIs that would leak if nobody remembered them.
    private var journalOfCalls: [JournalEntry] {
        var (requested, leaving, detaching): ([NewENI], [(ENIID, [IPv4Address], [IPv4CIDR])], [AttachedENI]) = ([], [], [])
        var unattached = orphans
        for entry in calls.entries.values {
            switch entry.call {
            case .creating(let eni): requested.append(eni)
            case .attaching(let eni), .settingUp(let eni): unattached[eni.id] = .unattached
            case .unassigning(let eni, let addresses, let prefixes): leaving.append((eni, addresses, prefixes))
            case .detaching(let eni): detaching.append(eni)
            case .deleting(let eni, let isDoomed): unattached[eni] = isDoomed ? .doomed : .unattached
            case .describing, .describingSubnets, .restoring, .assigning, .assigningIPv6, .claiming: break
            }
        }
        return requested.sorted { $0.seat < $1.seat }.map { .eniRequested($0) }
            + leaving.sorted { $0.0 < $1.0 }.map { .unassigning($0, $1, $2) }
            + detaching.sorted { $0.seat < $1.seat }.map { .eniDetaching($0) }
            + unattached.sorted { $0.key < $1.key }.map { $1 == .doomed ? .eniDetached($0) : .eniCreated($0, clientToken: "") }
    }

    mutating func start(at now: Instant, into effects: inout [Effect]) {
        begunAt = now
        // Pods may have been added since the journal was read; what is being wired is theirs.
        for record in records.values.sorted(by: { $0.allocation.addresses < $1.allocation.addresses }) where record.wiring == .unwiring {
            effects.append(.unwire(record.allocation))
        }
        for eni in Array(store.attached) where !eni.isPrimary && !eni.isLeaving { restore(eni.description, at: now, into: &effects) }
        describe(at: now, into: &effects)
        if needsSubnets { describeSubnets(at: now, into: &effects) }
        retarget(at: now)
    }

    /// Takes in pods that the kernel or the incumbent has and the journal does not know.
    ///
    /// A pod whose address cools and whose link was never seen to go was deleted; the sweep takes what is left of it.
    mutating func adopt(_ allocations: [Allocation], at now: Instant, into effects: inout [Effect]) {
        var taken = Set(records.values.flatMap(\.allocation.addresses))
        for allocation in allocations where records[allocation.attachment] == nil {
            let addresses = allocation.addresses
            guard addresses.allSatisfy({ cooldowns.isLinkGone($0) != false && !taken.contains($0) }) else { continue }
            taken.formUnion(addresses)
            if let ipv4 = allocation.addresses.ipv4 { rescue(ipv4, into: &effects) }
            for address in addresses where cooldowns.isLinkGone(address) == true {
                free(address, at: now)
                cooldowns.remove(address)
            }
            records[allocation.attachment] = Record(
                allocation: allocation, place: allocation.addresses.ipv4.flatMap { store.take($0) },
                ipv6ENI: allocation.addresses.ipv6.flatMap { store.take($0) }, wiring: .wired)
            effects.append(.record(.allocated(allocation)))
            effects.append(.record(.wired(allocation.attachment)))
        }
    }

    /// Keeps an address that a damaged journal says was leaving, before EC2 is asked to take it.
    private mutating func rescue(_ address: IPv4Address, into effects: inout [Effect]) {
        for (id, entry) in calls.entries {
            guard case .unassigning(let eni, let addresses, let prefixes) = entry.call, entry.retry != nil,
                addresses.contains(address) || prefixes.contains(where: { $0.contains(address) })
            else { continue }
            _ = calls.end(id)
            store.stay(addresses, prefixes, on: eni)
            recordENI(eni, into: &effects)
        }
    }
}
