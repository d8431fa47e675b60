public import Addressing
public import Timeline

/// Why a pod has no address: one value for the CNI answer, the event on the pod, the metric and `berth explain`.
public enum Refusal: Hashable, Sendable, Error {
    /// The daemon does not yet know the node's ENIs.
    case starting
    /// EC2 said that the subnet has no free address; asked again at `retry`.
    case subnetFull(SubnetID, retry: Instant)
    /// The subnet has no free /28 block, though single addresses may be free, as many as are given where that is known; asked
    /// again at `retry`.
    case noFreeBlock(SubnetID, freeAddresses: Int?, retry: Instant)
    /// Every ENI the instance type allows is attached and full.
    case eniSlotsUsedUp(enis: Int, addressesPerENI: Int)
    /// EC2 throttles; asked again at `retry`.
    case throttled(retry: Instant)
    /// EC2 denies a call the node needs.
    case permissionDenied(code: String, message: String)
    /// A quota of the account is used up.
    case quotaReached(code: String, message: String)
    /// EC2 fails for another reason; asked again at `retry`.
    case callFailed(code: String, message: String, retry: Instant)
    /// An operator has stopped the node's calls to EC2.
    case callsStopped(since: Instant)
    /// EC2 has failed for so long that it is left alone; asked again at `retry`.
    case ec2Failing(code: String, message: String, since: Instant, retry: Instant)
    /// Every free address is in cooldown; the first is free at `next`, or when its link is gone where that takes longer.
    case cooling(count: Int, next: Instant)
    /// EC2 has been asked and has not answered; for no address when it takes something back or says what the node has.
    case waitingForEC2(addresses: Int, since: Instant)
    /// An attached ENI cannot be used: its link has not come up, or its routes could not be made.
    case eniNotReady(ENIID, problem: String, since: Instant)
    /// The node is cordoned, so that its pool does not grow.
    case nodeCordoned
    /// The instance is about to end.
    case nodeTerminating
    /// The pod asks for a pool that the node's configuration does not have.
    case unknownPool(PoolName)
    /// The address reserved for the pod cannot be had.
    case reservedAddressNotAvailable(IPv4Address, problem: String)
    /// The pool keeps no free address: the next ADD asks EC2.
    case poolEmpty
    /// The waiting line is full.
    case tooManyWaiting(Int)
    /// The sandbox is being deleted, or was deleted while its ADD waited.
    case deleted
    /// A later ADD of the same sandbox took this one's place.
    case superseded
    /// The daemon is shutting down.
    case stopping

    /// A stable name for programs: metric labels, events, `details`.
    public var code: String {
        switch self {
        case .starting: "starting"
        case .subnetFull: "subnet-full"
        case .noFreeBlock: "no-free-block"
        case .eniSlotsUsedUp: "eni-slots-used-up"
        case .throttled: "throttled"
        case .permissionDenied: "permission-denied"
        case .quotaReached: "quota-reached"
        case .callFailed: "call-failed"
        case .callsStopped: "calls-stopped"
        case .ec2Failing: "ec2-failing"
        case .cooling: "cooling"
        case .waitingForEC2: "waiting-for-ec2"
        case .eniNotReady: "eni-not-ready"
        case .nodeCordoned: "node-cordoned"
        case .nodeTerminating: "node-terminating"
        case .unknownPool: "unknown-pool"
        case .reservedAddressNotAvailable: "fixed-address-unavailable"
        case .poolEmpty: "pool-empty"
        case .tooManyWaiting: "too-many-waiting"
        case .deleted: "deleted"
        case .superseded: "superseded"
        case .stopping: "stopping"
        }
    }

