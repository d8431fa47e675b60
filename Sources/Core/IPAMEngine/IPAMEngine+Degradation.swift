import Addressing
import Timeline

// What becomes of calls when the node keeps away from EC2, and of those that waited when it comes back.
extension IPAMEngine {
    mutating func obey(_ order: Degradation, at now: Instant, into effects: inout [Effect]) {
        if order != restraint.order { effects.append(.record(.degradationOrdered(order, at: now))) }
        guard order != restraint.order || restraint.trip != nil else { return }
        restraint.obey(order, at: now)
        if order == .normal { (backOff, returnBackOff) = (BackOff(), BackOff()) }
        resumeReturns(at: now)
        if restraint.trip == nil { calls.hastenDescription(to: now) }
    }

    /// Notes that a call that was to bring something went well.
    mutating func growthWentWell() {
        backOff.succeed()
        restraint.didChange()
    }

    /// Notes that something was given back.
    mutating func returnWentWell() {
        returnBackOff.succeed()
        restraint.didChange()
    }

    mutating func descriptionWentWell(at now: Instant) {
        backOff.succeed()
        let wasTripped = restraint.trip != nil
        restraint.didDescribe()
        if wasTripped { resumeReturns(at: now) }
    }

    /// Counts a failure for a trip, and has EC2 probed when it comes to one.
    mutating func noteFailure(of call: CallsInFlight.Call, _ failure: CallFailure, at now: Instant) {
        switch call {
        // The kernel's work; and the subnets, without which a node can do.
        case .settingUp, .restoring, .describingSubnets: return
        case .describing: restraint.didNotDescribe(failure, at: now, random: &random)
        case .creating, .attaching, .assigning, .assigningIPv6, .claiming, .unassigning, .detaching, .deleting:
            restraint.didNotChange(failure, at: now, random: &random)
        }
        if let trip = restraint.trip, !calls.isDescribing {
            let probe = calls.begin(.describing, at: now)
            calls.postpone(probe, until: trip.probe, isInDoubt: false)
        }
    }

    /// Puts a call off until the node may make it; true when it may at once. While tripped, a description whose moment has come may.
    mutating func mayMake(_ id: CallID, at now: Instant) -> Bool {
        guard restraint.stopsCalls, let call = calls.entries[id]?.call else { return true }
        let moment = restraint.trip?.probe ?? now
        if restraint.allows(call), moment <= now { return true }
        calls.postpone(id, until: max(now, moment), isInDoubt: false)
        return false
    }

    /// Nodes that were held back together do not give everything back together.
    private mutating func resumeReturns(at now: Instant) {
        guard let due = shrinkAt, due <= now else { return }
        shrinkAt = now + random.jittered(.seconds(30), 1...2)
    }
}
