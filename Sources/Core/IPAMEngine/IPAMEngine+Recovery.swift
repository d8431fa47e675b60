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
        for eni in replay.enis.values.sorted(by: { $0.deviceIndex < $1.deviceIndex }) { store.add(eni, at: now) }
        orphans = replay.orphans
        isStarted = !replay.enis.isEmpty
        // The calls of the daemon's last life may have been carried out without its hearing of it.
        isInDoubt = isStarted
        for (allocation, wiring) in replay.allocations.values {
            records[allocation.attachment] = Record(allocation: allocation, place: nil, wiring: wiring)
        }
        for (address, cooling) in replay.cooling.sorted(by: { $0.key < $1.key }) {
            cooldowns.add(address, until: cooling.until)
            if cooling.isLinkGone { _ = cooldowns.linkDidGo(address) }
        }
        claimPlaces(at: now)
    }

    /// The shortest list of entries that leads to this state, for a journal that is written anew.
    public var journal: [JournalEntry] {
        var entries: [JournalEntry] = store.attached.filter(\.isAttached).sorted { $0.deviceIndex < $1.deviceIndex }
            .map { .eniAttached($0.description) }
        entries += unattached.sorted().map { .eniCreated($0) }
        for record in records.values.sorted(by: { $0.allocation.address < $1.allocation.address }) {
            entries.append(.allocated(record.allocation))
            if record.wiring == .wired { entries.append(.wired(record.allocation.attachment)) }
        }
        for cooling in cooldowns.all {
            // The sandbox is forgotten; what cools is the address.
            let nobody = PodAttachment(network: "", containerID: "", interface: "")
            entries.append(.released(nobody, cooling.address, until: cooling.until))
            if cooling.isLinkGone { entries.append(.linkGone(cooling.address)) }
        }
        return entries
    }

    /// ENIs that would leak if nobody remembered them.
    private var unattached: Set<ENIID> {
        let coming = calls.entries.values.compactMap { entry -> ENIID? in
            switch entry.call {
            case .attaching(let eni), .settingUp(let eni): eni.id
            case .deleting(let eni): eni
            case .describing, .creating, .restoring, .assigning, .unassigning, .detaching: nil
            }
        }
        return orphans.union(coming).union(store.attached.filter(\.isLeaving).map(\.id))
    }

    mutating func start(at now: Instant, into effects: inout [Effect]) {
        // An ADD that was cut off had no answer: what there is of it goes, and the runtime's DEL finds nothing to do.
        for record in records.values.sorted(by: { $0.allocation.address < $1.allocation.address }) where record.wiring != .wired {
            records[record.allocation.attachment]?.wiring = .unwiring
            effects.append(.unwire(record.allocation))
        }
        for pool in store.attached where !pool.isPrimary { restore(pool.description, at: now, into: &effects) }
        describe(at: now, into: &effects)
    }

    /// Takes in pods that the kernel has and the journal does not know.
    ///
    /// A pod whose address cools and whose link was never seen to go was deleted; the sweep takes what is left of it.
    mutating func adopt(_ allocations: [Allocation], at now: Instant, into effects: inout [Effect]) {
        var taken = Set(records.values.map(\.allocation.address))
        for allocation in allocations where records[allocation.attachment] == nil && cooldowns.isLinkGone(allocation.address) != false {
            guard taken.insert(allocation.address).inserted else { continue }
            free(allocation.address, at: now)
            cooldowns.remove(allocation.address)
            records[allocation.attachment] = Record(allocation: allocation, place: store.take(allocation.address), wiring: .wired)
            effects.append(.record(.allocated(allocation)))
            effects.append(.record(.wired(allocation.attachment)))
        }
    }

    // MARK: - Comparing with EC2

    /// Compares what EC2 shows with what is known.
    ///
    /// An ENI that a call changes, or has changed since EC2 was asked, is left alone: the answer may be older than the call.
    mutating func didDescribe(_ id: CallID, _ enis: [AttachedENI], at now: Instant, into effects: inout [Effect]) {
        guard case .describing = calls.end(id) else { return }
        backOff.succeed()
        isStarted = true
        isInDoubt = false
        let settled = { [calls] (eni: ENIID) in !calls.isChanging(eni) && !calls.touchedWhileDescribing.contains(eni) }
        for eni in enis where settled(eni.id) {
            orphans.remove(eni.id)
            if let pool = store[eni.id] {
                reconcile(pool, with: eni, at: now, into: &effects)
            } else if eni.isPrimary {
                takeIn(eni, at: now, into: &effects)
            } else if !calls.isBusy(eni.id) {
                let setUp = calls.begin(.settingUp(eni), at: now)
                effects.append(.setUpENI(setUp, eni))
            }
        }
        let shown = Set(enis.map(\.id))
        for pool in Array(store.attached) where !shown.contains(pool.id) && settled(pool.id) {
            forsake(pool, at: now, into: &effects)
        }
    }

    private mutating func reconcile(_ pool: ENIPool, with shown: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        if pool.isLeaving, !calls.isBusy(pool.id) { restore(pool.description, at: now, into: &effects) }
        let (kept, leaving) = (pool.kept, pool.leaving)
        store.stay(
            leaving.addresses.filter { shown.secondaryAddresses.contains($0) }, leaving.prefixes.filter { shown.prefixes.contains($0) },
            on: pool.id)
        quarantine(
            (kept.addresses + leaving.addresses).filter { !shown.secondaryAddresses.contains($0) },
            (kept.prefixes + leaving.prefixes).filter { !shown.prefixes.contains($0) }, of: pool.id, at: now)
        store.add(shown, at: now)
        claimPlaces(at: now)
        if store[pool.id]?.description != pool.description { recordENI(pool.id, into: &effects) }
    }

    /// Forgets an ENI that EC2 no longer attaches to the node. Pods that use its addresses keep them, in quarantine.
    private mutating func forsake(_ pool: ENIPool, at now: Instant, into effects: inout [Effect]) {
        let (kept, leaving) = (pool.kept, pool.leaving)
        quarantine(kept.addresses + leaving.addresses, kept.prefixes + leaving.prefixes, of: pool.id, at: now)
        calls.forget(pool.id)
        store.remove(pool.id)
        // It was being detached: EC2 has done it, and the journal knows.
        if pool.isLeaving { orphans.insert(pool.id) } else { effects.append(.record(.eniGone(pool.id))) }
    }

    /// Takes addresses that EC2 does not show out of the store. Those that are held or cool stay so, without a place.
    private mutating func quarantine(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], of eni: ENIID, at now: Instant) {
        let lost = Set(addresses + prefixes.flatMap(\.addresses))
        guard !lost.isEmpty else { return }
        for (attachment, record) in records where lost.contains(record.allocation.address) {
            guard let place = record.place else { continue }
            store.drop(place, at: now)
            records[attachment]?.place = nil
        }
        for cooling in cooldowns.all where lost.contains(cooling.address) {
            guard let place = store.place(of: cooling.address), store.isCooling(place) else { continue }
            store.drop(place, at: now)
        }
        store.vacate(addresses, prefixes, of: eni)
    }

    /// Gives what is held or cools its place, where an ENI or a prefix has turned up that contains it.
    mutating func claimPlaces(at now: Instant) {
        for (attachment, record) in records where record.place == nil {
            records[attachment]?.place = store.take(record.allocation.address)
        }
        for cooling in cooldowns.all {
            guard let place = store.take(cooling.address) else { continue }
            store.cool(place, at: now)
        }
    }
}

