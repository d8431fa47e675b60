import Addressing
import Timeline

// The outcomes of calls to EC2 and of the steps of an ENI's life. An outcome for a call that is not in flight came twice
// or too late, and changes nothing.
extension IPAMEngine {
    mutating func didCreate(_ id: CallID, _ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        guard case .creating(_, let deviceIndex) = calls.end(id) else { return }
        backOff.succeed()
        var eni = eni
        eni.deviceIndex = deviceIndex
        effects.append(.record(.eniCreated(eni.id)))
        let attaching = calls.begin(.attaching(eni), at: now)
        effects.append(.attachENI(attaching, eni.id, deviceIndex: deviceIndex))
    }

    mutating func didAttach(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard case .attaching(let eni) = calls.end(id) else { return }
        backOff.succeed()
        let settingUp = calls.begin(.settingUp(eni), at: now)
        effects.append(.setUpENI(settingUp, eni))
    }

    mutating func didSetUp(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        switch calls.end(id) {
        case .settingUp(let eni):
            takeIn(eni, at: now, into: &effects)
        case .restoring(let eni):
            store.setLeaving(eni.id, false)
            claimPlaces(at: now)
            recordENI(eni.id, into: &effects)
        case .describing, .creating, .attaching, .assigning, .unassigning, .detaching, .deleting, nil:
            break
        }
    }

    /// Takes in an ENI that is ready, or what a call has brought to one that is known.
    mutating func takeIn(_ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        store.add(eni, at: now)
        claimPlaces(at: now)
        recordENI(eni.id, into: &effects)
    }

    mutating func didAssign(
        _ id: CallID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], at now: Instant, into effects: inout [Effect]
    ) {
        guard case .assigning(let eni, _) = calls.end(id), var known = store[eni]?.description else { return }
        backOff.succeed()
        known.secondaryAddresses = addresses
        known.prefixes = prefixes
        takeIn(known, at: now, into: &effects)
    }

    mutating func didUnassign(_ id: CallID, into effects: inout [Effect]) {
        guard case .unassigning(let eni, let addresses, let prefixes) = calls.end(id) else { return }
        returnBackOff.succeed()
        store.vacate(addresses, prefixes, of: eni)
    }

    mutating func didDetach(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard case .detaching(let eni) = calls.end(id) else { return }
        returnBackOff.succeed()
        store.remove(eni)
        orphans.insert(eni)
    }

    mutating func didDelete(_ id: CallID, into effects: inout [Effect]) {
        guard case .deleting(let eni) = calls.end(id) else { return }
        returnBackOff.succeed()
        effects.append(.record(.eniGone(eni)))
    }

    mutating func didFail(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        switch calls.entries[id]?.call {
        case nil: break
        // The kernel's work has its own pace; EC2 is not to blame.
        case .settingUp, .restoring: calls.postpone(id, until: now + .seconds(1))
        case .describing: didNotDescribe(id, failure, at: now)
        case .creating, .attaching, .assigning: didNotGrow(id, failure, at: now, into: &effects)
        case .unassigning, .detaching, .deleting: didNotReturn(id, failure, at: now, into: &effects)
        }
    }

    private mutating func didNotDescribe(_ id: CallID, _ failure: CallFailure, at now: Instant) {
        backOff.fail(failure, subnet: configuration.subnet, at: now, random: &random)
        calls.postpone(id, until: backOff.retry ?? now)
    }

    private mutating func didNotGrow(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        guard let call = calls.end(id) else { return }
        let subnet = call.eni.flatMap { store[$0] }?.subnet ?? configuration.subnet
        backOff.fail(failure, subnet: subnet, at: now, random: &random)
        if case .attaching(let eni) = call { orphans.insert(eni.id) }
        // An ENI that was made without our hearing of it is not attached, so EC2 would not show it.
        if call.eni != nil, !failure.meaning.leavesNoDoubt { doubt(at: now, into: &effects) }
    }

    private mutating func didNotReturn(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        guard let call = calls.end(id) else { return }
        // EC2 knows the ENI no longer: it is gone, which is what was wanted.
        if case .deleting(let eni) = call, failure.meaning == .outOfStep { return effects.append(.record(.eniGone(eni))) }
        returnBackOff.fail(failure, subnet: configuration.subnet, at: now, random: &random)
        if case .deleting(let eni) = call { orphans.insert(eni) }
        guard failure.meaning.leavesNoDoubt else { return doubt(at: now, into: &effects) }
        switch call {
        case .unassigning(let eni, let addresses, let prefixes):
            store.stay(addresses, prefixes, on: eni)
            recordENI(eni, into: &effects)
        case .detaching(let eni):
            if let pool = store[eni] { restore(pool.description, at: now, into: &effects) }
        case .describing, .creating, .attaching, .settingUp, .restoring, .assigning, .deleting:
            break
        }
    }

    /// Gives out the steps whose next try has come.
    mutating func resumeCalls(at now: Instant, into effects: inout [Effect]) {
        for (id, call) in calls.resumeDue(at: now) {
            switch call {
            case .describing: effects.append(.describeENIs(id))
            case .settingUp(let eni), .restoring(let eni): effects.append(.setUpENI(id, eni))
            case .creating, .attaching, .assigning, .unassigning, .detaching, .deleting: break
            }
        }
    }

    /// Leaves the pool as it is until EC2 has said what it has.
    private mutating func doubt(at now: Instant, into effects: inout [Effect]) {
        isInDoubt = true
        describe(at: now, into: &effects)
    }

    /// Asks EC2 what it has. An answer that is on the way may be older than what led here, and counts no longer.
    mutating func describe(at now: Instant, into effects: inout [Effect]) {
        calls.forgetDescription()
        guard !calls.isDescribing else { return }
        let id = calls.begin(.describing, at: now)
        effects.append(.describeENIs(id))
    }

    /// Makes the routes and the rule of an ENI whose addresses are in the store; if it was leaving, it stays.
    mutating func restore(_ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        let id = calls.begin(.restoring(eni), at: now)
        effects.append(.setUpENI(id, eni))
    }

    func recordENI(_ id: ENIID, into effects: inout [Effect]) {
        guard let pool = store[id] else { return }
        effects.append(.record(.eniAttached(pool.description)))
    }
}
