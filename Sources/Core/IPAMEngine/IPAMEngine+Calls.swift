import Addressing
import Timeline

// The outcomes of calls to EC2 and of the steps of an ENI's life. An outcome for a call that is not in flight came twice
// or too late, and changes nothing.
extension IPAMEngine {
    mutating func didCreate(_ id: CallID, _ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .creating(let wanted) = entry.call else { return }
        growthWentWell()
        subnets.noteSuccess(of: wanted.content, in: wanted.subnet)
        var eni = eni
        (eni.card, eni.deviceIndex, eni.pool) = (wanted.seat.card, wanted.seat.deviceIndex, wanted.pool)
        effects.append(.record(.eniCreated(eni.id, clientToken: wanted.clientToken)))
        let attaching = calls.begin(.attaching(eni), at: now)
        if mayMake(attaching, at: now) { effects.append(.attachENI(attaching, eni.id, wanted.seat)) }
    }

    mutating func didAttach(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .attaching(let eni) = entry.call else { return }
        growthWentWell()
        demand.noteENIMade(after: now - entry.since)
        let settingUp = calls.begin(.settingUp(eni), at: now)
        effects.append(.setUpENI(settingUp, eni))
    }

    mutating func didSetUp(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id) else { return }
        switch entry.call {
        case .settingUp(let eni):
            notReady[eni.id] = nil
            takeIn(eni, at: now, into: &effects)
        case .restoring(let eni):
            notReady[eni.id] = nil
            claimPlaces(at: now)
        case .describing, .describingSubnets, .creating, .attaching, .assigning, .assigningIPv6, .claiming, .unassigning, .detaching,
            .deleting:
            break
        }
    }

    /// Takes in an ENI that is ready, or what a call has brought to one that is known.
    mutating func takeIn(_ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        departures.forget(Departures.things(eni.secondaryAddresses, eni.prefixes))
        store.add(eni, at: now)
        refreshPresence(of: eni.id)
        claimPlaces(at: now)
        recordENI(eni.id, into: &effects)
    }

    mutating func didAssign(
        _ id: CallID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], at now: Instant, into effects: inout [Effect]
    ) {
        guard let entry = calls.end(id), case .assigning(let eni, let content) = entry.call, var known = store[eni]?.description else {
            return
        }
        growthWentWell()
        subnets.noteSuccess(of: content, in: known.subnet)
        demand.noteAssigned(after: now - entry.since)
        known.secondaryAddresses = addresses
        known.prefixes = prefixes
        takeIn(known, at: now, into: &effects)
        if !addresses.isEmpty { expectProbe(at: now) }
        if !prefixes.isEmpty {
            noteLeftOver()
            expectReturn()
        }
    }

    mutating func didAssign(_ id: CallID, ipv6 prefix: IPv6CIDR, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .assigningIPv6(let eni) = entry.call else { return }
        growthWentWell()
        store.add(ipv6: prefix, to: eni)
        claimPlaces(at: now)
        recordENI(eni, into: &effects)
        // Its route table lacks the way of IPv6.
        if let eni = store[eni], !eni.isPrimary { restore(eni.description, at: now, into: &effects) }
    }

    mutating func didClaim(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .claiming(let eni, let address) = entry.call, var known = store[eni]?.description else {
            return
        }
        growthWentWell()
        (known.secondaryAddresses, known.prefixes) = ([address], [])
        takeIn(known, at: now, into: &effects)
    }

    mutating func didUnassign(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .unassigning(let eni, let addresses, let prefixes) = entry.call else { return }
        returnWentWell()
        depart(addresses, prefixes, from: eni, at: now, into: &effects)
        expectProbe(at: now)
    }

    private mutating func depart(
        _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from eni: ENIID, at now: Instant, into effects: inout [Effect]
    ) {
        effects.append(.record(.unassigned(eni, addresses, prefixes, at: now)))
        store.vacate(addresses, prefixes, of: eni)
        if hasLeftOver { noteLeftOver() }
        departures.note(Departures.things(addresses, prefixes), at: now)
    }

    mutating func didDetach(_ id: CallID, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .detaching(let eni) = entry.call else { return }
        returnWentWell()
        store.remove(eni.id)
        effects.append(.record(.eniDetached(eni.id)))
        orphans[eni.id] = .doomed
    }

    mutating func didDelete(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.end(id), case .deleting(let eni, _) = entry.call else { return }
        returnWentWell()
        end(eni, at: now, into: &effects)
    }

    /// The ENI does not exist, whatever a description may still show.
    private mutating func end(_ eni: ENIID, at now: Instant, into effects: inout [Effect]) {
        effects.append(.record(.eniGone(eni, at: now)))
        departures.note([.eni(eni)], at: now)
    }

    /// Gives out the steps whose next try has come.
    mutating func resumeCalls(at now: Instant, into effects: inout [Effect]) {
        for (id, call) in calls.resumeDue(at: now, under: restraint) {
            switch call {
            case .describing: effects.append(.describeENIs(id))
            case .describingSubnets: effects.append(.describeSubnets(id))
            case .creating(let eni): effects.append(.createENI(id, eni))
            case .attaching(let eni): effects.append(.attachENI(id, eni.id, eni.seat))
            case .settingUp(let eni), .restoring(let eni): effects.append(.setUpENI(id, eni))
            case .unassigning(let eni, let addresses, let prefixes): effects.append(.unassign(id, eni, addresses, prefixes))
            case .detaching(let eni): effects.append(.detachENI(id, eni))
            case .assigning, .assigningIPv6, .claiming, .deleting: break
            }
        }
    }

    func recordENI(_ id: ENIID, into effects: inout [Effect]) {
        guard let eni = store[id] else { return }
        effects.append(.record(.eniAttached(eni.description)))
    }

    // MARK: - Failures

    mutating func didFail(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        guard let entry = calls.entries[id], entry.retry == nil else { return }
        noteFailure(of: entry.call, failure, at: now)
        switch entry.call {
        // The kernel's work has its own pace; EC2 is not to blame.
        case .settingUp(let eni), .restoring(let eni):
            notReady[eni.id] = NotReady(problem: "\(failure.code): \(failure.message)", since: notReady[eni.id]?.since ?? entry.since)
            calls.postpone(id, until: now + .seconds(1), isInDoubt: false)
        case .describing:
            let retry = backOff.fail(failure, at: now, random: &random)
            calls.postpone(id, until: max(retry, restraint.trip?.probe ?? retry), isInDoubt: false)
        case .describingSubnets: didNotDescribeSubnets(id, at: now)
        case .creating(let eni): didNotCreate(eni, id, failure, at: now, into: &effects)
        case .attaching, .assigning, .assigningIPv6, .claiming: didNotGrow(id, failure, at: now, into: &effects)
        case .unassigning(let eni, let addresses, let prefixes):
            didNotUnassign(addresses, prefixes, from: eni, id, failure, at: now, into: &effects)
        case .detaching(let eni): didNotDetach(eni, id, failure, at: now, into: &effects)
        case .deleting(let eni, let isDoomed): didNotDelete(eni, isDoomed: isDoomed, id, failure, at: now, into: &effects)
        }
    }

    /// An ENI may have been made though no answer came: EC2 is asked for the same one until it says yes or no.
    private mutating func didNotCreate(
        _ eni: NewENI, _ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]
    ) {
        let mayExist = calls.entries[id]?.isInDoubt == true
        if didRunOut(failure, of: eni.content, in: eni.subnet, at: now, into: &effects) || (failure.meaning.leavesNoDoubt && !mayExist) {
            if !failure.meaning.isExhaustion { backOff.fail(failure, at: now, random: &random) }
            _ = calls.end(id)
            effects.append(.record(.eniRefused(clientToken: eni.clientToken)))
        } else {
            let retry = backOff.fail(failure, at: now, random: &random)
            calls.postpone(id, until: retry, isInDoubt: !failure.meaning.leavesNoDoubt)
        }
    }

    private mutating func didNotGrow(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        if failure.meaning == .throttled, case .attaching = calls.entries[id]?.call {
            // The ENI is there: making another one would only be two calls more.
            return calls.postpone(id, until: backOff.fail(failure, at: now, random: &random), isInDoubt: false)
        }
        guard let call = calls.end(id)?.call else { return }
        // Without a clear answer a description will show whether the address came.
        if case .claiming(_, let address) = call, failure.isRefusalOfAddress {
            refuseReserved(address, failure, at: now, into: &effects)
        }
        if case .assigning(let eni, let content) = call, let subnet = store[eni]?.subnet,
            didRunOut(failure, of: content, in: subnet, at: now, into: &effects)
        {
            return
        }
        backOff.fail(failure, at: now, random: &random)
        if case .attaching(let eni) = call { orphans[eni.id] = .unattached }
        if !failure.meaning.leavesNoDoubt { doubt(at: now, into: &effects) }
    }

    /// Notes that a subnet had not as much as was asked for.
    ///
    /// - Returns: Whether that was the reason of the failure.
    private mutating func didRunOut(
        _ failure: CallFailure, of content: NewENI.Content, in subnet: SubnetID, at now: Instant, into effects: inout [Effect]
    ) -> Bool {
        guard failure.meaning.isExhaustion else { return false }
        subnets.noteRefusal(of: content, in: subnet, at: now, random: &random)
        notePressure()
        // How much is left there makes the reason that pods hear.
        if content.slots <= 1, subnets.describedAt.map({ $0 + .seconds(60) <= now }) ?? true {
            describeSubnets(at: now, into: &effects)
        }
        return true
    }

    private mutating func refuseReserved(_ address: IPv4Address, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        let refused = waiting.removeAll { request in request.pod.map { configuration.reservations[$0] == address } ?? false }
        for request in refused {
            refuse(
                request, .reservedAddressNotAvailable(address, problem: "\(failure.code): \(failure.message)"), at: now, into: &effects)
        }
    }

    private mutating func didNotUnassign(
        _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from eni: ENIID, _ id: CallID, _ failure: CallFailure, at now: Instant,
        into effects: inout [Effect]
    ) {
        let mayBeDone = calls.entries[id]?.isInDoubt == true
        if failure.meaning == .gone {
            // EC2 does not have them on the ENI, which is what was wanted; should it have some of them, a description tells.
            _ = calls.end(id)
            depart(addresses, prefixes, from: eni, at: now, into: &effects)
            if !mayBeDone { doubt(at: now, into: &effects) } else { lookAgain(at: now + Departures.lag) }
            return
        }
        let retry = returnBackOff.fail(failure, at: now, random: &random)
        guard failure.meaning.leavesNoDoubt, !mayBeDone else {
            return calls.postpone(id, until: retry, isInDoubt: !failure.meaning.leavesNoDoubt)
        }
        _ = calls.end(id)
        store.stay(addresses, prefixes, on: eni)
        recordENI(eni, into: &effects)
    }

    private mutating func didNotDetach(
        _ eni: AttachedENI, _ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]
    ) {
        if failure.meaning == .gone {
            _ = calls.end(id)
            store.remove(eni.id)
            return end(eni.id, at: now, into: &effects)
        }
        let mayBeDone = calls.entries[id]?.isInDoubt == true
        let retry = returnBackOff.fail(failure, at: now, random: &random)
        guard failure.meaning.leavesNoDoubt, !mayBeDone else {
            return calls.postpone(id, until: retry, isInDoubt: !failure.meaning.leavesNoDoubt)
        }
        _ = calls.end(id)
        store.setPresence(.attached, of: eni.id)
        refreshPresence(of: eni.id)
        recordENI(eni.id, into: &effects)
        restore(eni, at: now, into: &effects)
    }

    private mutating func didNotDelete(
        _ eni: ENIID, isDoomed: Bool, _ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]
    ) {
        _ = calls.end(id)
        if failure.meaning == .gone { return end(eni, at: now, into: &effects) }
        returnBackOff.fail(failure, at: now, random: &random)
        orphans[eni] = isDoomed ? .doomed : .unattached
        // It may be attached after all.
        if !isDoomed, !failure.meaning.leavesNoDoubt { doubt(at: now, into: &effects) }
    }

    /// Makes the routes and the rule of an ENI whose addresses are in the store; if it was leaving, it stays.
    mutating func restore(_ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        let id = calls.begin(.restoring(eni), at: now)
        effects.append(.setUpENI(id, eni))
    }
}
