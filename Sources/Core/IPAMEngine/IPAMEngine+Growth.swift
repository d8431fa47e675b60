import Addressing
import Timeline

// What is asked of EC2 when a pool is short.
extension IPAMEngine {
    /// Asks for what the pools are short of.
    ///
    /// - Returns: How many addresses pods can take before a pool is short; negative when it is, or when that depends on other things.
    mutating func grow(at now: Instant, into effects: inout [Effect]) -> Int {
        isShort = false
        let gathered = gatherUntil
        gatherUntil = nil
        // Until the subnets are known, the choice among them would be a guess.
        guard canPlan else { return .max }
        claimReserved(at: now, into: &effects)
        var spare = hasLeftOver ? -1 : Int.max
        var podRoom = podRoom
        var waitingLeft = 0
        let servesPodsAlone = backOff.keepsWarmBack(at: now)
        for pool in pools {
            if pool.card == 0 { waitingLeft = configuration.addressing.ipv4Unit == nil ? 0 : waitingCount(for: pool.name) }
            let count = count(of: pool, waiting: waitingLeft + waitingCount(for: pool))
            let goal = servesPodsAlone ? .demandAlone : goal(of: pool)
            let short = goal.short(count, podRoom: podRoom)
            spare = min(spare, goal.spare(count))
            guard short > 0 else {
                waitingLeft = 0
                continue
            }
            isShort = true
            guard canAsk else { return spare }
            let plan = plan(for: pool, short: short, podRoom: podRoom)
            if !plan.steps.isEmpty {
                let end = gathered ?? now + configuration.gathering
                guard end <= now else {
                    gatherUntil = end
                    return spare
                }
            }
            for step in plan.steps { take(step, for: pool, at: now, into: &effects) }
            podRoom -= short - plan.missing
            waitingLeft = min(waitingLeft, plan.missing)
        }
        probe(at: now, into: &effects)
        growIPv6(at: now, into: &effects)
        return spare
    }

    /// ADDs that wait for an address of that card alone.
    private func waitingCount(for pool: PoolID) -> Int {
        configuration.addressing.ipv4Unit == nil ? 0 : waiting.count(for: pool.name, card: pool.card)
    }

    /// ADDs that wait for any address of a pool, and those that will come.
    func waitingCount(for pool: PoolName?) -> Int {
        let coming = expected.isEmpty ? 0 : expected.count(for: pool)
        guard !waiting.isEmpty else { return coming }
        guard !configuration.reservations.isEmpty else { return waiting.count(for: pool) + coming }
        return waiting.all.count { $0.pool == pool && $0.card == nil && reservation(for: $0) == nil } + coming
    }

    private func plan(for pool: PoolID, short: Int, podRoom: Int) -> GrowthPlan {
        let site = configuration.source(of: pool.name).flatMap(site)
        return GrowthPlan(
            short: short, podRoom: podRoom, goal: goal(of: pool), rooms: rooms(of: pool), addressesLater: addressesLater(for: pool),
            site: site,
            slotsPerENI: site.map { min(configuration.limits.slotsPerENI, subnets.batchMax($0.unit, in: $0.subnet)) } ?? 0,
            newENIsMax: newENIsMax(onCard: pool.card))
    }

    /// Where an ENI is made, and what it is filled with: prefixes where they are wanted and a subnet has blocks, single
    /// addresses otherwise.
    private func site(of source: PoolSource) -> GrowthPlan.Site? {
        guard let unit = configuration.addressing.ipv4Unit else { return nil }
        let withIPv6 = configuration.addressing.hasIPv6
        if let subnet = subnets.choice(of: source, for: unit, withIPv6: withIPv6) { return GrowthPlan.Site(subnet: subnet, unit: unit) }
        guard unit == .prefix, let subnet = subnets.choice(of: source, for: .secondary, withIPv6: withIPv6) else { return nil }
        return GrowthPlan.Site(subnet: subnet, unit: .secondary)
    }

    private mutating func take(_ step: GrowthPlan.Step, for pool: PoolID, at now: Instant, into effects: inout [Effect]) {
        switch step {
        case .assign(let eni, let content):
            if let subnet = store[eni]?.subnet { subnets.noteTaken(content, withENI: false, in: subnet) }
            let id = calls.begin(.assigning(eni, content), at: now)
            switch content {
            case .addresses(let count): effects.append(.assignAddresses(id, eni, count: count))
            case .prefixes(let count): effects.append(.assignPrefixes(id, eni, count: count))
            }
        case .create(let content, let subnet):
            create(content, in: subnet, for: pool, at: now, into: &effects)
        }
    }

    private mutating func create(
        _ content: NewENI.Content, in subnet: SubnetID, for pool: PoolID, at now: Instant, into effects: inout [Effect]
    ) {
        guard let seat = freeSeat(onCard: pool.card), let source = configuration.source(of: pool.name) else { return }
        subnets.noteTaken(content, withENI: true, in: subnet)
        let eni = NewENI(
            subnet: subnet, securityGroups: source.securityGroups, clientToken: clientToken(at: now), content: content,
            hasIPv6: configuration.addressing.hasIPv6, pool: pool.name, seat: seat)
        effects.append(.record(.eniRequested(eni)))
        let id = calls.begin(.creating(eni), at: now)
        effects.append(.createENI(id, eni))
    }

