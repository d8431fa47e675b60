import Addressing
import IPAMEngine
import Timeline

// The pool manager: one goroutine that grows, shrinks and gives ENIs back, each only when the one before is done.
extension IncumbentPolicy {
    /// The time of a sleep has come.
    mutating func wake(at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        switch step {
        case .asleep:
            if let due = nextTick, due <= now { beginRound(at: now, into: &effects) }
        case .pausing(let eni, let moment) where moment <= now:
            let id = nextCall()
            step = .deleting(id)
            effects.append(.deleteENI(id, eni))
        case .creating(_, let request, .polling(let eni, let moment)) where moment <= now:
            let id = nextCall()
            step = .creating(id, request, .settingUp(eni))
            effects.append(.setUpENI(id, eni))
        case .starting, .assigning, .creating, .unassigning, .detaching, .pausing, .deleting: break
        }
    }

    /// - Parameter isAtRest: Whether rounds find the same until a pod comes or goes.
    mutating func sleep(at now: Instant, isAtRest: Bool = false) {
        step = .asleep
        restingSince = isAtRest ? now : nil
        nextTick = isAtRest ? nil : now + Self.tickInterval
    }

    /// A pod came or went: the next round comes when it would have come without the rest.
    mutating func endRest(at now: Instant) {
        guard case .asleep = step, let since = restingSince else { return }
        let rounds = (now - since).wholeNanoseconds / Self.tickInterval.wholeNanoseconds
        restingSince = nil
        nextTick = since + Self.tickInterval * (rounds + 1)
    }

    /// One round: more if there is too little, else less if there is too much; then perhaps an ENI goes.
    private mutating func beginRound(at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        let formulas = IncumbentFormulas(store, configuration)
        if formulas.isTooLow {
            guard exhaustedAt.map({ now - $0 >= Self.exhaustedPause }) ?? true else { return endRound(at: now, into: &effects) }
            grow(formulas, at: now, into: &effects)
        } else {
            if formulas.isTooHigh { dropBlocks(formulas, at: now) }
            giveBack(at: now, into: &effects)
        }
    }

    // MARK: - Growing

    private mutating func grow(_ formulas: IncumbentFormulas, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        let slots = configuration.limits.slotsPerENI
        if let index = store.walk().first(where: { store.enis[$0].slotsUsed < slots }) {
            let eni = store.enis[index]
            return assign(min(slots - eni.slotsUsed, formulas.wanted), to: eni.eni.id, into: &effects)
        }
        guard store.enis.count < (configuration.limits.enisByCard.first ?? 1) else { return endRound(at: now, into: &effects) }
        let content = min(formulas.wanted, slots)
        let taken = Set(store.enis.map(\.eni.deviceIndex))
        let index = (1...100).first { !taken.contains($0) } ?? 1
        guard let subnet = store.enis.first(where: \.isPrimary)?.eni.subnet else { return endRound(at: now, into: &effects) }
        let id = nextCall()
        let request = NewENI(
            subnet: subnet, securityGroups: [], clientToken: "incumbent-\(configuration.seed)-\(id.number)",
            content: store.unit == .prefix ? .prefixes(content) : .addresses(content), seat: DeviceSeat(deviceIndex: index))
        step = .creating(id, request, .describingSubnets)
        effects.append(.describeSubnets(id))
    }

    private mutating func assign(_ count: Int, to eni: ENIID, into effects: inout [IPAMEngine.Effect]) {
        let id = nextCall()
        step = .assigning(id, eni, count: count)
        effects.append(store.unit == .prefix ? .assignPrefixes(id, eni, count: count) : .assignAddresses(id, eni, count: count))
    }

    // MARK: - Shrinking

    /// Drops blocks without a pod, at most every 30 s. Whether an address cools is not looked at.
    private mutating func dropBlocks(_ formulas: IncumbentFormulas, at now: Instant) {
        guard lastShrink.map({ now - $0 > Self.shrinkInterval }) ?? true else { return }
        var left = formulas.blocksOver
        for index in store.walk() where left > 0 {
            let dropped = store.dropUnused(left, ofENIAt: index)
            let count = dropped.addresses.count + dropped.prefixes.count
            guard count > 0 else { continue }
            left -= count
            returns.append(Return(eni: store.enis[index].eni.id, addresses: dropped.addresses, prefixes: dropped.prefixes))
        }
        lastShrink = now
    }

    /// Gives the dropped blocks back, one ENI's after the other.
    private mutating func giveBack(at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        guard let next = returns.popLast() else { return endRound(at: now, into: &effects) }
        let id = nextCall()
        step = .unassigning(id)
        effects.append(.unassign(id, next.eni, next.addresses, next.prefixes))
    }

    /// Looks for an ENI that is not needed, and sleeps if there is none.
    private mutating func endRound(at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        let formulas = IncumbentFormulas(store, configuration)
        let hasEmptyENI = store.enis.contains { !$0.isPrimary && $0.held == 0 }
        guard hasEmptyENI, formulas.mayDropENI else {
            return sleep(at: now, isAtRest: !formulas.isTooLow && !formulas.isTooHigh && returns.isEmpty)
        }
        guard let index = store.walk().first(where: { mayDrop($0, formulas, at: now) }) else { return sleep(at: now) }
        let eni = store.remove(index)
        let id = nextCall()
        step = .detaching(id, eni)
        effects.append(.detachENI(id, eni))
    }

    private func mayDrop(_ index: Int, _ formulas: IncumbentFormulas, at now: Instant) -> Bool {
        let eni = store.enis[index]
        return !eni.isPrimary && now - eni.since >= Self.leastAgeOfENI && eni.held == 0 && !eni.isCooling(store.cooldown, at: now)
            && formulas.holds(without: eni, in: store)
    }

    // MARK: - Answers

    mutating func answer(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        switch step {
        case .starting: start(event, at: now, into: &effects)
        case .assigning(let id, let eni, let count) where event.call == id:
            didAssign(event, to: eni, count: count, at: now, into: &effects)
        case .creating(let id, let request, let stage) where event.call == id:
            advance(request, stage, event, at: now, into: &effects)
        case .unassigning(let id) where event.call == id: giveBack(at: now, into: &effects)
        case .detaching(let id, let eni) where event.call == id: step = .pausing(eni.id, until: now + Self.pauseBeforeDelete)
        case .deleting(let id) where event.call == id: sleep(at: now)
        case .asleep, .assigning, .creating, .unassigning, .detaching, .pausing, .deleting: break
        }
    }

    private mutating func start(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        guard case .enisDescribed(_, let enis) = event else { return effects.append(.describeENIs(nextCall())) }
        for eni in enis { store.add(eni, at: now) }
        step = .asleep
        // The pool is brought to its size before the loop begins.
        nextTick = now + .milliseconds(1)
    }

    private mutating func didAssign(
        _ event: IPAMEngine.Event, to eni: ENIID, count: Int, at now: Instant, into effects: inout [IPAMEngine.Effect]
    ) {
        if case .addressesAssigned(_, let addresses) = event { store.add(addresses, [], to: eni) }
        if case .prefixesAssigned(_, let prefixes) = event { store.add([], prefixes, to: eni) }
        if case .callFailed(_, let failure) = event {
            // The same call again for one, before it gives up.
            if count > 1 { return assign(1, to: eni, into: &effects) }
            noteExhaustion(failure, at: now)
        }
        endRound(at: now, into: &effects)
    }

    mutating func noteExhaustion(_ failure: CallFailure, at now: Instant) {
        if ["InsufficientCidrBlocks", "InsufficientFreeAddressesInSubnet"].contains(failure.code) { exhaustedAt = now }
    }
}
