import Addressing
import IPAMEngine
import Timeline

// What the container runtime asks for, and what a crash leaves behind.
extension SimulatedNode {
    mutating func add(_ attachment: PodAttachment, within budget: Duration = .seconds(60)) {
        waiting[attachment] = now + budget
        send(.podAdded(PodRequest(attachment: attachment, pod: nil, deadline: now + budget)))
    }

    mutating func add(pods: some Sequence<Int>, within budget: Duration = .seconds(60)) {
        for number in pods { add(.pod(number), within: budget) }
    }

    mutating func delete(_ attachment: PodAttachment) {
        deleting.insert(attachment)
        send(.podDeleted(attachment))
    }

    mutating func delete(pods: some Sequence<Int>) {
        for number in pods { delete(.pod(number)) }
    }

    /// Ends the daemon where it stands. Of what was under way some is done and some is not, and nobody hears of it.
    mutating func crash() {
        effectsUntilCrash = nil
        let interrupted = agenda.works
        agenda = Agenda()
        waiting = [:]
        for work in interrupted {
            if case .answer(let event) = work { note(lost: event) }
            if Bool.random(using: &random) { finish(work) }
        }
        restart()
    }

    private mutating func finish(_ work: Agenda.Work) {
        switch work {
        case .wire(let allocation): makeLink(allocation)
        case .unwire(let allocation):
            removeRules(allocation)
            running[allocation.attachment] = nil
        case .reap(let address): dying[address] = nil
        case .arrive(let effect):
            let event = try? ec2.perform(effect)
            note(lost: event.flatMap { $0 })
        case .answer: break
        }
    }

    /// Begins again from the journal, the kernel and EC2.
    mutating func restart() {
        engine = IPAMEngine(configuration, replaying: journal, at: now)
        send(.adopted(wired.values.sorted { $0.address < $1.address }))
        let held = Set(engine.allocations.map(\.allocation.attachment))
        wired = wired.filter { held.contains($0.key) }
        dying = [:]
        send(.linksSwept)
        send(.started)
        // A DEL that had no answer is asked again.
        for attachment in deleting.sorted(by: { $0.containerID < $1.containerID }) { send(.podDeleted(attachment)) }
    }
}
