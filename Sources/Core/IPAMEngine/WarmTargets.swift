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
    /// Free addresses by what is observed, instead of the fixed targets; nil for fixed ones. `minimumAddresses` holds beside it.
    public var auto: AutoTarget?

    public init(
        enis: Int = 1, addresses: Int? = nil, minimumAddresses: Int? = nil, prefixes: Int = 1, auto: AutoTarget? = nil
    ) {
        precondition(enis >= 0 && prefixes >= 0, "warm targets of \(enis) ENIs and \(prefixes) prefixes are negative")
        precondition((addresses ?? 0) >= 0 && (minimumAddresses ?? 0) >= 0, "address targets are negative")
        self.enis = enis
        self.addresses = addresses
        self.minimumAddresses = minimumAddresses
        self.prefixes = prefixes
        self.auto = auto
    }

    /// Whether the pool is counted in addresses rather than in ENIs or prefixes. A target of 0 counts as not set, as in
    /// the incumbent.
    var areInAddresses: Bool { auto != nil || (addresses ?? 0) > 0 || (minimumAddresses ?? 0) > 0 }
}

/// The IPv4 addresses of a pool by what they do. In flight counts as attached.
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
    public var available: Int { attached - held - cooling - waiting }
}

/// How large a pool is to be at this moment.
public struct PoolGoal: Hashable, Sendable {
    /// Free addresses beyond those that waiting ADDs will take.
    public var free: Int
    /// How many more a pool that is short is filled with, and how many more it keeps, so that pods which come and go cost no calls.
    public var slack: Int
    /// Addresses attached, whatever they do.
    public var minimum: Int
    /// Whether ENIs are filled as they come and kept whole, instead of address by address.
    public var keepsWholeENIs: Bool

    /// No more than is asked for.
    public static let demandAlone = PoolGoal(free: 0, minimum: 0, keepsWholeENIs: false)
    /// What the incumbent keeps on network cards beside the first: one free address.
    static let furtherCard = PoolGoal(free: 1, minimum: 1, keepsWholeENIs: false)

    public init(free: Int, slack: Int = 0, minimum: Int, keepsWholeENIs: Bool) {
        self.free = free
        self.slack = slack
        self.minimum = minimum
        self.keepsWholeENIs = keepsWholeENIs
    }

    /// What the targets ask for.
    ///
    /// - Parameter automatic: The goal of an automatic target at this moment.
    init(_ configuration: EngineConfiguration, automatic: AutoTarget.Goal) {
        let targets = configuration.targets
        guard let unit = configuration.addressing.ipv4Unit else {
            self = .demandAlone
            return
        }
        guard !targets.areInAddresses else {
            let minimum = targets.minimumAddresses ?? 0
            if targets.auto != nil {
                self.init(free: automatic.free, slack: automatic.slack, minimum: minimum, keepsWholeENIs: false)
            } else {
                self.init(free: targets.addresses ?? 0, minimum: minimum, keepsWholeENIs: false)
            }
            return
        }
        switch unit {
        case .secondary: self.init(free: max(1, targets.enis * configuration.addressesPerENI), minimum: 0, keepsWholeENIs: true)
        case .prefix: self.init(free: max(1, targets.prefixes * 16), minimum: 0, keepsWholeENIs: false)
        }
    }

    /// Returns how many more addresses the pool should have attached.
    ///
    /// Grows for waiting ADDs whatever the limit on pods says (the kubelet admitted them), and for the goal only up to
    /// what the kubelet's limit can ever use.
    ///
    /// - Parameter podRoom: Addresses that the node's limit on pods leaves; those in cooldown are on top, as no pod can have them.
    public func short(_ count: PoolCount, podRoom: Int) -> Int {
        let forFree = count.available < free ? free + slack - count.available : 0
        let forGoal = max(forFree, minimum - count.attached)
        return max(0, -count.available, min(forGoal, podRoom))
    }

    /// Returns how many addresses pods can take before the pool is short of its goal.
    ///
    /// - Returns: Negative when the goal is not met, as where the node's limit on pods leaves no room for it. Without bound where
    ///   nothing is kept free for pods that nobody knows of: the one that finds no address waits, and is counted then.
    func spare(_ count: PoolCount) -> Int {
        guard minimum <= count.attached else { return -1 }
        return free == 0 && count.waiting == 0 ? .max : count.available - free
    }

    /// Returns how many free addresses could be given back with the goal still met.
    public func over(_ count: PoolCount) -> Int {
        max(0, min(count.available - free - slack, count.attached - minimum))
    }
}
