public import IPAMEngine
public import Timeline

/// What decides on a simulated node: the daemon's own engine, or something that is to be compared with it.
public protocol NodePolicy: Sendable {
    /// A daemon that begins, with what its journal says; nothing in its first life.
    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant)

    /// Takes in what has happened and appends what is to be done, in this order.
    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect])

    /// When `deadlineReached` is worth sending; nil while nothing waits for time to pass.
    var nextDeadline: Instant? { get }

    /// Whether the attachment still holds what it was given, by this very ADD.
    func holds(_ allocation: Allocation) -> Bool

    /// The state, for those who compare it with the truth.
    var engine: IPAMEngine { get }
}

extension IPAMEngine: NodePolicy {
    public var engine: IPAMEngine { self }
}
