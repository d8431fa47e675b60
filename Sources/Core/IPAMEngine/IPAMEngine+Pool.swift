import Addressing
import Timeline

// How the pool grows and shrinks toward its targets.
extension IPAMEngine {
    /// The addresses of the node by what they do.
    public var count: PoolCount {
        PoolCount(
            attached: store.freeCount + store.heldCount + store.coolingCount + calls.addressesComing,
            held: store.heldCount, cooling: store.coolingCount, waiting: waiting.count)
    }

    var isShort: Bool { isStarted && configuration.addressesShort(count) > 0 }

    /// Asks for what is missing and gives back what has been idle: one step that may be taken at any time, and that does
    /// nothing when taken twice.
    mutating func balance(at now: Instant, into effects: inout [Effect]) {
        resumeCalls(at: now, into: &effects)
        guard isStarted else { return }
        if isShort, backOff.isOpen(at: now) {
            grow(at: now, into: &effects)
        }
        shrink(at: now, into: &effects)
        deleteOrphans(at: now, into: &effects)
    }

    private mutating func grow(at now: Instant, into effects: inout [Effect]) {
        let plan = GrowthPlan(
            addressesShort: configuration.addressesShort(count), count: count, configuration: configuration,
            rooms: store.attached.filter { !$0.isLeaving && !calls.isBusy($0.id) }.map {
                GrowthPlan.Room(eni: $0.id, slots: configuration.limits.slotsPerENI - $0.slotsUsed)
            },
            newENIsMax: configuration.limits.enis - store.eniCount - calls.enisComing)
        for step in plan.steps {
            switch step {
            case .assign(let eni, let content):
                let id = calls.begin(.assigning(eni, content), at: now)
                switch content {
                case .addresses(let count): effects.append(.assignAddresses(id, eni, count: count))
                case .prefixes(let count): effects.append(.assignPrefixes(id, eni, count: count))
                }
            case .create(let content):
                guard let deviceIndex = lowestFreeDeviceIndex else { return }
                let eni = NewENI(
                    subnet: configuration.subnet, securityGroups: configuration.securityGroups,
                    clientToken: "berth-" + String(random.next(), radix: 16), content: content)
                let id = calls.begin(.creating(eni, deviceIndex: deviceIndex), at: now)
                effects.append(.createENI(id, eni))
            }
        }
    }

    private var lowestFreeDeviceIndex: Int? {
        let taken = Set(store.attached.map(\.deviceIndex) + calls.deviceIndexesComing)
        return (0...configuration.limits.enis).first { !taken.contains($0) && $0 > 0 }
    }

    // MARK: - Giving back

    /// What has been idle this long may be given back; the incumbent keeps an ENI for at least a minute.
    private static let idleBeforeReturn: Duration = .seconds(60)
    /// Between two looks at what could be given back; the incumbent's figure.
    private static let shrinkInterval: Duration = .seconds(30)

    private mutating func shrink(at now: Instant, into effects: inout [Effect]) {
        let over = configuration.addressesOver(count)
        guard over > 0, waiting.isEmpty, !calls.isShrinking, calls.addressesComing == 0 else {
            shrinkAt = nil
            return
        }
        guard let due = shrinkAt else {
            shrinkAt = now + jittered(Self.idleBeforeReturn)
            return
        }
        guard due <= now else { return }
        shrinkAt = now + jittered(Self.shrinkInterval)
        let idleBefore = now - Self.idleBeforeReturn
        if !detachIdleENI(over: over, idleBefore: idleBefore, at: now, into: &effects) {
            unassignIdle(over: over, idleBefore: idleBefore, at: now, into: &effects)
        }
    }

    private mutating func jittered(_ duration: Duration) -> Duration {
        .nanoseconds(Int64(Double(duration.wholeNanoseconds) * Double.random(in: 1...1.25, using: &random)))
    }

    /// Detaches the emptiest ENI that the targets do not need.
    private mutating func detachIdleENI(over: Int, idleBefore: Instant, at now: Instant, into effects: inout [Effect]) -> Bool {
        let candidates = store.attached.filter { pool in
            !pool.isPrimary && pool.freeCount <= over && !calls.isBusy(pool.id) && pool.heldCount == 0 && pool.coolingCount == 0
                && pool.idleSince.map { $0 <= idleBefore } ?? false
        }
        guard let pool = candidates.max(by: { ($0.freeCount, $0.deviceIndex) < ($1.freeCount, $1.deviceIndex) }) else { return false }
        store.setLeaving(pool.id, true)
        let id = calls.begin(.detaching(pool.id), at: now)
        effects.append(.detachENI(id, pool.description))
        return true
    }

    /// Unassigns idle prefixes, or free single addresses, of the emptiest ENI that has some.
    ///
    /// In whole-ENI mode single addresses stay: the ENI is the unit that is kept and given back.
    private mutating func unassignIdle(over: Int, idleBefore: Instant, at now: Instant, into effects: inout [Effect]) {
        let emptiestFirst = store.attached.filter { !$0.isLeaving && !calls.isBusy($0.id) }
            .sorted { ($0.heldCount, $1.deviceIndex) < ($1.heldCount, $0.deviceIndex) }
        for pool in emptiestFirst {
            let prefixes = pool.blocks.dropFirst()
                .filter { $0.isIdle && ($0.idleSince.map { $0 <= idleBefore } ?? false) }
                .prefix(over / 16).compactMap(\.prefix)
            let singles = prefixes.isEmpty && returnsSingles ? Array(freeSingles(of: pool).prefix(over)) : []
            guard !prefixes.isEmpty || !singles.isEmpty else { continue }
            for prefix in prefixes { store.leave(prefix) }
            store.leave(singles.compactMap(store.place(of:)))
            let id = calls.begin(.unassigning(pool.id, singles, Array(prefixes)), at: now)
            effects.append(.unassign(id, pool.id, singles, Array(prefixes)))
            return
        }
    }

    private var returnsSingles: Bool {
        configuration.addressing == .prefix || configuration.targets.areInAddresses
    }

    private func freeSingles(of pool: ENIPool) -> [IPv4Address] {
        positions(in: pool.blocks[0].free).map(pool.blocks[0].address(at:))
    }

    private mutating func deleteOrphans(at now: Instant, into effects: inout [Effect]) {
        guard !orphans.isEmpty, backOff.isOpen(at: now) else { return }
        for eni in orphans.sorted() {
            let id = calls.begin(.deleting(eni), at: now)
            effects.append(.deleteENI(id, eni))
        }
        orphans.removeAll()
    }
}
