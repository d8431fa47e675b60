public import Timeline

/// What keeps the node from calling EC2: an operator's order, and a trip when EC2 keeps failing.
///
/// - *trip*: ``failuresMin`` calls of one kind in a row failed over at least ``patience`` because EC2 throttles, fails or does not
///   answer. A call that EC2 refuses for a reason of its own was answered, and counts as one that went well;
/// - *probe*: while tripped, one description at a time goes out, after ``firstPause`` and then twice as long each time, up to
///   ``lastPause``, with jitter. It changes nothing, and tells what the calls without an answer have done;
/// - *return*: a probe that is answered ends the trip. A change that fails after that trips it again at once, and the pauses go on
///   from where they were: EC2 may describe well and change nothing.
///
/// An order stands until the next one. That to go back to normal ends a trip as well, so that EC2 is asked at once.
public struct Restraint: Hashable, Sendable {
    /// What the operator wants.
    public private(set) var order = Degradation.normal
    /// When the operator said so; nil where nothing is ordered.
    public private(set) var orderedAt: Instant?
    /// Nil while EC2 is called as the order has it.
    public private(set) var trip: Trip?
    private var descriptions: Streak?
    private var changes: Streak?
    /// Trips and failed probes since all went well.
    private var pausesInARow = 0

    /// EC2 has failed for so long that it is left alone.
    public struct Trip: Hashable, Sendable {
        /// The first failure since EC2 last did what was asked.
        public var since: Instant
        /// The last one.
        public var failure: CallFailure
        /// When EC2 is asked again.
        public var probe: Instant
    }

    /// Failures of one kind of call with nothing between them that went well.
    private struct Streak: Hashable, Sendable {
        var first: Instant
        var last: Instant
        var count: Int
    }

    /// Fewer may be chance.
    static let failuresMin = 3
    /// Longer than EC2 takes to get over a burst of throttles.
    static let patience: Duration = .seconds(60)
    /// Failures further apart have nothing to do with each other.
    private static let memory: Duration = .seconds(600)
    /// Between a trip and the first probe.
    static let firstPause: Duration = .seconds(30)
    /// The longest time between two probes, without the jitter.
    static let lastPause: Duration = .seconds(120)

    public init() {}

    /// - Parameter orderedAt: As the journal has it.
    init(order: Degradation, at orderedAt: Instant) {
        self.order = order
        self.orderedAt = order == .normal ? nil : orderedAt
    }

    /// What counts at this moment.
    public var degradation: Degradation { trip == nil ? order : .stopCalls }

    // Asked at every event, so by cases and not by the names behind them.
    var isNormal: Bool { if case .normal = order { trip == nil } else { false } }
    var stopsCalls: Bool { if case .stopCalls = order { true } else { trip != nil } }
    var stopsReleases: Bool { !isNormal }

    /// Whether a call, or a step of an ENI's life, may go on at this moment. What the kernel does has nothing to do with EC2.
    func allows(_ call: CallsInFlight.Call) -> Bool {
        switch call {
        case .settingUp, .restoring: true
        // While tripped it is the probe, which has its own moment.
        case .describing: order != .stopCalls
        case .describingSubnets, .creating, .attaching, .assigning, .assigningIPv6, .claiming: !stopsCalls
        case .unassigning, .detaching, .deleting: !stopsReleases
        }
    }

    // MARK: - What happens

    mutating func obey(_ order: Degradation, at now: Instant) {
        let trip = order == .normal ? nil : trip
        self = Restraint(order: order, at: now)
        self.trip = trip
    }

    /// Notes that EC2 answered a description: it is there.
    mutating func didDescribe() {
        descriptions = nil
        trip = nil
        if changes == nil { pausesInARow = 0 }
    }

    /// Notes that EC2 did what was asked, or refused it for a reason of its own.
    mutating func didChange() {
        changes = nil
        if descriptions == nil { pausesInARow = 0 }
    }

    /// Notes that EC2 did not describe what the node has.
    mutating func didNotDescribe(_ failure: CallFailure, at now: Instant, random: inout SplitMix64) {
        guard failure.meaning.saysThatEC2Fails else { return didDescribe() }
        descriptions = Self.streak(descriptions, at: now)
        if trip == nil { tripIfLasting(descriptions, failure, at: now, random: &random) } else { pause(failure, at: now, random: &random) }
    }

    /// Notes that EC2 did not carry a change out.
    mutating func didNotChange(_ failure: CallFailure, at now: Instant, random: inout SplitMix64) {
        guard failure.meaning.saysThatEC2Fails else { return didChange() }
        changes = Self.streak(changes, at: now)
        // A call that was under way when the trip came says nothing of the next probe.
        if trip == nil { tripIfLasting(changes, failure, at: now, random: &random) }
    }

    private static func streak(_ streak: Streak?, at now: Instant) -> Streak {
        guard let streak, now - streak.last <= memory else { return Streak(first: now, last: now, count: 1) }
        return Streak(first: streak.first, last: now, count: streak.count + 1)
    }

    private mutating func tripIfLasting(_ streak: Streak?, _ failure: CallFailure, at now: Instant, random: inout SplitMix64) {
        guard let streak, streak.count >= Self.failuresMin, now - streak.first >= Self.patience else { return }
        trip = Trip(since: streak.first, failure: failure, probe: now)
        pause(failure, at: now, random: &random)
    }

    private mutating func pause(_ failure: CallFailure, at now: Instant, random: inout SplitMix64) {
        let pause = min(Self.lastPause, Self.firstPause * (1 << min(pausesInARow, 8)))
        pausesInARow += 1
        trip?.failure = failure
        trip?.probe = now + random.jittered(pause, 1...1.25)
    }

    // MARK: - Reasons

    /// Why EC2 is asked for no address; nil while it is asked.
    var refusal: Refusal? {
        if order == .stopCalls, let orderedAt { return .callsStopped(since: orderedAt) }
        return trip.map { .ec2Failing(code: $0.failure.code, message: $0.failure.message, since: $0.since, retry: $0.probe) }
    }
}

extension CallFailure.Meaning {
    /// Whether EC2, or the way to it, does not work: more than a no to this one call.
    fileprivate var saysThatEC2Fails: Bool {
        switch self {
        case .throttled, .other: true
        case .subnetFull, .noFreeBlock, .permissionDenied, .outOfStep, .gone, .quotaReached: false
        }
    }
}