    /// ENIs of a pool that can be given addresses at once.
    func rooms(of pool: PoolID) -> [GrowthPlan.Room] {
        store.attached.filter { $0.pool == pool && $0.isAttached && !calls.isChanging($0.id) }.map { eni in
            let unit = unit(in: eni.subnet)
            let most = unit.map { subnets.batchMax($0, in: eni.subnet) } ?? 0
            return GrowthPlan.Room(eni: eni.id, slots: min(configuration.limits.slotsPerENI - eni.slotsUsed, most), unit: unit)
        }
    }

    /// In what a subnet has addresses; nil when it has run out of those that are wanted.
    private func unit(in subnet: SubnetID) -> EngineConfiguration.Addressing.Unit? {
        guard let unit = configuration.addressing.ipv4Unit else { return nil }
        if subnets.retry(unit, in: subnet) == nil { return unit }
        return unit == .prefix && subnets.retry(.secondary, in: subnet) == nil ? .secondary : nil
    }

    /// What ENIs of the pool can be given as soon as the call under way for them is done.
    private func addressesLater(for pool: PoolID) -> Int {
        let perSlot = configuration.addressing.ipv4Unit?.addressesPerSlot ?? 0
        return calls.entries.values.reduce(0) { sum, entry in
            guard let coming = entry.call.slotsComing else { return sum }
            let eni = entry.call.eni.flatMap { store[$0] }
            guard (entry.call.pool ?? eni?.pool) == pool, eni?.isAttached ?? true else { return sum }
            return sum + perSlot * max(0, configuration.limits.slotsPerENI - (eni?.slotsUsed ?? 0) - coming)
        }
    }

    /// An orphan counts until it is deleted: should deleting fail for long, ENIs do not pile up in the account.
    func newENIsMax(onCard card: Int) -> Int {
        let limit = configuration.limits.enisByCard.indices.contains(card) ? configuration.limits.enisByCard[card] : 0
        let used =
            store.attached.count { $0.card == card } + calls.seatsComing.count { $0.card == card }
            + seatsOfOthers.count { $0.card == card }
        return limit - used - (card == 0 ? orphans.count + calls.deleting.count : 0)
    }

    private func freeSeat(onCard card: Int) -> DeviceSeat? {
        let taken = seatsOfOthers.union(store.attached.map(\.seat) + calls.seatsComing)
        // On card 0 the first is the primary ENI's.
        return (0...128).lazy.map { DeviceSeat(card: card, deviceIndex: $0) }
            .first { !taken.contains($0) && (card > 0 || $0.deviceIndex > 0) }
    }

    /// A token that no other call of this node has, nor one of the daemon's lives before.
    private mutating func clientToken(at now: Instant) -> String {
        "berth-\(String(random.next(), radix: 16))-\(String(now.nanoseconds, radix: 16))"
    }

    // MARK: - The way back from single addresses to prefixes

    /// How long single addresses stand in for prefixes before a prefix is asked for again, though nothing is missing.
    static let probeInterval: Duration = .seconds(600)

    /// Asks for one prefix where its subnet had none; with it, the single addresses go back.
    private mutating func probe(at now: Instant, into effects: inout [Effect]) {
        guard let due = probeAt, due <= now else { return }
        let standIns = store.attached.filter(isStandIn)
        guard !standIns.isEmpty else { return probeAt = nil }
        probeAt = now + random.jittered(Self.probeInterval, 1...1.25)
        guard canAsk else { return }
        let open = standIns.filter { !calls.isBusy($0.id) }
        if let eni = open.first(where: { $0.slotsUsed < configuration.limits.slotsPerENI }) {
            take(.assign(eni.id, .prefixes(1)), for: eni.pool, at: now, into: &effects)
        } else if !restraint.stopsReleases,
            let eni = open.first(where: { $0.blocks[0].free != 0 && goal(of: $0.pool).over(countAhead(of: $0.pool)) > 0 })
        {
            // A full ENI has to make room for it first.
            unassign(Array(eni.blocks[0].addresses(at: eni.blocks[0].free).prefix(1)), [], from: eni.id, at: now, into: &effects)
            probeAt = now + random.jittered(.seconds(30), 1...1.25)
        } else if open.count == standIns.count {
            // Every address is wanted. There may be room again when some of them go back.
            probeAt = nil
        }
    }

    /// Has a prefix asked for in a while, where single addresses stand in for some.
    mutating func expectProbe(at now: Instant) {
        guard probeAt == nil, store.attached.contains(where: isStandIn) else { return }
        probeAt = now + random.jittered(Self.probeInterval, 1...1.25)
    }

    private func isStandIn(_ eni: ENIAddresses) -> Bool {
        configuration.addressing.ipv4Unit == .prefix && eni.isAttached && eni.blocks[0].kept != 0 && subnets.lacksBlocks(eni.subnet)
    }

