import Addressing
import Timeline

// Comparing what is known with what EC2 shows, which may be old.
extension IPAMEngine {
    /// Leaves the pool as it is until EC2 has said what it has.
    mutating func doubt(at now: Instant, into effects: inout [Effect]) {
        isInDoubt = true
        describe(at: now, into: &effects)
    }

    /// Asks EC2 what it has. An answer that is on the way may be older than what led here, and counts no longer.
    mutating func describe(at now: Instant, into effects: inout [Effect]) {
        lookAgainAt = nil
        calls.forgetDescription()
        guard !calls.isDescribing else { return }
        let id = calls.begin(.describing, at: now)
        if mayMake(id, at: now) { effects.append(.describeENIs(id)) }
    }

    /// How long after a description that brought news the next one follows: one of the two is not old.
    private static let secondLook: Duration = .seconds(30)

    /// Has EC2 asked again at that moment, or sooner where that is wanted already.
    mutating func lookAgain(at moment: Instant) {
        lookAgainAt = min(lookAgainAt ?? moment, moment)
    }

    /// Compares what EC2 shows with what is known.
    ///
    /// An ENI that a call changes, or has changed since EC2 was asked, is left alone: the answer may be older than the call.
    /// What has left a short while ago has left, whatever is shown. After doubt or news there is a second look.
    mutating func didDescribe(_ id: CallID, _ enis: [AttachedENI], at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .describing = entry.call else { return }
        descriptionWentWell(at: now)
        let wasUncertain = isInDoubt || !isStarted
        isStarted = true
        isInDoubt = false
        var isNews = wasUncertain
        let settled = { [calls] (eni: ENIID) in !calls.isChanging(eni) && !calls.touchedWhileDescribing.contains(eni) }
        let shown = enis.filter { configuration.limits.enisByCard.indices.contains($0.card) }
        for eni in shown where settled(eni.id) && !departures.contain(.eni(eni.id)) && orphans[eni.id] != .doomed {
            orphans[eni.id] = nil
            if let known = store[eni.id] {
                isNews = reconcile(known, with: withoutDeparted(eni), at: now, into: &effects) || isNews
            } else if eni.isPrimary {
                isNews = true
                takeIn(withoutDeparted(eni), at: now, into: &effects)
            } else if !calls.isBusy(eni.id) {
                isNews = true
                let setUp = calls.begin(.settingUp(withoutDeparted(eni)), at: now)
                effects.append(.setUpENI(setUp, withoutDeparted(eni)))
            }
        }
        let ids = Set(shown.map(\.id))
        for eni in Array(store.attached) where !ids.contains(eni.id) && settled(eni.id) {
            isNews = true
            forsake(eni, at: now, into: &effects)
        }
        forgetVanished(besides: ids, at: now, into: &effects)
        noteLeftOver()
        if isNews { lookAgain(at: now + random.jittered(Self.secondLook, 1...1.25)) }
        // What could not be compared may be what was in doubt.
        if shown.contains(where: { calls.isGrowing($0.id) || calls.touchedWhileDescribing.contains($0.id) }) {
            lookAgain(at: now + random.jittered(Self.secondLook, 1...1.25))
        }
        if let end = departures.end, isShowingDeparted(shown) { lookAgain(at: end) }
    }

    private func withoutDeparted(_ eni: AttachedENI) -> AttachedENI {
        guard !departures.isEmpty else { return eni }
        var eni = eni
        eni.secondaryAddresses.removeAll { departures.contain(.address($0)) && store.place(of: $0) == nil }
        eni.prefixes.removeAll { departures.contain(.prefix($0)) && store.place(of: $0.network) == nil }
        return eni
    }

    private func isShowingDeparted(_ enis: [AttachedENI]) -> Bool {
        enis.contains { departures.contain(.eni($0.id)) || withoutDeparted($0) != $0 }
    }

