import Addressing
import IPAMEngine
import Simulator
import Timeline

// What engines are given, and what becomes of their effects.
extension ClusterSimulation {
    /// Gives a node's engine an event, and after it those that follow at once.
    mutating func send(_ event: IPAMEngine.Event, to node: Int) {
        queue.append(QueuedEvent(node: node, event: event))
        guard !isSending else { return }
        isSending = true
        var first = 0
        while first < queue.count {
            let next = queue[first]
            first += 1
            handle(next.event, on: next.node)
        }
        queue.removeAll(keepingCapacity: true)
        isSending = false
    }

    private mutating func handle(_ event: IPAMEngine.Event, on node: Int) {
        var effects: [IPAMEngine.Effect] = []
        swap(&effects, &self.effects)
        guard let deadline = policies[node]?.take(event, at: now, into: &effects) else { return swap(&effects, &self.effects) }
        engineEvents += 1
        nodes[node].deadline = deadline
        // Taken out one by one, which spares a copy of each.
        effects.reverse()
        while let effect = effects.popLast() { perform(effect, on: node) }
        swap(&effects, &self.effects)
        setAlarm(node)
    }

    private mutating func perform(_ effect: IPAMEngine.Effect, on node: Int) {
        switch effect {
        case .record: break
        case .wire(let allocation): wire(allocation, on: node)
        case .unwire(let allocation): unwire(allocation, on: node)
        case .confirmDeleted(let attachment): forget(attachment)
        case .refuse(let attachment, let refusal): refuse(attachment, refusal, on: node)
        case .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix,
            .claimAddress, .unassign, .detachENI, .deleteENI:
            call(effect, of: node)
        }
    }

    private mutating func setAlarm(_ node: Int) {
        let deadline = nodes[node].deadline
        guard deadline < nodes[node].alarm else { return }
        nodes[node].alarm = deadline
        agenda.add(.alarm(Int32(node)), at: Instant(nanoseconds: max(deadline, now.nanoseconds + 1)))
    }

    /// Wakes the engine, unless an earlier alarm was set since or there is no reason any more.
    mutating func ring(_ node: Int) {
        guard nodes[node].isThere, max(nodes[node].alarm, 0) <= now.nanoseconds else { return }
        nodes[node].alarm = .max
        if nodes[node].deadline <= now.nanoseconds { send(.deadlineReached, to: node) } else { setAlarm(node) }
    }
}

extension NodePolicy {
    /// Handles an event.
    ///
    /// In one mutating step: a policy that is read where it stands in an array is copied first, with all it holds.
    ///
    /// - Returns: When it wants to be woken, in nanoseconds; the greatest number for not at all.
    mutating func take(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) -> Int64 {
        handle(event, at: now, into: &effects)
        return nextDeadline?.nanoseconds ?? .max
    }
}
