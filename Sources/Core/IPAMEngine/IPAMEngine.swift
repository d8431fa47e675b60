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
/// - *pool*: ENIs, prefixes and addresses are asked for when the targets are short and given back when idle;
/// - *calls*: every call to EC2 is in flight from its effect to its outcome, and counts as done until it fails;
/// - *recovery*: what the journal says is held stays held, and what disagrees with EC2 is kept out of use.
public struct IPAMEngine: Sendable {
    public var configuration: EngineConfiguration {
        didSet { settledFree = 0 }
    }
    var store = AddressStore()
    var records: [PodAttachment: Record] = [:]
    var cooldowns = Cooldowns()
    var waiting = WaitingLine()
    var calls = CallsInFlight()
    /// When EC2 may be asked for more, and when it may be asked to take back.
    var backOff = BackOff()
    var returnBackOff = BackOff()
    var random: SplitMix64
    /// Whether the node's ENIs are known, from EC2 or from the journal.
    public internal(set) var isStarted = false
    /// Whether the daemon ends, so that nobody waits and EC2 is asked for nothing.
    var isStopping = false
    /// When to look for what can be given back; nil when there was nothing to find.
    var shrinkAt: Instant?
    /// The least number of free addresses since a look found nothing: nothing falls idle without there being more.
    var settledFree = 0
    /// ENIs made for this node and not attached, to be deleted.
    var orphans: Set<ENIID> = []
    /// Whether EC2 may have more or less than the engine knows. Until EC2 has been asked the pool neither grows nor shrinks.
    var isInDoubt = false

    /// An attachment that holds an address.
    struct Record: Sendable {
        var allocation: Allocation
        /// Nil in quarantine: the address lies in no ENI that EC2 shows, and is not handed out again.
        var place: AddressStore.Place?
        var wiring: Wiring
    }

    public init(_ configuration: EngineConfiguration) {
        self.configuration = configuration
        random = SplitMix64(seed: configuration.seed)
    }

    /// Takes in what has happened and returns what is to be done, in this order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        handle(event, at: now, into: &effects)
        return effects
    }

    /// The same with the caller's own array, so that a steady stream of pods allocates none.
    public mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        backOff.reopen(at: now)
        returnBackOff.reopen(at: now)
        endCooldowns(at: now)
        switch event {
        case .started: start(at: now, into: &effects)
        case .podAdded(let request): add(request, at: now, into: &effects)
        case .podWired(let attachment): didWire(attachment, into: &effects)
        case .wiringFailed(let attachment): didNotWire(attachment, at: now, into: &effects)
        case .podUnwired(let attachment): didUnwire(attachment, at: now, into: &effects)
        case .podDeleted(let attachment): delete(attachment, into: &effects)
        case .linkGone(let address): linkDidGo(address, at: now, into: &effects)
        case .linksSwept: linksDidGo(at: now, into: &effects)
        case .adopted(let allocations): adopt(allocations, at: now, into: &effects)
        case .garbageCollected(let network, let keeping, let olderThan):
            collectGarbage(of: network, keeping: keeping, olderThan: olderThan, into: &effects)
        case .enisDescribed(let id, let enis): didDescribe(id, enis, at: now, into: &effects)
        case .eniCreated(let id, let eni): didCreate(id, eni, at: now, into: &effects)
        case .eniAttached(let id): didAttach(id, at: now, into: &effects)
        case .eniReady(let id): didSetUp(id, at: now, into: &effects)
        case .addressesAssigned(let id, let addresses): didAssign(id, addresses, [], at: now, into: &effects)
        case .prefixesAssigned(let id, let prefixes): didAssign(id, [], prefixes, at: now, into: &effects)
        case .unassigned(let id): didUnassign(id, into: &effects)
        case .eniDetached(let id): didDetach(id, at: now, into: &effects)
        case .eniDeleted(let id): didDelete(id, into: &effects)
        case .callFailed(let id, let failure): didFail(id, failure, at: now, into: &effects)
        case .deadlineReached: break
        case .stopping: stop(into: &effects)
        }
        endCooldowns(at: now)
        serveWaiting(at: now, into: &effects)
        expireWaiting(at: now, into: &effects)
        balance(at: now, into: &effects)
    }

    /// The earliest moment at which `deadlineReached` is worth sending; nil when nothing waits for time to pass.
    public var nextDeadline: Instant? {
        var earliest = cooldowns.nextEnd
        func consider(_ candidate: Instant?) {
            guard let candidate else { return }
            earliest = min(earliest ?? candidate, candidate)
        }
        consider(waiting.nextDeadline)
        consider(calls.nextRetry)
        consider(shrinkAt)
        if isShort { consider(backOff.retry) }
        if !orphans.isEmpty { consider(returnBackOff.retry) }
        return earliest
    }

    private mutating func stop(into effects: inout [Effect]) {
        isStopping = true
        for request in waiting.removeAll() { effects.append(.refuse(request.attachment, .stopping)) }
    }
}

/// A small deterministic generator (SplitMix64 by S. Vigna, public domain) for jitter and client tokens.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
