import Addressing
public import Timeline

/// Decides which pod gets which address, and what to ask of EC2 for it.
///
/// The engine is a value: an event and a moment go in, effects come out. The daemon performs the effects for real, the
/// simulator against a model of the VPC, the planner counts them; no policy exists anywhere else. It reads no clock and
/// no random source, so the same events at the same moments give the same effects.
///
/// Its duties, each in a file of its own:
/// - *pods*: an ADD gets an address at once, waits in line, or is refused with a reason; a DEL puts the address into
///   cooldown, from which it returns when its time is over **and** its link is gone;
/// - *pool*, *growth*, *return*: ENIs, prefixes and addresses are asked for when a pool is short and given back when idle;
/// - *calls*: every call to EC2 is in flight from its effect to its outcome, and counts as done until it fails;
/// - *describing*, *recovery*: what the journal says is held stays held, and what disagrees with EC2 is kept out of use;
/// - *node*, *degradation*: what the operator and the cluster want can change at any time, and never touches an address in use.
public struct IPAMEngine: Sendable {
    public internal(set) var configuration: EngineConfiguration {
        didSet { pools = Self.pools(of: configuration) }
    }
    /// The pools that the configuration has, the node's own first, each by card. Kept, because every event looks at them.
    private(set) var pools: [PoolID]
    public internal(set) var condition = NodeCondition.schedulable
    var store = AddressStore()
    var records: [PodAttachment: Record] = [:]
    var cooldowns = Cooldowns()
    var promises = Promises()
    var waiting = WaitingLine()
    var expected = ExpectedPods()
    var recentRefusals = RecentRefusals()
    var calls = CallsInFlight()
    /// When EC2 may be asked for more, and when it may be asked to take back.
    var backOff = BackOff()
    var returnBackOff = BackOff()
    /// What keeps the node from calling EC2 at all.
    public internal(set) var restraint = Restraint()
    var subnets = SubnetBook()
    var departures = Departures()
    var demand = DemandHistory()
    /// What an automatic target asks for at this moment.
    var automaticGoal = AutoTarget.Goal()
    /// For how long pods may come and go without a look at the pools.
    var calm = Calm()
    var random: SplitMix64
    /// Whether the node's ENIs are known, from EC2 or from the journal.
    public internal(set) var isStarted = false
    /// When the kernel had been compared with the journal, so that calls of the last life may be made again; nil before.
    var begunAt: Instant?
    /// Whether the daemon ends, so that nobody waits and EC2 is asked for nothing.
    var isStopping = false
    /// When to look for what can be given back; nil when there was nothing to find.
    var shrinkAt: Instant?
    /// The least number of free addresses since a look found nothing: nothing falls idle without there being more.
    var settledFree = 0
    /// ENIs made for this node and attached to nothing, to be deleted.
    var orphans: [ENIID: Orphan] = [:]
    /// Where ENIs are attached that the node is not to use.
    var seatsOfOthers: Set<DeviceSeat> = []
    /// Attached ENIs that cannot be used yet, and why.
    var notReady: [ENIID: NotReady] = [:]
    /// Whether EC2 may have more or less than the engine knows. Until EC2 has been asked the pool neither grows nor shrinks.
    var isInDoubt = false
    /// When EC2 is asked again what it has, because its last answer may have been old.
    var lookAgainAt: Instant?
    /// Whether the choice of a subnet, or whether pods keep out of one, depends on what EC2 says of them.
    var needsSubnets: Bool
    /// Whether EC2 would not describe the subnets, so that the node's own has to do.
    var isWithoutSubnets = false
    /// When a hint may lead to a description again.
    var hintsCountFrom = Instant.zero
    /// Whether some pool had fewer addresses than it should when it was last looked at.
    var isShort = false
    /// Whether addresses of another kind than the mode's may be left.
    var hasLeftOver = false
    /// What the subnets of the node's own pool were short of when they were last looked at.
    var pressure = SubnetBook.Pressure.none
    /// Until when a shortage waits for the pods that come with the one that made it; nil when none does.
    var gatherUntil: Instant?
    /// When a prefix is asked for again where single addresses stand in for it; nil where none do.
    var probeAt: Instant?
    /// When the automatic target is worked out again, because pods no longer come as they did.
    var retargetAt: Instant?