    /// - Returns: Whether something was different.
    private mutating func reconcile(_ eni: ENIAddresses, with shown: AttachedENI, at now: Instant, into effects: inout [Effect]) -> Bool {
        let before = eni.description
        let kept = eni.kept
        quarantine(
            kept.addresses.filter { !shown.secondaryAddresses.contains($0) }, kept.prefixes.filter { !shown.prefixes.contains($0) },
            of: eni.id, at: now)
        store.add(shown, at: now)
        claimPlaces(at: now)
        guard let after = store[eni.id]?.description, after != before else { return false }
        recordENI(eni.id, into: &effects)
        return true
    }

    /// Forgets an ENI that EC2 no longer attaches to the node. Pods that use its addresses keep them, in quarantine.
    private mutating func forsake(_ eni: ENIAddresses, at now: Instant, into effects: inout [Effect]) {
        let kept = eni.kept
        quarantine(kept.addresses, kept.prefixes, of: eni.id, at: now)
        quarantineIPv6(of: eni, at: now)
        calls.forget(eni.id)
        notReady[eni.id] = nil
        store.remove(eni.id)
        effects.append(.record(.eniLost(eni.id)))
    }

    /// Forgets ENIs whose link is awaited and that EC2 has not shown for so long that no old answer explains it.
    private mutating func forgetVanished(besides shown: Set<ENIID>, at now: Instant, into effects: inout [Effect]) {
        for entry in calls.entries.values {
            guard case .settingUp(let eni) = entry.call, !shown.contains(eni.id), entry.since + Departures.lag <= now else { continue }
            calls.forget(eni.id)
            notReady[eni.id] = nil
            effects.append(.record(.eniLost(eni.id)))
        }
    }

