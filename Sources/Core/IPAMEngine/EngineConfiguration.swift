public import Addressing

/// What the engine is told about its node and how to run its pool.
public struct EngineConfiguration: Hashable, Sendable {
    public var addressing: Addressing
    public var targets: WarmTargets
    public var limits: NodeLimits
    /// How long a released address is not handed out again; `IP_COOLDOWN_PERIOD`, 30 s in the incumbent.
    public var cooldown: Duration
    /// The subnet and security groups of an ENI to be created.
    public var subnet: SubnetID
    public var securityGroups: [SecurityGroupID]
    /// How many ADDs may wait for capacity at once; one more is refused.
    public var waitingMax: Int
    /// Makes the client tokens and the jitter of this node; two nodes must not share one.
    public var seed: UInt64

    /// How pods get their addresses.
    public enum Addressing: String, Hashable, Sendable, CaseIterable, Codable {
        /// Single secondary addresses.
        case secondary
        /// Delegated /28 prefixes of 16 addresses, all of which are handed out.
        case prefix
    }

    public init(
        addressing: Addressing, targets: WarmTargets, limits: NodeLimits, cooldown: Duration = .seconds(30), subnet: SubnetID,
        securityGroups: [SecurityGroupID] = [], waitingMax: Int = 512, seed: UInt64
    ) {
        precondition(cooldown >= .zero, "a cooldown of \(cooldown) is negative")
        precondition(waitingMax > 0, "a waiting line of \(waitingMax) can hold no request")
        self.addressing = addressing
        self.targets = targets
        self.limits = limits
        self.cooldown = cooldown
        self.subnet = subnet
        self.securityGroups = securityGroups
        self.waitingMax = waitingMax
        self.seed = seed
    }

    /// How many addresses one slot of an ENI gives: 1, or the 16 of a /28.
    var addressesPerSlot: Int {
        switch addressing {
        case .secondary: 1
        case .prefix: 16
        }
    }

    /// The addresses an ENI gives when every slot of it is used.
    var addressesPerENI: Int { limits.slotsPerENI * addressesPerSlot }
}

/// What the instance type and the cluster allow.
public struct NodeLimits: Hashable, Sendable {
    /// Most ENIs, the primary included; at least 1.
    public var enis: Int
    /// Address slots of an ENI besides its primary address; 0 to 63 (the largest type has 64 addresses an ENI).
    public var slotsPerENI: Int
    /// The kubelet's limit. The pool never holds more than can be used under it.
    public var maxPods: Int

    public init(enis: Int, slotsPerENI: Int, maxPods: Int) {
        precondition(enis >= 1, "a node has at least its primary ENI, not \(enis)")
        precondition((0...63).contains(slotsPerENI), "\(slotsPerENI) address slots on an ENI are not from 0 to 63")
        precondition(maxPods >= 0, "a limit of \(maxPods) pods is negative")
        self.enis = enis
        self.slotsPerENI = slotsPerENI
        self.maxPods = maxPods
    }
}