    // MARK: - IPv6

    /// Asks for the /80 of ENIs that pods are to have IPv6 addresses from.
    private mutating func growIPv6(at now: Instant, into effects: inout [Effect]) {
        switch configuration.addressing {
        case .ipv4: break
        case .dual:
            // Both addresses of a pod come from one ENI, so each needs a /80.
            for eni in Array(store.attached) where eni.isAttached && eni.ipv6 == nil { assignIPv6(eni.id, at: now, into: &effects) }
        case .ipv6:
            for name in poolNames where needsIPv6(name) { startIPv6(of: name, at: now, into: &effects) }
        }
    }

    /// Whether a pool has to have IPv6 addresses and neither has a /80 nor is given one.
    private func needsIPv6(_ name: PoolName?) -> Bool {
        guard name == nil || waitingCount(for: name) > 0 else { return false }
        let hasOne = store.attached.contains { $0.pool.name == name && $0.isAttached && $0.ipv6 != nil }
        return !hasOne
            && !calls.entries.values.contains { entry in
                let pool = entry.call.pool ?? entry.call.eni.flatMap { store[$0]?.pool }
                return entry.call.bringsIPv6 && pool.map { $0.name == name } ?? false
            }
    }

    /// Gets one ENI of a pool its /80: one that is there, or else another.
    private mutating func startIPv6(of name: PoolName?, at now: Instant, into effects: inout [Effect]) {
        isShort = true
        if let eni = store.attached.filter({ $0.pool.name == name && $0.isAttached }).min(by: { $0.seat < $1.seat }) {
            return assignIPv6(eni.id, at: now, into: &effects)
        }
        guard canAsk, let source = configuration.source(of: name), let subnet = subnets.choice(of: source, for: .secondary, withIPv6: true),
            let card = configuration.limits.enisByCard.indices.first(where: { newENIsMax(onCard: $0) > 0 })
        else { return }
        create(.addresses(0), in: subnet, for: PoolID(name: name, card: card), at: now, into: &effects)
    }

    private mutating func assignIPv6(_ eni: ENIID, at now: Instant, into effects: inout [Effect]) {
        isShort = true
        guard canAsk, !calls.isChanging(eni) else { return }
        let id = calls.begin(.assigningIPv6(eni), at: now)
        effects.append(.assignIPv6Prefix(id, eni))
    }

    /// Whether the node wants more at all, and knows where from.
    var canPlan: Bool { grows && (!needsSubnets || subnets.isKnown || isWithoutSubnets) }

    /// Whether EC2 may be asked for more at this moment.
    var canAsk: Bool { backOff.isOpen && !isInDoubt && !restraint.stopsCalls }

    // MARK: - Reserved addresses

    /// Asks EC2 for addresses that pods which wait have reserved, where no ENI has them.
    private mutating func claimReserved(at now: Instant, into effects: inout [Effect]) {
        guard !waiting.isEmpty, !configuration.reservations.isEmpty, canAsk else { return }
        for request in waiting.all {
            guard let address = reservation(for: request), store.place(of: address) == nil, cooldowns.isLinkGone(.v4(address)) == nil
            else { continue }
            if let eni = claimableENI(for: address) {
                let id = calls.begin(.claiming(eni, address), at: now)
                effects.append(.claimAddress(id, eni, address))
            } else {
                makeRoom(for: address, of: request.pool, at: now, into: &effects)
            }
        }
    }

    /// The address that is reserved for the pod of a request; nil for those that take any.
    func reservation(for request: PodRequest) -> IPv4Address? {
        guard configuration.addressing.ipv4Unit != nil, request.card ?? 0 == 0 else { return nil }
        return request.pod.flatMap { configuration.reservations[$0] }
    }

    /// Makes an ENI in the subnet of an address that no ENI has a slot for, unless one is coming.
    private mutating func makeRoom(for address: IPv4Address, of pool: PoolName?, at now: Instant, into effects: inout [Effect]) {
        let isComing = calls.entries.values.contains { entry in
            entry.call.claims == address || entry.call.seatComing != nil
                || entry.call.eni.flatMap { store[$0] }?.subnetBlock.contains(address) == true
        }
        let known = store.attached.map { ($0.subnet, $0.subnetBlock) } + subnets.described.values.map { ($0.id, $0.block) }
        guard !isComing, let subnet = known.first(where: { $0.1.contains(address) })?.0,
            let card = configuration.limits.enisByCard.indices.first(where: { newENIsMax(onCard: $0) > 0 })
        else { return }
        create(.addresses(0), in: subnet, for: PoolID(name: pool, card: card), at: now, into: &effects)
    }

    /// An ENI in a subnet with the address and with a slot for it.
    func claimableENI(for address: IPv4Address) -> ENIID? {
        store.attached.first { eni in
            eni.isAttached && eni.subnetBlock.contains(address) && eni.slotsUsed < configuration.limits.slotsPerENI
                && !calls.isChanging(eni.id)
        }?.id
    }
}
