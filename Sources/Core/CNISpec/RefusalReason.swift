/// Why the node refuses a request, as published: the name for metrics and logs, the number for CNI.
///
/// The numbers lie above the 99 that the CNI specification reserves and never change their meaning.
public enum RefusalReason: String, CaseIterable, Sendable {
    case subnetFull = "subnet-full"
    case noFreeBlock = "no-free-block"
    case eniSlotsUsedUp = "eni-slots-used-up"
    case addressesPerENIUsedUp = "addresses-per-eni-used-up"
    case throttled
    case permissionDenied = "permission-denied"
    case cooling
    case quotaReached = "quota-reached"
    case nodeCordoned = "node-cordoned"
    case poolQuotaReached = "pool-quota-reached"
    case fixedAddressUnavailable = "fixed-address-unavailable"
    case storeDamaged = "store-damaged"
    case kernelFailed = "kernel-failed"
    case driftFound = "drift-found"
    case daemonVersionDiffers = "daemon-version-differs"
    case garbageCollectionIncomplete = "garbage-collection-incomplete"
    case starting
    case waitingForEC2 = "waiting-for-ec2"
    case callFailed = "call-failed"
    case tooManyWaiting = "too-many-waiting"
    case deleted
    case superseded
    case stopping
    case eniNotReady = "eni-not-ready"
    case nodeTerminating = "node-terminating"
    case unknownPool = "unknown-pool"
    case poolEmpty = "pool-empty"
    case ipamPluginFailed = "ipam-plugin-failed"
    case callsStopped = "calls-stopped"
    case ec2Failing = "ec2-failing"
}

extension RefusalReason {
    /// The number that travels in the error's details, 100 and above.
    public var number: Int { published.number }

    /// Whether trying again soon may succeed with nothing done on the node or in the account.
    public var isTransient: Bool { published.isTransient }

    /// The code sent to the runtime: "try again later" for what passes by itself, the number itself for what stays.
    ///
    /// Runtimes and kubelets know code 11 and read a code of ours as a lasting fault.
    public var code: CNIError.Code { isTransient ? .tryAgainLater : CNIError.Code(rawValue: number) }

    private var published: (number: Int, isTransient: Bool) {
        switch self {
        case .subnetFull: (100, false)
        case .noFreeBlock: (101, false)
        case .eniSlotsUsedUp: (102, false)
        case .addressesPerENIUsedUp: (103, false)
        case .throttled: (104, true)
        case .permissionDenied: (105, false)
        case .cooling: (106, true)
        case .quotaReached: (107, false)
        case .nodeCordoned: (108, false)
        case .poolQuotaReached: (109, false)
        case .fixedAddressUnavailable: (110, false)
        case .storeDamaged: (111, false)
        case .kernelFailed: (112, false)
        case .driftFound: (113, false)
        case .daemonVersionDiffers: (114, false)
        case .garbageCollectionIncomplete: (115, false)
        case .starting: (116, true)
        case .waitingForEC2: (117, true)
        case .callFailed: (118, true)
        case .tooManyWaiting: (119, true)
        case .deleted: (120, true)
        case .superseded: (121, true)
        case .stopping: (122, true)
        case .eniNotReady: (123, true)
        case .nodeTerminating: (124, true)
        case .unknownPool: (125, false)
        case .poolEmpty: (126, true)
        case .ipamPluginFailed: (127, false)
        case .callsStopped: (128, false)
        case .ec2Failing: (129, true)
        }
    }
}
