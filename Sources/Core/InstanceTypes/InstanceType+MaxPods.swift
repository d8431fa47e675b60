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

    /// Returns ``maxPods(_:)`` held to what Amazon recommends: 110 below 30 vCPUs, 250 from there (EKS User Guide, "Amazon EKS
    /// recommended maximum Pods"); 110, which Kubernetes itself names, where the vCPUs are unknown.
    public func recommendedMaxPods(_ addressing: PodAddressing) -> Int {
        min(maxPods(addressing), (vcpus ?? 0) < 30 ? 110 : 250)
    }
}