    /// One sentence with the numbers, then what helps.
    ///
    /// - Parameter now: The moment from which waits are counted.
    public func explanation(at now: Instant) -> String {
        switch self {
        case .starting:
            "The daemon does not know the node's ENIs yet; the runtime tries again"
        case .subnetFull(let subnet, let retry):
            "Subnet \(subnet) has no free address; EC2 is asked again in \(wait(until: retry, now)). Free addresses there, or add a subnet"
        case .noFreeBlock(let subnet, let free, let retry):
            "Subnet \(subnet) has \(free.map { "\($0) free addresses but " } ?? "")no free /28 block; EC2 is asked again in \(wait(until: retry, now)). "
                + "Reserve a prefix range with a subnet CIDR reservation, or set addressing to secondary"
        case .eniSlotsUsedUp(let enis, let addresses):
            "All \(enis) ENIs of the instance type are attached and each of their \(addresses) addresses is in use; "
                + "lower the kubelet's max pods or take a larger type"
        case .throttled(let retry):
            "EC2 throttles this account's calls; asked again in \(wait(until: retry, now))"
        case .permissionDenied(let code, let message):
            "EC2 refuses the node's role (\(code): \(message)); grant the action in its IAM policy"
        case .quotaReached(let code, let message):
            "A quota of the account is used up (\(code): \(message)); ask AWS to raise it"
        case .callFailed(let code, let message, let retry):
            "EC2 failed (\(code): \(message)); asked again in \(wait(until: retry, now))"
        case .callsStopped(let since):
            "An operator has stopped this node's calls to EC2 (stop-calls, \(wait(until: now, since)) ago) and no address is free; "
                + "allow them again with berth degrade normal"
        case .ec2Failing(let code, let message, let since, let retry):
            "EC2 has failed for \(wait(until: now, since)) (\(code): \(message)), so this node has stopped its calls by itself; it asks again in "
                + "\(wait(until: retry, now)), or at once with berth degrade normal"
        case .cooling(let count, let next):
            "All \(count) free addresses are in cooldown, the first for another \(wait(until: next, now)); lower IP_COOLDOWN_PERIOD or raise the warm target"
        case .waitingForEC2(addresses: 0, let since):
            "EC2 was asked what the node has, or to take something back, \(wait(until: now, since)) ago and has not answered yet"
        case .waitingForEC2(let addresses, let since):
            "EC2 was asked for \(addresses) addresses \(wait(until: now, since)) ago and has not answered yet"
        case .eniNotReady(let eni, let problem, let since):
            "\(eni) is attached and has not been usable for \(wait(until: now, since)): \(problem); it is tried again every second"
        case .nodeCordoned:
            "The node is cordoned and has no free address, and its pool does not grow; uncordon it, or set AWS_MANAGE_ENIS_NON_SCHEDULABLE"
        case .nodeTerminating:
            "The instance is about to end and has no free address"
        case .unknownPool(let pool):
            "The pod asks for the pool \(pool), which the node does not have; define it, or correct the pod's annotation"
        case .reservedAddressNotAvailable(let address, let problem):
            "\(address) is reserved for this pod and cannot be had: \(problem)"
        case .poolEmpty:
            "The pool keeps no free address, and the next pod asks EC2; raise the warm target"
        case .tooManyWaiting(let count):
            "\(count) ADDs wait for addresses already; the runtime tries again"
        case .deleted:
            "The sandbox is being deleted"
        case .superseded:
            "A later ADD of the same sandbox took this one's place"
        case .stopping:
            "The daemon is shutting down; the runtime tries again"
        }
    }

    private func wait(until end: Instant, _ now: Instant) -> String {
        let tenths = Int((max(.zero, now.duration(to: end)).inSeconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

extension Refusal {
    /// When asking again may help; nil where time alone changes nothing, or nobody can say.
    public var retry: Instant? {
        switch self {
        case .subnetFull(_, let retry), .noFreeBlock(_, _, let retry), .throttled(let retry), .callFailed(_, _, let retry),
            .cooling(_, let retry), .ec2Failing(_, _, _, let retry):
            retry
        case .starting, .eniSlotsUsedUp, .permissionDenied, .quotaReached, .callsStopped, .waitingForEC2, .eniNotReady, .nodeCordoned,
            .nodeTerminating, .unknownPool, .reservedAddressNotAvailable, .poolEmpty, .tooManyWaiting, .deleted, .superseded, .stopping:
            nil
        }
    }
}