    /// The earliest moment at which time alone gives the pools something to do; nil when there is none.
    private var poolDeadline: Instant?
    /// The earliest moment at which `deadlineReached` is worth sending; nil when nothing waits for time to pass.
    public private(set) var nextDeadline: Instant?

    /// An attachment that holds addresses.
    struct Record: Sendable {
        var allocation: Allocation
        /// Nil in quarantine: the address lies in no ENI that EC2 shows, and is not handed out again.
        var place: AddressStore.Place?
        /// The ENI with the /80 of the IPv6 address; nil in quarantine, or without one.
        var ipv6ENI: Int?
        var wiring: Wiring

        var isQuarantined: Bool {
            allocation.addresses.ipv4 != nil && place == nil || allocation.addresses.ipv6 != nil && ipv6ENI == nil
        }

        /// Changes nothing, and is mutating all the same, because a value of a dictionary is copied to be looked at otherwise.
        mutating func isBeing(_ wiring: Wiring) -> Bool { self.wiring == wiring }

        mutating func unwire() -> Allocation {
            wiring = .unwiring
            return allocation
        }
    }

    enum Orphan: Hashable, Sendable {
        /// Made and not attached, as far as is known: should EC2 show it attached, it is taken in.
        case unattached
        /// Given up: whatever EC2 shows, it goes.
        case doomed
    }

    struct NotReady: Hashable, Sendable {
        var problem: String
        var since: Instant
    }

    public init(_ configuration: EngineConfiguration) {
        self.configuration = configuration
        pools = Self.pools(of: configuration)
        random = SplitMix64(seed: configuration.seed)
        needsSubnets = Self.needsSubnets(configuration)
        applyBars()
    }