/// What a journal comes down to when it is read from its beginning.
struct JournalReplay {
    private(set) var enis: [ENIID: AttachedENI] = [:]
    private(set) var orphans: Set<ENIID> = []
    private(set) var allocations: [PodAttachment: (Allocation, Wiring)] = [:]
    private(set) var cooling: [IPv4Address: (until: Instant, isLinkGone: Bool)] = [:]
    private var owners: [IPv4Address: PodAttachment] = [:]

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .allocated(let allocation):
            if let owner = owners[allocation.address], owner != allocation.attachment { allocations[owner] = nil }
            if let earlier = allocations[allocation.attachment]?.0.address { owners[earlier] = nil }
            owners[allocation.address] = allocation.attachment
            allocations[allocation.attachment] = (allocation, .wiring)
            cooling[allocation.address] = nil
        case .wired(let attachment):
            allocations[attachment]?.1 = .wired
        case .released(let attachment, let address, let until):
            if owners[address] == attachment || owners[address] == nil {
                owners[address] = nil
                cooling[address] = (until, false)
            }
            if allocations[attachment]?.0.address == address { allocations[attachment] = nil }
        case .linkGone(let address):
            cooling[address]?.isLinkGone = true
        case .eniCreated(let id):
            orphans.insert(id)
        case .eniAttached(let eni):
            enis[eni.id] = eni
            orphans.remove(eni.id)
        case .eniGone(let id):
            enis[id] = nil
            orphans.remove(id)
        }
    }
}
