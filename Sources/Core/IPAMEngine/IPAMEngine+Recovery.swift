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
        for (allocation, wiring) in replay.allocations.values.sorted(by: { $0.0.address < $1.0.address }) {
            records[allocation.attachment] = Record(allocation: allocation, place: store.take(allocation.address), wiring: wiring)
        }
        for (address, cooling) in replay.cooling.sorted(by: { $0.key < $1.key }) {
            guard let place = store.take(address) else { continue }
            store.cool(place, at: now)
            cooldowns.add(address, until: cooling.until)
            if cooling.isLinkGone { _ = cooldowns.linkDidGo(address) }
        }
    }

    /// The shortest list of entries that leads to this state, for a journal that is written anew.
    public var journal: [JournalEntry] {
        var entries: [JournalEntry] = store.attached.map { .eniAttached($0.description) }
        entries += orphans.sorted().map { .eniCreated($0) }
        for call in calls.entries.values {
            switch call.call {
            case .attaching(let eni), .settingUp(let eni):
                if store[eni.id] == nil { entries.append(.eniCreated(eni.id)) }
            case .deleting(let eni): entries.append(.eniCreated(eni))
            case .describing, .creating, .assigning, .unassigning, .detaching: break
            }
        }
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

    mutating func start(at now: Instant, into effects: inout [Effect]) {
        // An ADD that was cut off had no answer: what there is of it goes, and the runtime's DEL finds nothing to do.
        for record in records.values.sorted(by: { $0.allocation.address < $1.allocation.address }) where record.wiring != .wired {
            records[record.allocation.attachment]?.wiring = .unwiring
            effects.append(.unwire(record.allocation))
        }
        for pool in store.attached where !pool.isPrimary { setUpAgain(pool.description, at: now, into: &effects) }
        describe(at: now, into: &effects)
    }

    /// Takes in pods that the kernel has and the journal does not know.
    mutating func adopt(_ allocations: [Allocation], into effects: inout [Effect]) {
        for allocation in allocations where records[allocation.attachment] == nil {
            guard !records.values.contains(where: { $0.allocation.address == allocation.address }) else { continue }
            records[allocation.attachment] = Record(allocation: allocation, place: store.take(allocation.address), wiring: .wired)
            effects.append(.record(.allocated(allocation)))
            effects.append(.record(.wired(allocation.attachment)))
        }
    }

    /// Compares what EC2 shows with what is known.
    ///
    /// An ENI with a call in flight is left alone: the answer may be older than the call.
    mutating func didDescribe(_ id: CallID, _ enis: [AttachedENI], at now: Instant, into effects: inout [Effect]) {
        guard case .describing = calls.end(id) else { return }
        backOff.succeed()
        isStarted = true
        for eni in enis where !calls.isBusy(eni.id) || store[eni.id] != nil {
            if let pool = store[eni.id] {
                guard !calls.isChangingAddresses(of: eni.id) else { continue }
                reconcile(pool.description, with: eni, at: now, into: &effects)
            } else if eni.isPrimary {
                store.add(eni, at: now)
                place(eni, into: &effects)
            } else {
                let setUp = calls.begin(.settingUp(eni), at: now)
                effects.append(.setUpENI(setUp, eni))
            }
        }
        let shown = Set(enis.map(\.id))
        for pool in Array(store.attached) where !shown.contains(pool.id) && !calls.isChangingAddresses(of: pool.id) {
            forsake(pool, at: now, into: &effects)
        }
    }

    private mutating func reconcile(_ known: AttachedENI, with shown: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        guard known.secondaryAddresses != shown.secondaryAddresses || known.prefixes != shown.prefixes else { return }
        quarantine(
            known.secondaryAddresses.filter { !shown.secondaryAddresses.contains($0) },
            known.prefixes.filter { !shown.prefixes.contains($0) })
        store.add(shown.secondaryAddresses, to: known.id)
        store.add(shown.prefixes, to: known.id, at: now)
        place(shown, into: &effects)
    }

    /// Forgets an ENI that EC2 no longer attaches to the node. Pods that use its addresses keep them, in quarantine.
    private mutating func forsake(_ pool: ENIPool, at now: Instant, into effects: inout [Effect]) {
        quarantine(pool.blocks[0].addresses, pool.prefixes)
        store.remove(pool.id)
        effects.append(.record(.eniGone(pool.id)))
    }

    /// Takes addresses that EC2 does not show out of the store. Their holders keep them without a place.
    private mutating func quarantine(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
        let lost = addresses + prefixes.flatMap(\.addresses)
        guard !lost.isEmpty else { return }
        let lostSet = Set(lost)
        for (attachment, record) in records where record.place != nil && lostSet.contains(record.allocation.address) {
            guard let place = record.place else { continue }
            store.drop(place)
            records[attachment]?.place = nil
        }
        for cooling in cooldowns.all where lostSet.contains(cooling.address) {
            guard let place = store.place(of: cooling.address) else { continue }
            cooldowns.remove(cooling.address)
            store.drop(place)
        }
        store.vacate(addresses, prefixes)
    }

    /// Gives quarantined allocations their place in an ENI that turned up.
    mutating func place(_ eni: AttachedENI, into effects: inout [Effect]) {
        for (attachment, record) in records where record.place == nil {
            guard let place = store.take(record.allocation.address) else { continue }
            records[attachment]?.place = place
        }
        recordENI(eni.id, into: &effects)
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
