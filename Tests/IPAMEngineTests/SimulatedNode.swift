import Addressing
import IPAMEngine
import Timeline

/// A node without a machine: it performs the engine's effects against a fake EC2, a kernel that is two dictionaries, and a
/// clock that jumps from event to event.
///
/// After every event it compares what the engine says with what is true, and keeps what it finds as `violations`.
struct SimulatedNode {
    var configuration: EngineConfiguration
    var engine: IPAMEngine
    var ec2: FakeEC2
    /// Pods whose links, routes and rules exist.
    var wired: [PodAttachment: Allocation] = [:]
    /// Links without rules, until the reaper gets to them.
    var dying: [PodAddresses: PodAttachment] = [:]
    var journal: [JournalEntry] = []
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var random: SeededGenerator
    var agenda = Agenda()

    /// Of a hundred calls, how many EC2 refuses, and how many it carries out without an answer.
    var failuresPercent = 0
    var lostAnswersPercent = 0
    var wiringFailuresPercent = 0
    /// What the next calls of a name fail with, in order.
    var failures: [String: [CallFailure]] = [:]
    /// Calls whose next answer is lost though EC2 has carried them out.
    var callsWithoutAnswer: Set<String> = []
    /// The daemon dies when this many more effects are performed.
    var effectsUntilCrash: Int?
    /// How long a link outlives its pod.
    var reaping: Duration = .milliseconds(20)

    // The runtime's side.
    var waiting: [PodAttachment: Instant] = [:]
    var running: [PodAttachment: PodAddresses] = [:]
    var deleting: Set<PodAttachment> = []
    var refusals: [PodAttachment: [Refusal]] = [:]
    var confirmed: [PodAttachment] = []

    // The observer's side.
    var effects: [IPAMEngine.Effect] = []
    var violations: [String] = []
    /// The last release of each address: when, and by which pod.
    var releases: [IPAddress: (at: Instant, by: PodName?)] = [:]
    /// Whether somebody else took something from the node, so that pods may use what is not the node's.
    var isMeddledWith = false

    init(_ configuration: EngineConfiguration, subnet: IPv4CIDR = FakeEC2.largeSubnet, seed: UInt64 = 1) {
        self.configuration = configuration
        engine = IPAMEngine(configuration)
        ec2 = FakeEC2(block: subnet, limits: configuration.limits)
        random = SeededGenerator(seed: seed)
    }

    /// A node that has come to rest after its start.
    static func atRest(
        _ configuration: EngineConfiguration, subnet: IPv4CIDR = FakeEC2.largeSubnet
    ) -> SimulatedNode {
        var node = SimulatedNode(configuration, subnet: subnet)
        node.send(.started)
        node.settle()
        return node
    }

    // MARK: - Time

    /// Lets time pass, with everything that falls due in it.
    mutating func run(for duration: Duration) {
        let end = now + duration
        while violations.isEmpty, let next = nextMoment, next <= end { step(to: next) }
        now = max(now, end)
    }

    /// Runs until nothing is under way and no timer is set; an engine that finds no rest in an hour breaks its promise.
    mutating func settle() {
        let end = now + .seconds(3600)
        while violations.isEmpty, let next = nextMoment {
            guard next <= end else { return violations.append("no rest within an hour: \(engine.callsInFlight)") }
            step(to: next)
        }
    }

    private var nextMoment: Instant? {
        switch (agenda.next, engine.nextDeadline) {
        case (let a?, let b?): min(a, b)
        case (let a, let b): a ?? b
        }
    }

    private mutating func step(to moment: Instant) {
        now = max(now, moment)
        if let work = agenda.popDue(at: now) { perform(work) } else { send(.deadlineReached) }
    }

    // MARK: - Events and effects

    /// Hands the engine an event, performs what it answers and looks at the result.
    mutating func send(_ event: IPAMEngine.Event) {
        let effects = engine.handle(event, at: now)
        self.effects = effects
        watch(effects)
        for effect in effects {
            if let left = effectsUntilCrash {
                guard left > 0 else { return crash() }
                effectsUntilCrash = left - 1
            }
            perform(effect)
        }
        check(after: event)
    }

    private mutating func perform(_ effect: IPAMEngine.Effect) {
        switch effect {
        case .record(let entry):
            journal.append(entry)
        case .wire(let allocation):
            waiting[allocation.attachment] = nil
            agenda.add(.wire(allocation), at: now + .milliseconds(1))
        case .unwire(let allocation):
            agenda.add(.unwire(allocation), at: now + .milliseconds(1))
        case .confirmDeleted(let attachment):
            deleting.remove(attachment)
            confirmed.append(attachment)
        case .refuse(let attachment, let refusal):
            if refusal != .superseded { waiting[attachment] = nil }
            refusals[attachment, default: []].append(refusal)
        case .setUpENI:
            agenda.add(.arrive(effect), at: now + .milliseconds(100))
        case .describeENIs, .describeSubnets, .createENI, .attachENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix,
            .claimAddress, .unassign, .detachENI, .deleteENI:
            agenda.add(.arrive(effect), at: now + .milliseconds(Int.random(in: 50...600, using: &random)))
        }
    }

