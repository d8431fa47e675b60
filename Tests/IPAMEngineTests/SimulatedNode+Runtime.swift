import Addressing
import IPAMEngine
import Timeline

// What the container runtime asks for, and what a crash leaves behind.
extension SimulatedNode {
    mutating func add(
        _ attachment: PodAttachment, named pod: PodName? = nil, in pool: PoolName? = nil, hold: Duration? = nil,
        within budget: Duration = .seconds(60)
    ) {
        waiting[attachment] = now + budget
        send(.podAdded(PodRequest(attachment: attachment, pod: pod, deadline: now + budget, hostLink: "", pool: pool, hold: hold)))
    }

    mutating func add(pods: some Sequence<Int>, within budget: Duration = .seconds(60)) {
        for number in pods { add(.pod(number), within: budget) }
    }

    /// Runs the node otherwise from here on.
    mutating func configure(_ change: (inout EngineConfiguration) -> Void) {
        change(&configuration)
        send(.configured(configuration))
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
            // Nobody hears how it went.
            _ = try? ec2.perform(effect)
        case .answer: break
        }
    }

    /// Begins again from the journal, the kernel and EC2.
    mutating func restart() {
        engine = IPAMEngine(configuration, replaying: journal, at: now)
        send(.adopted(wired.values.sorted { $0.addresses < $1.addresses }))
        let held = Set(engine.allocations.map(\.allocation.attachment))
        wired = wired.filter { held.contains($0.key) }
        dying = [:]
        send(.linksSwept)
        send(.started)
        // A DEL that had no answer is asked again.
        for attachment in deleting.sorted(by: { $0.containerID < $1.containerID }) { send(.podDeleted(attachment)) }
    }
}
