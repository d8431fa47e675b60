import InstanceTypes

/// How many pods a node of one type should be told to take.
struct MaxPodsAnswer: Encodable, Sendable {
    let schema = "berth/max-pods/1"
    let instanceType: String
    let mode: String
    let customNetworking: Bool
    let podENI: Bool
    /// What the kubelet should be given; the pods on the host network are among them.
    let maxPods: Int
    let limitedBy: PodLimit.Reason
    /// What there are addresses for, and the two on the host network.
    let maxPodsByAddresses: Int
    /// ENIs that carry pods.
    let enis: Int
    /// The ENI's own address included.
    let ipv4AddressesPerENI: Int
    /// Nil where no source knows.
    let vcpus: Int?
    private let hasTrunk: Bool
    /// The smallest of the types that were asked for together; nil for one type.
    var groupMaxPods: Int?

    private enum CodingKeys: CodingKey {
        case schema, instanceType, mode, customNetworking, podENI, maxPods, limitedBy, maxPodsByAddresses, enis, ipv4AddressesPerENI, vcpus
        case groupMaxPods
    }

    init(_ type: InstanceType, mode: PodMode, customNetworking: Bool, podENI: Bool, isCapped: Bool) {
        // A type that takes no trunk has all its ENIs for pods.
        hasTrunk = podENI && type.supportsTrunk == true
        let addressing = PodAddressing(mode.slot, leavesPrimaryENI: customNetworking, hasTrunk: hasTrunk)
        let limit = type.podLimit(addressing)
        instanceType = type.name
        self.mode = mode.rawValue
        self.customNetworking = customNetworking
        self.podENI = podENI
        maxPodsByAddresses = type.maxPods(addressing)
        let isUncapped = !isCapped && limit.reason == .recommendation
        maxPods = isUncapped ? maxPodsByAddresses : limit.pods
        limitedBy = isUncapped ? .addresses : limit.reason
        enis = max(0, type.enis - (customNetworking ? 1 : 0) - (hasTrunk ? 1 : 0))
        ipv4AddressesPerENI = type.ipv4PerENI
        vcpus = type.vcpus
    }

    /// What the figure does not tell by itself; nil for nothing.
    var warning: String? {
        if enis == 0 { return "\(instanceType) has no ENI left for pods: only those on the host network fit. Choose a type with more." }
        if podENI, !hasTrunk { return "\(instanceType) takes no trunk, or is not known to: security groups for pods are not for it." }
        guard limitedBy == .singleAddresses else { return nil }
        return "\(instanceType) is not built on Nitro and takes no prefixes; its pods get single addresses."
    }
}
