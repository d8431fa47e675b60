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

    /// What a failure means for the next call.
    public enum Meaning: Hashable, Sendable {
        case subnetFull
        case noFreeBlock
        case throttled
        case permissionDenied
        case quotaReached
        /// EC2 counts more on the ENI or the instance than this engine: look before asking again.
        case outOfStep
        case other

        /// Whether EC2 did nothing for certain. After any other failure the call may have been carried out all the same.
        var leavesNoDoubt: Bool {
            switch self {
            case .subnetFull, .noFreeBlock, .throttled, .permissionDenied, .quotaReached: true
            case .outOfStep, .other: false
            }
        }
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
        case "PrivateIpAddressLimitExceeded", "AttachmentLimitExceeded", "InvalidNetworkInterfaceID.NotFound",
            "InvalidNetworkInterface.NotFound":
            .outOfStep
        case "NetworkInterfaceLimitExceeded", "SecurityGroupsPerInterfaceLimitExceeded", "ResourceLimitExceeded": .quotaReached
        default: .other
        }
    }
}

/// When EC2 may be asked again after it failed, and why it failed.
struct BackOff: Sendable {
    private struct Pause: Sendable {
        var failure: CallFailure
        var subnet: SubnetID
        var retry: Instant
    }

    /// Nil while calls may be made.
    private var pause: Pause?
    private var failuresInARow = 0

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
    }

    /// Sets the next try: seconds for what passes soon, doubling, and half a minute or more for what others must mend.
    ///
    /// Calls that were made together and fail together count as one failure. Jitter spreads the nodes of a cluster that
    /// failed together.
    mutating func fail(_ failure: CallFailure, subnet: SubnetID, at now: Instant, random: inout SplitMix64) {
        if pause == nil { failuresInARow += 1 }
        let doubling = 1 << min(failuresInARow - 1, 6)
        let ceiling: Duration =
            switch failure.meaning {
            case .throttled: .seconds(min(64, 2 * doubling))
            case .other, .outOfStep: .seconds(min(32, doubling))
            case .subnetFull, .noFreeBlock: .seconds(40)
            case .permissionDenied, .quotaReached: .seconds(80)
            }
        let share = Double.random(in: 0.5...1, using: &random)
        let retry = now + .nanoseconds(Int64(Double(ceiling.wholeNanoseconds) * share))
        if let pause, pause.retry >= retry { return }
        pause = Pause(failure: failure, subnet: subnet, retry: retry)
    }

    /// The failure as a reason; nil while calls may be made.
    var refusal: Refusal? {
        guard let pause else { return nil }
        let (failure, retry) = (pause.failure, pause.retry)
        return switch failure.meaning {
        case .subnetFull: .subnetFull(pause.subnet, retry: retry)
        case .noFreeBlock: .noFreeBlock(pause.subnet, retry: retry)
        case .throttled: .throttled(retry: retry)
        case .permissionDenied: .permissionDenied(code: failure.code, message: failure.message)
        case .quotaReached: .quotaReached(code: failure.code, message: failure.message)
        case .outOfStep, .other: .callFailed(code: failure.code, message: failure.message, retry: retry)
        }
    }
}
