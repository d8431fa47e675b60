import Addressing
public import IPAMEngine
public import Timeline

/// The AWS VPC CNI's way of running a node, to be compared with: its placement, its formulas and its timing.
///
/// By amazon-vpc-cni-k8s v1.23. An ADD that finds no address fails at once. One loop does everything beside the pods, one thing
/// after another, and stands still while it waits for EC2 or sleeps. What it does in a world that does not lie to it is here;
/// its reconciliation with the instance's metadata, which then finds nothing, is not.
public struct IncumbentPolicy: NodePolicy {
    package let configuration: EngineConfiguration
    var store: IncumbentStore
    /// What the loop is at.
    var step = Step.starting
    var lastCall: UInt64 = 0
    var nextTick: Instant?
    /// When the loop last found that it has nothing to do and will have nothing until a pod comes or goes; nil while it may have.
    ///
    /// Its rounds are left out meanwhile, and go on at the moments at which they would have come: most of a large cluster rests.
    var restingSince: Instant?
    /// Blocks that were dropped and are to be given back, one ENI after another.
    var returns: [Return] = []
    var lastShrink: Instant?
    var exhaustedAt: Instant?
    private var wired: Set<PodAttachment> = []

    struct Return: Sendable {
        var eni: ENIID
        var addresses: [IPv4Address]
        var prefixes: [IPv4CIDR]
    }

    /// Where the loop stands; each case but `asleep` and `starting` waits for EC2 or for a moment.
    enum Step: Sendable {
        case starting
        case asleep
        case assigning(CallID, ENIID, count: Int)
        indirect case creating(CallID, NewENI, CreationStage)
        case unassigning(CallID)
        indirect case detaching(CallID, AttachedENI)
        /// Sleeps after the detachment, then deletes.
        case pausing(ENIID, until: Instant)
        case deleting(CallID)
    }

    /// The calls by which it comes to an ENI, in their order.
    enum CreationStage: Sendable {
        case describingSubnets
        case creating
        case describingInstance(AttachedENI)
        case attaching(AttachedENI, since: Instant)
        /// Looks into the metadata until the ENI shows there.
        case polling(AttachedENI, until: Instant)
        case settingUp(AttachedENI)
        case checkingSubnets(AttachedENI)
    }

    /// Between the end of one round of the loop and the next: two sleeps of 2.5 s.
    static var tickInterval: Duration { .seconds(5) }
    static var shrinkInterval: Duration { .seconds(30) }
    static var exhaustedPause: Duration { .seconds(120) }
    static var leastAgeOfENI: Duration { .seconds(60) }
    static var pauseBeforeDelete: Duration { .seconds(2) }

    public init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        self.configuration = configuration
        store = IncumbentStore(configuration)
        for entry in entries {
            switch entry {
            case .allocated(let allocation): store.restore(allocation)
            case .wired(let attachment): wired.insert(attachment)
            case .released(let attachment, _, _):
                _ = store.release(attachment, at: now)
                wired.remove(attachment)
            case .linkGone, .promised, .eniRequested, .eniRefused, .eniCreated, .eniAttached, .unassigning, .unassigned, .eniDetaching,
                .eniDetached, .eniGone, .eniLost, .degradationOrdered:
                break
            }
        }
    }

    public static var isJudged: Bool { false }

    public mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        switch event {
        case .started: effects.append(.describeENIs(nextCall()))
        case .podAdded(let request): add(request, at: now, into: &effects)
        case .podWired(let attachment):
            if wired.insert(attachment).inserted { effects.append(.record(.wired(attachment))) }
        case .podDeleted(let attachment):
            effects.append(store.allocations[attachment].map { .unwire($0) } ?? .confirmDeleted(attachment))
        case .wiringFailed(let attachment), .podUnwired(let attachment): release(attachment, at: now, into: &effects)
        case .deadlineReached: wake(at: now, into: &effects)
        case .enisDescribed, .seatsOfOthers, .subnetsDescribed, .eniCreated, .eniAttached, .eniReady, .addressesAssigned, .prefixesAssigned,
            .ipv6PrefixAssigned, .addressClaimed, .unassigned, .eniDetached, .eniDeleted, .callFailed:
            answer(event, at: now, into: &effects)
        case .linkGone, .linksSwept, .adopted, .garbageCollected, .enisHinted, .configured, .primaryENIGrouped, .nodeChanged,
            .podsExpected, .degradationOrdered, .stopping:
            break
        }
    }

    private mutating func add(_ request: PodRequest, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        // Its socket opens when everything else is ready.
        if case .starting = step { return effects.append(.refuse(request.attachment, .starting)) }
        let isRepeated = store.allocations[request.attachment] != nil
        guard let allocation = store.assign(request, at: now) else {
            return effects.append(.refuse(request.attachment, .waitingForEC2(addresses: 0, since: now)))
        }
        if !isRepeated {
            effects.append(.record(.allocated(allocation)))
            endRest(at: now)
        }
        effects.append(.wire(allocation))
    }

    private mutating func release(_ attachment: PodAttachment, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        guard let allocation = store.release(attachment, at: now) else { return }
        wired.remove(attachment)
        endRest(at: now)
        effects.append(.record(.released(attachment, allocation.addresses, until: now + store.cooldown)))
    }

    public var nextDeadline: Instant? {
        switch step {
        case .asleep: nextTick
        case .pausing(_, let moment), .creating(_, _, .polling(_, let moment)): moment
        case .starting, .assigning, .creating, .unassigning, .detaching, .deleting: nil
        }
    }

    mutating func nextCall() -> CallID {
        lastCall += 1
        return CallID(number: lastCall)
    }

    // MARK: - Queries

    public var count: PoolCount {
        PoolCount(attached: store.total, held: store.assigned, cooling: 0, waiting: 0)
    }

    public func allocation(of attachment: PodAttachment) -> Allocation? { store.allocations[attachment] }

    public var wiredAllocations: [Allocation] {
        store.allocations.values.filter { wired.contains($0.attachment) }.sorted { $0.addresses < $1.addresses }
    }

    /// Its checkpoint: who holds what, and nothing else.
    public var journal: [JournalEntry] {
        store.allocations.values.sorted { $0.addresses < $1.addresses }.flatMap { allocation -> [JournalEntry] in
            let isWired = wired.contains(allocation.attachment)
            return [.allocated(allocation)] + (isWired ? [.wired(allocation.attachment)] : [])
        }
    }

    public var engine: IPAMEngine? { nil }
}