    /// Takes addresses that EC2 does not show out of the store. Those that are held or cool stay so, without a place.
    private mutating func quarantine(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], of eni: ENIID, at now: Instant) {
        let lost = Set(addresses + prefixes.flatMap(\.addresses))
        guard !lost.isEmpty else { return }
        for (attachment, record) in records {
            guard let place = record.place, let address = record.allocation.addresses.ipv4, lost.contains(address) else { continue }
            store.drop(place, at: now)
            records[attachment]?.place = nil
        }
        for cooling in cooldowns.all {
            guard case .v4(let address) = cooling.address, lost.contains(address), let place = store.place(of: address),
                store.isCooling(place)
            else { continue }
            store.drop(place, at: now)
        }
        store.vacate(addresses, prefixes, of: eni)
    }

    private mutating func quarantineIPv6(of eni: ENIAddresses, at now: Instant) {
        guard let block = eni.ipv6 else { return }
        for (attachment, record) in records {
            guard let index = record.ipv6ENI, let address = record.allocation.addresses.ipv6, block.contains(address) else { continue }
            store.free(address, on: index, at: now)
            records[attachment]?.ipv6ENI = nil
        }
        for cooling in cooldowns.all {
            guard case .v6(let address) = cooling.address, block.contains(address), let index = store.eni(holding: address) else {
                continue
            }
            store.free(address, on: index, at: now)
        }
    }

    /// Gives what is held or cools its place, where an ENI or a prefix has turned up that contains it.
    mutating func claimPlaces(at now: Instant) {
        for (attachment, record) in records where record.isQuarantined {
            let addresses = record.allocation.addresses
            if record.place == nil, let ipv4 = addresses.ipv4 { records[attachment]?.place = store.take(ipv4) }
            if record.ipv6ENI == nil, let ipv6 = addresses.ipv6 { records[attachment]?.ipv6ENI = store.take(ipv6) }
        }
        for cooling in cooldowns.all {
            switch cooling.address {
            case .v4(let address):
                if let place = store.take(address) { store.cool(place, at: now) }
            case .v6(let address):
                _ = store.take(address)
            }
        }
    }

    // MARK: - Hints

    /// The least time between two descriptions that hints lead to.
    private static let hintInterval: Duration = .seconds(60)

    /// Takes what the metadata of the instance shows for what it is: a reason to ask EC2, where it differs from what is known
    /// and nothing under way explains that.
    mutating func takeHint(_ enis: [HintedENI], at now: Instant, into effects: inout [Effect]) {
        guard isStarted, calls.isEmpty, !isInDoubt, orphans.isEmpty, hintsCountFrom <= now else { return }
        let hinted = Dictionary(enis.map { ($0.id, $0) }) { first, _ in first }
        let known = Dictionary(uniqueKeysWithValues: store.attached.map { ($0.id, $0.kept) })
        let isDifferent =
            Set(hinted.keys) != Set(known.keys)
            || known.contains { id, kept in
                Set(kept.addresses) != Set(hinted[id]?.secondaryAddresses ?? []) || Set(kept.prefixes) != Set(hinted[id]?.prefixes ?? [])
            }
        guard isDifferent else { return }
        hintsCountFrom = now + random.jittered(Self.hintInterval, 1...1.25)
        describe(at: now, into: &effects)
    }

    // MARK: - Subnets

    /// How long what EC2 said of the subnets is good enough.
    ///
    /// Longer in large clusters, so that all nodes together ask twice a second at most, a tenth of what EC2 allows an account. What is taken of
    /// the subnets over what this node has of them tells how many nodes there are.
    private var subnetsInterval: Duration {
        let total = store.total
        let own = max(1, total.free + total.held + total.cooling + store.attached.count { _ in true })
        let nodes = subnets.takenAddresses / own
        return min(Self.subnetsIntervalMost, max(Self.subnetsIntervalLeast, .seconds(nodes / 2)))
    }

    private static let subnetsIntervalLeast: Duration = .seconds(600)
    private static let subnetsIntervalMost: Duration = .seconds(12 * 3600)

    /// Whether the choice of a subnet, or whether pods keep out of one, depends on what EC2 says of them.
    static func needsSubnets(_ configuration: EngineConfiguration) -> Bool {
        let sources = [configuration.source] + configuration.namedPools.values
        return sources.contains { source in
            switch source.subnets {
            case .discovered: true
            case .these(let subnets): subnets.count > 1
            }
        }
    }

    /// Asks EC2 for the subnets once what it said is old. A node on which nothing happens has no need to know.
    mutating func renewSubnets(at now: Instant, into effects: inout [Effect]) {
        guard let since = subnets.describedAt ?? begunAt, since + Self.subnetsIntervalLeast <= now, backOff.isOpen,
            since + subnetsInterval <= now
        else { return }
        describeSubnets(at: now, into: &effects)
    }

    mutating func describeSubnets(at now: Instant, into effects: inout [Effect]) {
        guard !calls.isDescribingSubnets else { return }
        calm.end()
        let id = calls.begin(.describingSubnets, at: now)
        if mayMake(id, at: now) { effects.append(.describeSubnets(id)) }
    }

    mutating func didDescribeSubnets(_ id: CallID, _ described: [SubnetStatus], at now: Instant) {
        guard let entry = calls.end(id), case .describingSubnets = entry.call else { return }
        isWithoutSubnets = false
        subnets.take(described, pressureShare: configuration.pressureShare, at: now)
        for eni in Array(store.attached) { refreshPresence(of: eni.id) }
        notePressure()
    }

    /// The node's own subnet serves until EC2 says more, as in the incumbent; what was known before serves longer in large clusters, whose
    /// nodes would else ask EC2 again and again when many of them ask at once.
    mutating func didNotDescribeSubnets(_ id: CallID, at now: Instant) {
        isWithoutSubnets = true
        let pause = subnets.isKnown ? max(Self.subnetsPause, subnetsInterval / 16) : Self.subnetsPause
        calls.postpone(id, until: now + random.jittered(pause, 0.5...1), isInDoubt: false)
    }

    private static let subnetsPause: Duration = .seconds(40)
}