    private mutating func perform(_ work: Agenda.Work) {
        switch work {
        case .wire(let allocation): wire(allocation)
        case .unwire(let allocation): unwire(allocation)
        case .reap(let address):
            dying[address] = nil
            send(.linkGone(address))
        case .arrive(let effect): arrive(effect)
        case .answer(let event): send(event)
        }
    }

    // MARK: - The kernel

    private mutating func wire(_ allocation: Allocation) {
        let attachment = allocation.attachment
        // As the runtime does: a DEL may have come between.
        guard engine.holds(allocation) else { return }
        if random.chance(wiringFailuresPercent) {
            wired[attachment] = nil
            running[attachment] = nil
            noteRelease(of: allocation)
            return send(.wiringFailed(attachment))
        }
        makeLink(allocation)
        send(.podWired(attachment))
        // The answer goes out when the engine has written down that the pod is wired.
        if journal.contains(.wired(attachment)), engine.holds(allocation) { running[attachment] = allocation.addresses }
    }

    mutating func makeLink(_ allocation: Allocation) {
        func shares(_ other: PodAddresses) -> Bool { other.contains { allocation.addresses.contains($0) } }
        if let owner = wired.values.first(where: { $0.attachment != allocation.attachment && shares($0.addresses) }) {
            violations.append("\(allocation.address) goes to \(allocation.attachment) and is \(owner.attachment)'s")
        }
        if let owner = dying.first(where: { shares($0.key) })?.value {
            violations.append("\(allocation.address) is reused while \(owner) has its link")
        }
        wired[allocation.attachment] = allocation
    }

    private mutating func unwire(_ allocation: Allocation) {
        guard engine.holds(allocation) else { return }
        removeRules(allocation)
        running[allocation.attachment] = nil
        deleting.remove(allocation.attachment)
        noteRelease(of: allocation)
        agenda.add(.reap(allocation.addresses), at: now + reaping)
        send(.podUnwired(allocation.attachment))
    }

    private mutating func noteRelease(of allocation: Allocation) {
        for address in allocation.addresses { releases[address] = (now, allocation.pod) }
    }

    mutating func removeRules(_ allocation: Allocation) {
        guard wired.removeValue(forKey: allocation.attachment) != nil else { return }
        dying[allocation.addresses] = allocation.attachment
    }

    // MARK: - EC2

    private mutating func arrive(_ effect: IPAMEngine.Effect) {
        guard let id = effect.call else { return }
        let latency = Duration.milliseconds(Int.random(in: 50...600, using: &random))
        agenda.add(.answer(answer(to: effect, id)), at: now + latency)
    }

    private mutating func answer(to effect: IPAMEngine.Effect, _ id: CallID) -> IPAMEngine.Event {
        if let failure = failures[effect.callName]?.first {
            failures[effect.callName]?.removeFirst()
            return .callFailed(id, failure)
        }
        if random.chance(failuresPercent), let failure = Self.someFailures.randomElement(using: &random) {
            // EC2 knows a token again before it looks for addresses.
            if !(failure.meaning.isExhaustion && ec2.hasMadeENI(for: effect)) { return .callFailed(id, failure) }
        }
        do throws(CallFailure) {
            let event = try ec2.perform(effect)
            guard let event, callsWithoutAnswer.remove(effect.callName) == nil, !random.chance(lostAnswersPercent) else {
                return .callFailed(id, CallFailure(code: "RequestTimeout", message: "no answer within the budget"))
            }
            return event
        } catch {
            return .callFailed(id, error)
        }
    }

    private static let someFailures: [CallFailure] = [
        .throttled,
        CallFailure(code: "InternalError", message: "an internal error has occurred"),
        CallFailure(code: "UnauthorizedOperation", message: "not for a while"),
        CallFailure(code: "InsufficientFreeAddressesInSubnet", message: "the subnet is full"),
        CallFailure(code: "InsufficientCidrBlocks", message: "no free block"),
    ]
}

extension CallFailure {
    static let throttled = CallFailure(code: "RequestLimitExceeded", message: "Request limit exceeded.")
}

/// What is to happen and when; what was put in first happens first.
struct Agenda {
    enum Work {
        case wire(Allocation)
        case unwire(Allocation)
        case reap(PodAddresses)
        /// A call reaches EC2.
        case arrive(IPAMEngine.Effect)
        /// An answer reaches the node.
        case answer(IPAMEngine.Event)
    }

    private var items: [(moment: Instant, work: Work)] = []

    var next: Instant? { items.first?.moment }
    var works: [Work] { items.map(\.work) }

    mutating func add(_ work: Work, at moment: Instant) {
        let index = items.lastIndex { $0.moment <= moment }.map { $0 + 1 } ?? 0
        items.insert((moment, work), at: index)
    }

    mutating func popDue(at now: Instant) -> Work? {
        guard let first = items.first, first.moment <= now else { return nil }
        return items.removeFirst().work
    }
}
