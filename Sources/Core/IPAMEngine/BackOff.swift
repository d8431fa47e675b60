import Addressing
import Timeline

/// Why a call brought nothing: EC2's code and message, or the client's for a call without an answer.
public struct CallFailure: Error, Hashable, Sendable {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// Whether EC2 says that the very address cannot be had: somebody has it, or the subnet does not.
    var isRefusalOfAddress: Bool { code == "InvalidParameterValue" || meaning.isExhaustion }

    /// What a failure means for the next call.
    public enum Meaning: Hashable, Sendable {
        case subnetFull
        case noFreeBlock
        case throttled
        case permissionDenied
        case quotaReached
        /// EC2 counts more on the ENI or the instance than this engine: look before asking again.
        case outOfStep
        /// What is to be taken back is not the ENI's, or the ENI does not exist.
        case gone
        case other

        /// Whether EC2 did nothing for certain. After any other failure the call may have been carried out all the same.
        var leavesNoDoubt: Bool {
            switch self {
            case .subnetFull, .noFreeBlock, .throttled, .permissionDenied, .quotaReached: true
            case .outOfStep, .gone, .other: false
            }
        }

        /// Whether a subnet had not what was asked for.
        public var isExhaustion: Bool { self == .subnetFull || self == .noFreeBlock }
    }

    /// The codes of EC2's API reference, "Error codes", and of the shared document on cloud APIs.
    public var meaning: Meaning {
        switch code {
        case "InsufficientFreeAddressesInSubnet": .subnetFull
        case "InsufficientCidrBlocks": .noFreeBlock
        // EC2 answers so when an ENI is created with prefixes in a subnet without a free block (amazon-vpc-cni-k8s #3105).
        case "InvalidParameterValue" where message.contains("sufficient free Ipv4 addresses or prefixes"): .noFreeBlock
        case "RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled", "SlowDown", "EC2ThrottledException":
            .throttled
        case "UnauthorizedOperation", "AccessDenied", "AuthFailure", "UnauthorizedException": .permissionDenied
        case "PrivateIpAddressLimitExceeded", "AttachmentLimitExceeded": .outOfStep
        case "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterface.NotFound": .gone
        case "InvalidParameterValue" where message.contains("are not assigned to interface"): .gone
        case "NetworkInterfaceLimitExceeded", "SecurityGroupsPerInterfaceLimitExceeded", "ResourceLimitExceeded": .quotaReached
        default: .other
        }
    }
}

/// When EC2 may be asked again after it failed, and why it failed.
///
/// A subnet that has run out is no reason to pause: others may have addresses, and it has a pause of its own.
struct BackOff: Sendable {
    private struct Pause: Sendable {
        var failure: CallFailure
        var retry: Instant
    }

    /// Nil while calls may be made.
    private var pause: Pause?
    /// Why the last call failed; nil when one went well since.
    private var lastFailure: CallFailure?
    private var failuresInARow = 0
    /// When what is kept warm may be asked for again: EC2 refused calls for their number, and pods that wait, here or on other nodes, are
    /// served first.
    private(set) var warmFrom: Instant?
    private var throttlesInARow = 0

    var isOpen: Bool { pause == nil }
    /// When calls may be made again; nil while they may.
    var retry: Instant? { pause?.retry }

    /// Ends a pause whose time is over. What failed before then counts on until a call goes well.
    mutating func reopen(at now: Instant) {
        if let pause, pause.retry <= now { self.pause = nil }
    }

    /// Notes a call that went well. It does not end a pause: another call was made beside it and failed.
    mutating func succeed() {
        failuresInARow = 0
        lastFailure = nil
    }

    /// Sets the next try: seconds for what passes soon, doubling, and half a minute or more for what others must mend.
    ///
    /// Calls that were made together and fail together count as one failure. Jitter spreads the nodes of a cluster that
    /// failed together.
    ///
    /// - Returns: When calls may be made again.
    @discardableResult
    mutating func fail(_ failure: CallFailure, at now: Instant, random: inout SplitMix64) -> Instant {
        if pause == nil { failuresInARow += 1 }
        lastFailure = failure
        let doubling = 1 << min(failuresInARow - 1, 6)
        let ceiling: Duration =
            switch failure.meaning {
            case .throttled: .seconds(min(64, 2 * doubling))
            case .other, .outOfStep, .gone: .seconds(min(32, doubling))
            case .subnetFull, .noFreeBlock: .seconds(40)
            case .permissionDenied, .quotaReached: .seconds(80)
            }
        if failure.meaning == .throttled { keepWarmBack(at: now, random: &random) }
        let retry = now + random.jittered(ceiling, 0.5...1)
        if let pause, pause.retry >= retry { return pause.retry }
        pause = Pause(failure: failure, retry: retry)
        return retry
    }

    /// How long what is kept warm waits after a refused call, the first time; it doubles with each that follows, up to eight times that.
    private static let warmPause: Duration = .seconds(15)
    /// Refusals longer ago say nothing of the account's traffic today.
    private static let warmMemory: Duration = .seconds(600)

    private mutating func keepWarmBack(at now: Instant, random: inout SplitMix64) {
        guard warmFrom.map({ $0 <= now }) ?? true else { return }
        let isFollowing = warmFrom.map { now < $0 + Self.warmMemory } ?? false
        throttlesInARow = isFollowing ? throttlesInARow + 1 : 1
        warmFrom = now + random.jittered(Self.warmPause * (1 << min(throttlesInARow - 1, 3)), 0.5...1.5)
    }

    func keepsWarmBack(at now: Instant) -> Bool { warmFrom.map { now < $0 } ?? false }

    /// The failure as a reason; nil while calls may be made.
    var refusal: Refusal? { pause.map { Self.refusal($0.failure, retry: $0.retry) } }

    /// The failure of the try before the one under way; nil when calls went well.
    func refusalDuringRetry(at now: Instant) -> Refusal? { lastFailure.map { Self.refusal($0, retry: now) } }

    private static func refusal(_ failure: CallFailure, retry: Instant) -> Refusal {
        switch failure.meaning {
        case .throttled: .throttled(retry: retry)
        case .permissionDenied: .permissionDenied(code: failure.code, message: failure.message)
        case .quotaReached: .quotaReached(code: failure.code, message: failure.message)
        case .subnetFull, .noFreeBlock, .outOfStep, .gone, .other:
            .callFailed(code: failure.code, message: failure.message, retry: retry)
        }
    }
}

extension SplitMix64 {
    /// A share of the duration, drawn evenly from the range.
    mutating func jittered(_ duration: Duration, _ shares: ClosedRange<Double>) -> Duration {
        .nanoseconds(Int64(Double(duration.wholeNanoseconds) * Double.random(in: shares, using: &self)))
    }
}
