import IPAMEngine
import Timeline

// The making of an ENI: five calls and a check, with a wait for the metadata between.
extension IncumbentPolicy {
    mutating func advance(
        _ request: NewENI, _ stage: CreationStage, _ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]
    ) {
        if case .callFailed(_, let failure) = event { return fail(stage, failure, at: now, into: &effects) }
        switch (stage, event) {
        case (.describingSubnets, _): ask(request, .creating, into: &effects) { .createENI($0, request) }
        // The free device index, by DescribeInstances.
        case (.creating, .eniCreated(_, let eni)): ask(request, .describingInstance(eni), into: &effects) { .describeENIs($0) }
        case (.describingInstance(let eni), _):
            ask(request, .attaching(eni, since: now), into: &effects) { .attachENI($0, eni.id, request.seat) }
        case (.attaching(let eni, let since), _):
            step = .creating(nextCall(), request, .polling(eni, until: Self.nextPoll(since: since, at: now)))
        case (.settingUp(let eni), _): ask(request, .checkingSubnets(eni), into: &effects) { .describeSubnets($0) }
        case (.checkingSubnets(let eni), _):
            store.add(eni, at: now)
            sleep(at: now)
        case (.creating, _), (.polling, _): break
        }
    }

    private mutating func ask(
        _ request: NewENI, _ stage: CreationStage, into effects: inout [IPAMEngine.Effect], effect: (CallID) -> IPAMEngine.Effect
    ) {
        let id = nextCall()
        step = .creating(id, request, stage)
        effects.append(effect(id))
    }

    /// When it looks into the metadata after the moment: 100 ms after the call, then each time twice as long after, 60 s at most
    /// (its jitter of 15 % is left out).
    static func nextPoll(since: Instant, at now: Instant) -> Instant {
        var (poll, pause) = (since, Duration.milliseconds(100))
        while poll <= now {
            poll = poll + pause
            pause = min(pause * 2, .seconds(60))
        }
        return poll
    }

    /// An ENI that could not be attached is deleted; any other failure leaves things as they are until the next round.
    private mutating func fail(
        _ stage: CreationStage, _ failure: CallFailure, at now: Instant, into effects: inout [IPAMEngine.Effect]
    ) {
        switch stage {
        case .describingInstance(let eni), .attaching(let eni, _):
            let id = nextCall()
            step = .deleting(id)
            effects.append(.deleteENI(id, eni.id))
        case .checkingSubnets(let eni):
            store.add(eni, at: now)
            sleep(at: now)
        case .creating:
            noteExhaustion(failure, at: now)
            sleep(at: now)
        case .describingSubnets, .polling, .settingUp: sleep(at: now)
        }
    }
}
