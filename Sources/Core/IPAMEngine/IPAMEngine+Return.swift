import Addressing
import Timeline

// What goes back to EC2: ENIs, prefixes and single addresses that the targets do not need and that nobody has used for a
// while.
extension IPAMEngine {
    /// What has been idle this long may be given back; the incumbent keeps an ENI for at least a minute.
    private static let idleBeforeReturn: Duration = .seconds(60)
    /// Between two looks at what could be given back; the incumbent's figure, and less where others wait for it.
    private var shrinkInterval: Duration { pressure == .addresses ? .seconds(10) : .seconds(30) }

    /// Looks for something to give back when it is time to.
    ///
    /// A look is due a while after more became free than was free at the last one, and again after each that found
    /// something. A pool that does not change sets no timer.
    mutating func shrink(at now: Instant, into effects: inout [Effect]) {
        let free = store.freeCount
        if shrinkAt == nil, free > settledFree { shrinkAt = now + random.jittered(Self.idleBeforeReturn, 1...1.25) }
        settledFree = min(settledFree, free)
        guard let due = shrinkAt, due <= now, !restraint.stopsReleases else { return }
        let isQuiet = waiting.isEmpty && !isInDoubt && calls.waitingSince == nil && returnBackOff.isOpen
        let idleBefore = now - Self.idleBeforeReturn
        if !isQuiet || giveBack(idleBefore: idleBefore, at: now, into: &effects) {
            shrinkAt = now + random.jittered(shrinkInterval, 1...1.25)
        } else {
            settledFree = free
            shrinkAt = nextIdle(after: idleBefore).map { $0 + random.jittered(Self.idleBeforeReturn, 1...1.25) }
        }
    }

    /// Has the pool looked at soon, because it may have too much without more having become free.
    mutating func expectReturn() {
        settledFree = -1
        calm.end()
    }

    /// Notes that an address was taken: what falls idle later counts from here.
    mutating func noteTaken() {
        settledFree = min(settledFree, store.freeCount)
        calm.take()
    }

    /// Notes that an address is free again, which the pool looks at once a while is over.
    mutating func noteFreed() {
        if shrinkAt == nil, store.freeCount > settledFree { calm.end() }
    }

    /// How much of an ENI's pool may go.
    private struct Excess {
        var over: Int
        var goal: PoolGoal
        var isDraining: Bool
    }

    private func excess(of eni: ENIAddresses) -> Excess {
        let goal = goal(of: eni.pool)
        guard eni.isAttached else { return Excess(over: .max, goal: goal, isDraining: true) }
        return Excess(over: goal.over(countAhead(of: eni.pool)), goal: goal, isDraining: false)
    }

    private mutating func giveBack(idleBefore: Instant, at now: Instant, into effects: inout [Effect]) -> Bool {
        let enis = returningENIs.map { ($0, excess(of: $0)) }
        if let (eni, _) = enis.first(where: { mayDetach($0, $1) && ($0.idleSince.map { $0 <= idleBefore } ?? false) }) {
            detach(eni, at: now, into: &effects)
            return true
        }
        for (eni, excess) in enis {
            let prefixes = eni.blocks.dropFirst().filter { $0.hasBeenIdle(since: idleBefore) && mayReturn($0) }
                .prefix(prefixesOver(excess)).compactMap(\.prefix)
            let singles = prefixes.isEmpty ? returnableSingles(eni.blocks[0], idleBefore: idleBefore) : []
            let addresses = Array(singles.prefix(singlesOver(excess, on: eni)))
            guard !prefixes.isEmpty || !addresses.isEmpty else { continue }
            unassign(addresses, prefixes, from: eni.id, at: now, into: &effects)
            return true
        }
        return false
    }

    /// Whether the targets do not need an ENI. A node that gets no more pods keeps its ENIs: they end with it, or it gets pods
    /// again.
    private func mayDetach(_ eni: ENIAddresses, _ excess: Excess) -> Bool {
        guard !eni.isPrimary, condition == .schedulable, !eni.isInUse, !isOnlySourceOfIPv6(eni) else { return false }
        return excess.isDraining || eni.freeCount <= excess.over && !holdsReserved(eni)
    }

    private func isOnlySourceOfIPv6(_ eni: ENIAddresses) -> Bool {
        configuration.addressing == .ipv6 && eni.isAttached && eni.ipv6 != nil && eni.pool.name == nil
            && !store.attached.contains { $0.id != eni.id && $0.isAttached && $0.ipv6 != nil && $0.pool.name == nil }
    }

