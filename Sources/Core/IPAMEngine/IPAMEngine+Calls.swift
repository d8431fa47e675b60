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
        guard case .settingUp(let eni) = calls.end(id) else { return }
        store.add(eni, at: now)
        recordENI(eni.id, into: &effects)
    }

    mutating func didAssign(
        _ id: CallID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], at now: Instant, into effects: inout [Effect]
    ) {
        guard case .assigning(let eni, _) = calls.end(id) else { return }
        backOff.succeed()
        store.add(addresses, to: eni)
        store.add(prefixes, to: eni, at: now)
        recordENI(eni, into: &effects)
    }

    mutating func didUnassign(_ id: CallID, into effects: inout [Effect]) {
        guard case .unassigning(let eni, let addresses, let prefixes) = calls.end(id) else { return }
        store.vacate(addresses, prefixes)
        recordENI(eni, into: &effects)
    }

    mutating func didDetach(_ id: CallID, at now: Instant, into effects: inout [Effect]) {
        guard case .detaching(let eni) = calls.end(id) else { return }
        store.remove(eni)
        // Until it is deleted the ENI would leak, which the journal has to know.
        effects.append(.record(.eniGone(eni)))
        effects.append(.record(.eniCreated(eni)))
        let deleting = calls.begin(.deleting(eni), at: now)
        effects.append(.deleteENI(deleting, eni))
    }

    mutating func didDelete(_ id: CallID, into effects: inout [Effect]) {
        guard case .deleting(let eni) = calls.end(id) else { return }
        effects.append(.record(.eniGone(eni)))
    }

    mutating func didFail(_ id: CallID, _ failure: CallFailure, at now: Instant, into effects: inout [Effect]) {
        // Setting up is the kernel's work and has its own pace; EC2 is not to blame.
        if case .settingUp = calls.entries[id]?.call {
            calls.postpone(id, until: now + .seconds(1))
            return
        }
        guard let call = calls.end(id) else { return }
        backOff.fail(failure, subnet: configuration.subnet, at: now, random: &random)
        switch call {
        case .describing:
            let retry = calls.begin(.describing, at: now)
            calls.postpone(retry, until: backOff.retry ?? now)
        case .attaching(let eni):
            orphans.insert(eni.id)
        case .deleting(let eni):
            // EC2 knows it no longer: it is gone, which is what was wanted.
            if failure.meaning == .outOfStep { effects.append(.record(.eniGone(eni))) } else { orphans.insert(eni) }
        case .unassigning(_, let addresses, let prefixes):
            store.stay(addresses, prefixes)
        case .detaching(let eni):
            store.setLeaving(eni, false)
            // Its routes and rule were taken away before the call.
            if let pool = store[eni] { setUpAgain(pool.description, at: now, into: &effects) }
        case .creating, .assigning, .settingUp:
            break
        }
        if failure.meaning == .outOfStep { describe(at: now, into: &effects) }
    }

    /// Gives out the steps whose next try has come.
    mutating func resumeCalls(at now: Instant, into effects: inout [Effect]) {
        for (id, call) in calls.resumeDue(at: now) {
            switch call {
            case .describing: effects.append(.describeENIs(id))
            case .settingUp(let eni): effects.append(.setUpENI(id, eni))
            case .creating, .attaching, .assigning, .unassigning, .detaching, .deleting: break
            }
        }
    }

    mutating func describe(at now: Instant, into effects: inout [Effect]) {
        guard !calls.isDescribing else { return }
        let id = calls.begin(.describing, at: now)
        effects.append(.describeENIs(id))
    }

    /// Makes the routes and the rule of an ENI that is in use; its addresses are counted already.
    mutating func setUpAgain(_ eni: AttachedENI, at now: Instant, into effects: inout [Effect]) {
        var bare = eni
        bare.secondaryAddresses = []
        bare.prefixes = []
        let id = calls.begin(.settingUp(bare), at: now)
        effects.append(.setUpENI(id, bare))
    }

    func recordENI(_ id: ENIID, into effects: inout [Effect]) {
        guard let pool = store[id] else { return }
        effects.append(.record(.eniAttached(pool.description)))
    }
}
