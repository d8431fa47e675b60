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
    /// The last failure and when asking again is worth while; nil after a success.
    private(set) var state: (failure: CallFailure, subnet: SubnetID, retry: Instant)?
    private var failuresInARow = 0

    var retry: Instant? { state?.retry }

    func isOpen(at now: Instant) -> Bool {
        guard let state else { return true }
        return state.retry <= now
    }

    mutating func succeed() {
        state = nil
        failuresInARow = 0
    }

    /// Sets the next try: seconds for what passes soon, doubling, and half a minute or more for what others must mend.
    /// Jitter spreads the nodes of a cluster that failed together.
    mutating func fail(_ failure: CallFailure, subnet: SubnetID, at now: Instant, random: inout SplitMix64) {
        let doubling = 1 << min(failuresInARow, 6)
        let ceiling: Duration =
            switch failure.meaning {
            case .throttled: .seconds(min(64, 2 * doubling))
            case .other, .outOfStep: .seconds(min(32, doubling))
            case .subnetFull, .noFreeBlock: .seconds(40)
            case .permissionDenied, .quotaReached: .seconds(80)
            }
        failuresInARow += 1
        let share = Double.random(in: 0.5...1, using: &random)
        state = (failure, subnet, now + .nanoseconds(Int64(Double(ceiling.wholeNanoseconds) * share)))
    }

    /// The failure as a reason; nil when the last call went well.
    var refusal: Refusal? {
        guard let (failure, subnet, retry) = state else { return nil }
        return switch failure.meaning {
        case .subnetFull: .subnetFull(subnet, retry: retry)
        case .noFreeBlock: .noFreeBlock(subnet, retry: retry)
        case .throttled: .throttled(retry: retry)
        case .permissionDenied: .permissionDenied(code: failure.code, message: failure.message)
        case .quotaReached: .quotaReached(code: failure.code, message: failure.message)
        case .outOfStep, .other: .callFailed(code: failure.code, message: failure.message, retry: retry)
        }
    }
}
