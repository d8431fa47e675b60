/// How much is kept ready before any pod asks; the four targets of the incumbent, with its meaning and its manifest's defaults.
///
/// The formulas are those of amazon-vpc-cni-k8s v1.23 (reference §2.4), with one difference: an address in cooldown is
/// not available, so churn cannot starve a pool that looks full.
public struct WarmTargets: Hashable, Sendable {
    /// Spare full ENIs. Ignored when an address target is set, and with prefixes.
    public var enis: Int
    /// Free addresses to hold; nil when not set. Overrides the ENI and the prefix target.
    public var addresses: Int?
    /// The least number of addresses on the node; nil when not set. Set alone it means no free address beyond it.
    public var minimumAddresses: Int?
    /// Wholly free /28 prefixes to hold.
    public var prefixes: Int

    public init(enis: Int = 1, addresses: Int? = nil, minimumAddresses: Int? = nil, prefixes: Int = 1) {
        precondition(enis >= 0 && prefixes >= 0, "warm targets of \(enis) ENIs and \(prefixes) prefixes are negative")
        precondition((addresses ?? 0) >= 0 && (minimumAddresses ?? 0) >= 0, "address targets are negative")
        self.enis = enis
        self.addresses = addresses
        self.minimumAddresses = minimumAddresses
        self.prefixes = prefixes
    }

    /// Whether the pool is counted in addresses rather than in ENIs or prefixes. A target of 0 counts as not set, as in
    /// the incumbent.
    var areInAddresses: Bool { (addresses ?? 0) > 0 || (minimumAddresses ?? 0) > 0 }
}

/// The addresses of a pool by what they do. In flight counts as attached.
public struct PoolCount: Hashable, Sendable {
    /// Addresses attached or asked for.
    public var attached: Int
    /// Addresses held by sandboxes.
    public var held: Int
    /// Addresses in cooldown.
    public var cooling: Int
    /// ADDs waiting for an address.
    public var waiting: Int

    public init(attached: Int, held: Int, cooling: Int, waiting: Int) {
        self.attached = attached
        self.held = held
        self.cooling = cooling
        self.waiting = waiting
    }

    /// Addresses left once every waiting ADD is served; negative when there are too few.
    var available: Int { attached - held - cooling - waiting }
}

extension EngineConfiguration {
    /// Free addresses the targets ask for.
    var freeAddressesWanted: Int {
        if targets.areInAddresses { return targets.addresses ?? 0 }
        switch addressing {
        case .secondary: return max(1, targets.enis * addressesPerENI)
        case .prefix: return max(1, targets.prefixes * addressesPerSlot)
        }
    }

    /// Returns how many more addresses the node should have attached.
    ///
    /// Grows for waiting ADDs whatever the limit on pods says (the kubelet admitted them), and for the targets only up to
    /// what the kubelet's limit can ever use; addresses in cooldown are on top, as no pod can have them.
    public func addressesShort(_ count: PoolCount) -> Int {
        let forTargets = max(freeAddressesWanted - count.available, (targets.minimumAddresses ?? 0) - count.attached)
        let belowPodLimit = limits.maxPods + count.cooling - count.attached
        return max(0, -count.available, min(forTargets, belowPodLimit))
    }

    /// Returns how many free addresses could be given back with the targets still met.
    public func addressesOver(_ count: PoolCount) -> Int {
        guard targets.areInAddresses else {
            return max(0, count.available - freeAddressesWanted)
        }
        return max(0, min(count.available - (targets.addresses ?? 0), count.attached - (targets.minimumAddresses ?? 0)))
    }
}