    private func holdsReserved(_ eni: ENIAddresses) -> Bool {
        !store.bars.reserved.isEmpty
            && eni.blocks.contains { block in
                setBits(of: block.barred).contains { store.bars.reserved.contains(block.address(at: $0)) }
            }
    }

    /// Whether all of a prefix is unused, and none of it is reserved.
    private func mayReturn(_ block: AddressBlock) -> Bool {
        guard block.isIdle else { return false }
        return store.bars.reserved.isEmpty
            || !setBits(of: block.barred).contains { store.bars.reserved.contains(block.address(at: $0)) }
    }

    private func returnableSingles(_ block: AddressBlock, idleBefore: Instant) -> [IPv4Address] {
        block.addresses(at: block.unused(idleBefore: idleBefore)).filter { !store.bars.reserved.contains($0) }
    }

    /// ENIs that may give something back: those that drain, then the emptiest, so that it empties wholly.
    private var returningENIs: [ENIAddresses] {
        store.attached.filter { !$0.isLeaving && !calls.isBusy($0.id) }.sorted {
            ($0.isAttached ? 1 : 0, $0.heldCount, $1.freeCount, $1.seat) < ($1.isAttached ? 1 : 0, $1.heldCount, $0.freeCount, $0.seat)
        }
    }

    /// When something that could be given back fell idle, so that it is worth a look once it has been idle for long enough;
    /// nil when there is nothing.
    private func nextIdle(after idleBefore: Instant) -> Instant? {
        let moments = returningENIs.flatMap { eni in
            let excess = excess(of: eni)
            return [
                mayDetach(eni, excess) ? eni.idleSince : nil,
                prefixesOver(excess) == 0 ? nil : eni.blocks.dropFirst().filter(mayReturn).compactMap(\.idleSince).min(),
                singlesOver(excess, on: eni) == 0 ? nil : eni.blocks[0].nextIdle(after: idleBefore),
            ]
        }
        return moments.compactMap { $0 }.filter { $0 > idleBefore }.min()
    }

    /// How many prefixes may go. Those of a mode that was left make room for what the mode at hand asks for, unless EC2
    /// would not give it.
    private func prefixesOver(_ excess: Excess) -> Int {
        if excess.isDraining || isLeftOver(.prefix) { return .max }
        return excess.over / 16
    }

    /// How many single addresses of an ENI may go, by the same rule. In whole-ENI mode they stay: the ENI is the unit that is
    /// kept and given back.
    private func singlesOver(_ excess: Excess, on eni: ENIAddresses) -> Int {
        if excess.isDraining { return .max }
        if isLeftOver(.secondary), !subnets.lacksBlocks(eni.subnet) { return .max }
        return excess.goal.keepsWholeENIs ? 0 : excess.over
    }

    /// Whether addresses of this kind are left from another mode, or from a time when there were no others.
    private func isLeftOver(_ unit: EngineConfiguration.Addressing.Unit) -> Bool {
        guard let wanted = configuration.addressing.ipv4Unit else { return true }
        return wanted != unit && backOff.isOpen && condition == .schedulable
    }

    // MARK: - Steps

    /// The journal knows what leaves before EC2 is asked: a daemon that restarts in between must not hand it out.
    mutating func unassign(
        _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from id: ENIID, at now: Instant, into effects: inout [Effect]
    ) {
        store.leave(addresses, prefixes)
        effects.append(.record(.unassigning(id, addresses, prefixes)))
        let call = calls.begin(.unassigning(id, addresses, prefixes), at: now)
        effects.append(.unassign(call, id, addresses, prefixes))
    }

    /// The same for a whole ENI.
    private mutating func detach(_ eni: ENIAddresses, at now: Instant, into effects: inout [Effect]) {
        store.setPresence(.leaving, of: eni.id)
        let description = eni.description
        effects.append(.record(.eniDetaching(description)))
        let call = calls.begin(.detaching(description), at: now)
        effects.append(.detachENI(call, description))
    }

    /// Deletes ENIs that nothing will attach. While there is doubt about what EC2 has, one of them may turn out to be attached.
    mutating func deleteOrphans(at now: Instant, into effects: inout [Effect]) {
        guard !orphans.isEmpty, returnBackOff.isOpen, !restraint.stopsReleases else { return }
        for (eni, orphan) in orphans.sorted(by: { $0.key < $1.key }) where !isInDoubt || orphan == .doomed {
            orphans[eni] = nil
            let id = calls.begin(.deleting(eni, isDoomed: orphan == .doomed), at: now)
            effects.append(.deleteENI(id, eni))
        }
    }
}
