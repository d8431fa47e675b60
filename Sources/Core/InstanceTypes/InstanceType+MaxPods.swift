/// What a node spends its address slots on.
public struct PodAddressing: Hashable, Sendable {
    /// What takes an address slot of an ENI.
    public enum Slot: Hashable, Sendable {
        case secondaryAddress
        /// A /28 of 16 addresses.
        case prefix
    }

    public var slot: Slot
    /// Pods take addresses from other subnets than the node's, so the primary ENI carries none (custom networking).
    public var leavesPrimaryENI: Bool
    /// One ENI is the trunk of pods with security groups of their own; those pods are limited apart from these.
    public var hasTrunk: Bool

    public init(_ slot: Slot, leavesPrimaryENI: Bool = false, hasTrunk: Bool = false) {
        self.slot = slot
        self.leavesPrimaryENI = leavesPrimaryENI
        self.hasTrunk = hasTrunk
    }
}

extension InstanceType {
    /// Pods of every node that use its own address: the CNI's daemon and kube-proxy.
    private static let hostNetworkPods = 2
    private static let addressesPerPrefix = 16

    /// Returns how many pods fit on a node by its addresses, the two on the host network included.
    ///
    /// A type without prefix delegation is counted in single addresses whatever `addressing` says, as Amazon's max-pods
    /// calculator does.
    ///
    /// - Returns: 2 or more.
    public func maxPods(_ addressing: PodAddressing) -> Int {
        let withheld = (addressing.leavesPrimaryENI ? 1 : 0) + (addressing.hasTrunk ? 1 : 0)
        let slots = max(0, enis - withheld) * (ipv4PerENI - 1)
        let perSlot = addressing.slot == .prefix && supportsPrefixDelegation ? Self.addressesPerPrefix : 1
        return slots * perSlot + Self.hostNetworkPods
    }

    /// Returns how many pods the kubelet should be told to take: ``maxPods(_:)`` held to what Amazon recommends.
    public func podLimit(_ addressing: PodAddressing) -> PodLimit {
        let byAddresses = maxPods(addressing)
        guard byAddresses <= recommendedPodsMax else { return PodLimit(pods: recommendedPodsMax, reason: .recommendation) }
        let lacksPrefixes = addressing.slot == .prefix && !supportsPrefixDelegation
        return PodLimit(pods: byAddresses, reason: lacksPrefixes ? .singleAddresses : .addresses)
    }

    /// The pods of ``podLimit(_:)``.
    public func recommendedMaxPods(_ addressing: PodAddressing) -> Int { podLimit(addressing).pods }

    /// 110 below 30 vCPUs, 250 from there (EKS User Guide, "Amazon EKS recommended maximum Pods"); 110, which Kubernetes itself
    /// names, where the vCPUs are unknown.
    public var recommendedPodsMax: Int { (vcpus ?? 0) < 30 ? 110 : 250 }
}

/// How many pods the kubelet of a node should be told to take, and what keeps it from more.
public struct PodLimit: Hashable, Sendable {
    /// The two on the host network included; 2 or more.
    public var pods: Int
    public var reason: Reason

    public init(pods: Int, reason: Reason) {
        self.pods = pods
        self.reason = reason
    }

    public enum Reason: String, Hashable, Sendable, CaseIterable, Codable {
        /// The address slots of the type's ENIs.
        case addresses
        /// The same slots with one address each, because the type takes no prefixes.
        case singleAddresses = "no-prefix-delegation"
        /// What Amazon recommends for a type of so many vCPUs; there are addresses for more.
        case recommendation = "recommended-maximum"
    }
}
