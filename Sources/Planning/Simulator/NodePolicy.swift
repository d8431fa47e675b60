public import IPAMEngine
public import Timeline

/// What decides on a simulated node: the daemon's own engine, or something that is to be compared with it.
public protocol NodePolicy: Sendable {
    /// Whether it is held to the rules, so that a run ends when it breaks one; otherwise breaches are counted.
    static var isJudged: Bool { get }

    /// A daemon that begins, with what its journal says; nothing in its first life.
    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant)

    /// Takes in what has happened and appends what is to be done, in this order.
    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect])

    /// When `deadlineReached` is worth sending; nil while nothing waits for time to pass.
    var nextDeadline: Instant? { get }

    /// The IPv4 addresses of the node by what they do.
    var count: PoolCount { get }

    /// What the attachment holds; nil when it holds nothing.
    func allocation(of attachment: PodAttachment) -> Allocation?

    /// Whether the attachment still holds what it was given, by this very ADD.
    func holds(_ allocation: Allocation) -> Bool

    /// What is held by pods whose network is complete, by address.
    var wiredAllocations: [Allocation] { get }

    /// The shortest journal that leads to this state.
    var journal: [JournalEntry] { get }

    /// The engine inside, for those who compare its state with the truth; nil where another policy decides.
    var engine: IPAMEngine? { get }
}

extension NodePolicy {
    public static var isJudged: Bool { true }

    public func holds(_ allocation: Allocation) -> Bool { self.allocation(of: allocation.attachment) == allocation }
}

extension IPAMEngine: NodePolicy {
    public var engine: IPAMEngine? { self }
}
