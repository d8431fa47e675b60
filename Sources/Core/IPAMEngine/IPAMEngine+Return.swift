import Addressing
import Timeline

// What goes back to EC2: ENIs, prefixes and single addresses that the targets do not need and that nobody has used for a
// while.
extension IPAMEngine {
    /// What has been idle this long may be given back; the incumbent keeps an ENI for at least a minute.
    private static let idleBeforeReturn: Duration = .seconds(60)
    /// Between two looks at what could be given back; the incumbent's figure.
    private static let shrinkInterval: Duration = .seconds(30)

    /// Looks for something to give back when it is time to.
    ///
    /// A look is due a while after more became free than was free at the last one, and again after each that found
    /// something. A pool that does not change sets no timer.
    mutating func shrink(at now: Instant, into effects: inout [Effect]) {
        let over = configuration.addressesOver(count)
        if shrinkAt == nil, store.freeCount > settledFree { shrinkAt = now + jittered(Self.idleBeforeReturn) }
        settledFree = min(settledFree, store.freeCount)
        guard let due = shrinkAt, due <= now else { return }
        let isQuiet = waiting.isEmpty && !isInDoubt && calls.waitingSince == nil && returnBackOff.isOpen
        let idleBefore = now - Self.idleBeforeReturn
        if !isQuiet || giveBack(over, idleBefore: idleBefore, at: now, into: &effects) {
            shrinkAt = now + jittered(Self.shrinkInterval)
        } else {
            settledFree = store.freeCount
            shrinkAt = nextIdle(over, after: idleBefore).map { $0 + jittered(Self.idleBeforeReturn) }
        }
    }

    private mutating func jittered(_ duration: Duration) -> Duration {
        .nanoseconds(Int64(Double(duration.wholeNanoseconds) * Double.random(in: 1...1.25, using: &random)))
    }

    private mutating func giveBack(_ over: Int, idleBefore: Instant, at now: Instant, into effects: inout [Effect]) -> Bool {
        if let eni = idleENI(over, idleBefore: idleBefore) {
            detach(eni, at: now, into: &effects)
            return true
        }
        for pool in returningPools {
            let prefixes = pool.blocks.dropFirst().filter { $0.isIdle && $0.hasBeenIdle(since: idleBefore) }
                .prefix(prefixesOver(over)).compactMap(\.prefix)
            let singles = prefixes.isEmpty ? pool.blocks[0].free(idleBefore: idleBefore) : 0
            let addresses = Array(pool.blocks[0].addresses(at: singles).prefix(singlesOver(over)))
            guard !prefixes.isEmpty || !addresses.isEmpty else { continue }
            unassign(addresses, prefixes, from: pool.id, at: now, into: &effects)
            return true
        }
        return false
    }

    /// The emptiest ENI that the targets do not need.
    private func idleENI(_ over: Int, idleBefore: Instant) -> ENIPool? {
        returningPools.first { pool in
            !pool.isPrimary && pool.freeCount <= over && pool.idleSince.map { $0 <= idleBefore } ?? false
        }
    }

    /// ENIs that may give something back, the emptiest first, so that it empties wholly.
    private var returningPools: [ENIPool] {
        store.attached.filter { !$0.isLeaving && !calls.isBusy($0.id) }
            .sorted { ($0.heldCount, $1.freeCount, $1.deviceIndex) < ($1.heldCount, $0.freeCount, $0.deviceIndex) }
    }

    /// When something that could be given back fell idle, so that it is worth a look once it has been idle for long enough;
    /// nil when there is nothing.
    private func nextIdle(_ over: Int, after idleBefore: Instant) -> Instant? {
        let moments = returningPools.flatMap { pool in
            [
                pool.isPrimary || pool.freeCount > over ? nil : pool.idleSince,
                prefixesOver(over) == 0 ? nil : pool.blocks.dropFirst().filter(\.isIdle).compactMap(\.idleSince).min(),
                singlesOver(over) == 0 ? nil : pool.blocks[0].nextIdle(after: idleBefore),
            ]
        }
        return moments.compactMap { $0 }.filter { $0 > idleBefore }.min()
    }

    /// How many prefixes may go. Those of a mode that was left make room for what the mode at hand asks for, unless EC2
    /// would not give it.
    private func prefixesOver(_ over: Int) -> Int {
        configuration.addressing == .secondary && backOff.isOpen ? .max : over / 16
    }

    /// How many single addresses may go, by the same rule. In whole-ENI mode they stay: the ENI is the unit that is kept and
    /// given back.
    private func singlesOver(_ over: Int) -> Int {
        switch configuration.addressing {
        case .prefix: backOff.isOpen ? .max : over
        case .secondary: configuration.targets.areInAddresses ? over : 0
        }
    }

    // MARK: - Steps

    /// The journal forgets the addresses before EC2 takes them: a daemon that restarts in between must not hand them out.
    private mutating func unassign(
        _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from id: ENIID, at now: Instant, into effects: inout [Effect]
    ) {
        store.leave(addresses, prefixes)
        recordENI(id, into: &effects)
        let call = calls.begin(.unassigning(id, addresses, prefixes), at: now)
        effects.append(.unassign(call, id, addresses, prefixes))
    }

    /// The journal forgets the ENI and knows it as one to be deleted before it goes, for the same reason.
    private mutating func detach(_ pool: ENIPool, at now: Instant, into effects: inout [Effect]) {
        store.setLeaving(pool.id, true)
        effects.append(.record(.eniGone(pool.id)))
        effects.append(.record(.eniCreated(pool.id)))
        let call = calls.begin(.detaching(pool.id), at: now)
        effects.append(.detachENI(call, pool.description))
    }

    /// Deletes ENIs that nothing will attach. While there is doubt about what EC2 has, one of them may turn out to be attached.
    mutating func deleteOrphans(at now: Instant, into effects: inout [Effect]) {
        guard !orphans.isEmpty, returnBackOff.isOpen, !isInDoubt else { return }
        for eni in orphans.sorted() {
            let id = calls.begin(.deleting(eni), at: now)
            effects.append(.deleteENI(id, eni))
        }
        orphans.removeAll()
    }
}
