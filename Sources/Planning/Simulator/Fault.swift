/// What the world does to a node besides its work.
public enum Fault: String, Hashable, Sendable, CaseIterable, Comparable {
    /// EC2 refuses a call for a reason of its own and does nothing.
    case ec2Error = "ec2-error"
    /// EC2 throttles a call, beyond what the published token buckets throttle by themselves.
    case throttling
    /// EC2 carries a call out, and no answer comes within the client's timeout.
    case lostAnswer = "lost-answer"
    /// EC2 carries a call out and answers after seconds, at times after the client has given up.
    case lateAnswer = "late-answer"
    /// EC2 describes the node as it was seconds ago.
    case staleDescription = "stale-description"
    /// The instance's metadata shows its ENIs as they were up to a minute ago.
    case staleMetadata = "stale-metadata"
    /// The daemon stands still for a while, as on a machine that is paused; for it the clock jumps ahead.
    case clockJump = "clock-jump"
    /// The daemon dies between two effects and begins again.
    case crash
    /// The kernel refuses a pod's links.
    case wiringFailure = "wiring-failure"
    /// A deleted pod's link outlives the cooldown.
    case lingeringLink = "lingering-link"
    /// An ADD or a DEL comes twice.
    case duplicateRequest = "duplicate-request"
    /// A DEL comes before its ADD, or into the middle of it.
    case reorderedRequest = "reordered-request"
    /// The runtime forgets a DEL; only garbage collection is left.
    case lostDelete = "lost-delete"
    /// The runtime's list of living pods lacks those whose ADD is young.
    case shortGarbageList = "short-garbage-list"
    /// Other tenants take most of the subnet, scattered over its blocks, and give some of it back.
    case otherTenants = "other-tenants"

    public static func < (a: Fault, b: Fault) -> Bool { a.rawValue < b.rawValue }
}

/// How often each fault happens.
public struct FaultRates: Hashable, Sendable {
    /// Of the occasions that a fault has, the share at which it happens; what has no entry never happens.
    ///
    /// An occasion is a call to EC2, a request of the runtime, the work on one pod's links. A crash, a jump
    /// of the clock and a move of other tenants have one occasion every ten seconds, for each node.
    public var shares: [Fault: Double]

    public init(_ shares: [Fault: Double] = [:]) {
        precondition(shares.values.allSatisfy { (0...1).contains($0) }, "shares of faults lie from 0 to 1: \(shares)")
        self.shares = shares
    }

    public static let none = FaultRates()

    /// Each of the faults with the same share.
    public static func every(_ share: Double, of faults: some Sequence<Fault> = Fault.allCases) -> FaultRates {
        FaultRates(Dictionary(uniqueKeysWithValues: faults.map { ($0, share) }))
    }

    subscript(fault: Fault) -> Double { shares[fault] ?? 0 }
}