    /// Takes in what has happened and returns what is to be done, in this order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        handle(event, at: now, into: &effects)
        return effects
    }

    /// The same with the caller's own array, so that a steady stream of pods allocates none.
    public mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        if !event.isOfPodsAlone { calm.end() }
        let wasCalm = calm.lasts(at: now)
        if wasCalm { endCooldowns(at: now) } else { letTimePass(to: now) }
        switch event {
        case .started: start(at: now, into: &effects)
        case .podAdded(let request): add(request, at: now, into: &effects)
        case .podWired(let attachment): didWire(attachment, into: &effects)
        case .wiringFailed(let attachment): didNotWire(attachment, at: now, into: &effects)
        case .podUnwired(let attachment): didUnwire(attachment, at: now, into: &effects)
        case .podDeleted(let attachment): delete(attachment, at: now, into: &effects)
        case .linkGone(let addresses): linkDidGo(addresses, at: now, into: &effects)
        case .linksSwept: linksDidGo(at: now, into: &effects)
        case .adopted(let allocations): adopt(allocations, at: now, into: &effects)
        case .garbageCollected(let network, let keeping, let olderThan):
            collectGarbage(of: network, keeping: keeping, olderThan: olderThan, at: now, into: &effects)
        case .enisDescribed(let id, let enis): didDescribe(id, enis, at: now, into: &effects)
        case .seatsOfOthers(let seats): seatsOfOthers = seats
        case .subnetsDescribed(let id, let subnets): didDescribeSubnets(id, subnets, at: now)
        case .enisHinted(let enis): takeHint(enis, at: now, into: &effects)
        case .eniCreated(let id, let eni): didCreate(id, eni, at: now, into: &effects)
        case .eniAttached(let id): didAttach(id, at: now, into: &effects)
        case .eniReady(let id): didSetUp(id, at: now, into: &effects)
        case .addressesAssigned(let id, let addresses): didAssign(id, addresses, [], at: now, into: &effects)
        case .prefixesAssigned(let id, let prefixes): didAssign(id, [], prefixes, at: now, into: &effects)
        case .ipv6PrefixAssigned(let id, let prefix): didAssign(id, ipv6: prefix, at: now, into: &effects)
        case .addressClaimed(let id): didClaim(id, at: now, into: &effects)
        case .unassigned(let id): didUnassign(id, at: now, into: &effects)
        case .eniDetached(let id): didDetach(id, into: &effects)
        case .eniDeleted(let id): didDelete(id, at: now, into: &effects)
        case .callFailed(let id, let failure): didFail(id, failure, at: now, into: &effects)
        case .configured(let configuration): configure(configuration, at: now)
        case .primaryENIGrouped(let groups): configuration.followPrimaryENI(groups)
        case .nodeChanged(let condition): change(to: condition, at: now)
        case .podsExpected(let pods): expect(pods)
        case .degradationOrdered(let order): obey(order, at: now, into: &effects)
        case .deadlineReached: break
        case .stopping: stop(at: now, into: &effects)
        }
        if !calm.lasts(at: now) {
            if wasCalm { letTimePass(to: now) }
            settle(at: now, into: &effects)
        }
        noteDeadline()
    }

    /// Serves who waits and looks at the pools, and works out how long that need not be done again.
    private mutating func settle(at now: Instant, into effects: inout [Effect]) {
        serveWaiting(at: now, into: &effects)
        expireWaiting(at: now, into: &effects)
        let orders = effects.count
        let spare = balance(at: now, into: &effects)
        notePoolDeadline(at: now)
        // What was just ordered changes the counts that the look went by.
        guard effects.count == orders, waiting.isEmpty, !isShort, !isInDoubt, backOff.isOpen, returnBackOff.isOpen else {
            return calm.end()
        }
        calm = Calm(until: poolDeadline, spare: spare)
    }

    private mutating func letTimePass(to now: Instant) {
        backOff.reopen(at: now)
        returnBackOff.reopen(at: now)
        subnets.reopen(at: now)
        promises.expire(at: now)
        departures.expire(at: now)
        endCooldowns(at: now)
        if let due = retargetAt, due <= now { retarget(at: now) }
        if pressure != .none { notePressure() }
    }

    /// After each event, and kept: an engine inside another value is copied to work something out that changes nothing.
    mutating func noteDeadline() {
        var earliest = cooldowns.nextEnd
        if let deadline = waiting.nextDeadline { earliest = min(earliest ?? deadline, deadline) }
        if let deadline = poolDeadline { earliest = min(earliest ?? deadline, deadline) }
        nextDeadline = earliest
    }

    /// After each look at the pools.
    private mutating func notePoolDeadline(at now: Instant) {
        poolDeadline = nil
        guard begunAt != nil, !isStopping else { return }
        var earliest: Instant?
        func consider(_ candidate: Instant?) {
            guard let candidate else { return }
            earliest = min(earliest ?? candidate, candidate)
        }
        consider(restraint.isNormal ? calls.nextRetry : calls.nextRetry(under: restraint))
        if !restraint.stopsReleases { consider(shrinkAt) }
        consider(gatherUntil)
        consider(lookAgainAt)
        consider(retargetAt)
        if canPlan, canAsk || !isShort { consider(probeAt) }
        if pressure != .none { consider(subnets.scarcityEnd) }
        if let moment = backOff.warmFrom, backOff.keepsWarmBack(at: now) { consider(moment) }
        if isShort {
            consider(backOff.retry)
            consider(subnets.nextRetry)
        }
        if !orphans.isEmpty { consider(returnBackOff.retry) }
        poolDeadline = earliest
    }

    private mutating func stop(at now: Instant, into effects: inout [Effect]) {
        isStopping = true
        for request in waiting.removeAll() { refuse(request, .stopping, at: now, into: &effects) }
    }
}
