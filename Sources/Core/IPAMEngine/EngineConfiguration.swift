public import Addressing

/// What the engine is told about its node and how to run its pools.
public struct EngineConfiguration: Hashable, Sendable {
    public var addressing: Addressing
    public var targets: WarmTargets
    public var limits: NodeLimits
    /// How long a released address is not handed out again; `IP_COOLDOWN_PERIOD`, 30 s in the incumbent.
    public var cooldown: Duration
    /// Where the ENIs of the node's own pool are made.
    public var source: PoolSource
    /// Whether pods may have addresses of the primary ENI; not with custom networking.
    public var usesPrimaryENI: Bool
    /// Pools beside the node's own, for pods that ask for one by name. They grow by demand alone.
    public var namedPools: [PoolName: PoolSource]
    /// Addresses that no pod is given.
    public var excludedAddresses: [IPv4CIDR]
    /// Addresses that only the pod of that name is given, and that it always is.
    public var reservations: [PodName: IPv4Address]
    /// Pods of these namespaces are served before others that wait.
    public var criticalNamespaces: Set<String>
    /// Whether the pool of a cordoned node grows and shrinks as on any other; `AWS_MANAGE_ENIS_NON_SCHEDULABLE`.
    public var managesCordonedNode: Bool
    /// Below this share of free addresses a subnet is under pressure, and targets shrink to the demand that is seen; from 0 to 1.
    public var pressureShare: Double
    /// How many ADDs may wait for capacity at once; one more is refused.
    public var waitingMax: Int
    /// For how long a shortage waits before EC2 is asked, so that pods that come together are served by one call; zero for not at all.
    public var gathering: Duration
    /// A daemon's: a runtime starts the pods of a burst within milliseconds of each other, and EC2 takes hundreds to answer.
    public static let usualGathering: Duration = .milliseconds(10)
    /// Makes the client tokens and the jitter of this node; two nodes must not share one.
    public var seed: UInt64

    /// How pods get their addresses.
    public enum Addressing: Hashable, Sendable {
        case ipv4(Unit)
        /// From the /80 of an ENI, of which the node needs one.
        case ipv6
        /// An address of each family, both of one ENI.
        case dual(Unit)

        /// In what IPv4 addresses are asked of EC2.
        public enum Unit: String, Hashable, Sendable, CaseIterable, Codable {
            /// Single secondary addresses.
            case secondary
            /// Delegated /28 prefixes of 16 addresses, all of which are handed out.
            case prefix

            /// How many addresses one slot of an ENI gives.
            var addressesPerSlot: Int {
                switch self {
                case .secondary: 1
                case .prefix: 16
                }
            }
        }

        public static let secondary = Addressing.ipv4(.secondary)
        public static let prefix = Addressing.ipv4(.prefix)

        /// Nil where pods have no IPv4 address.
        public var ipv4Unit: Unit? {
            switch self {
            case .ipv4(let unit), .dual(let unit): unit
            case .ipv6: nil
            }
        }

        public var hasIPv6: Bool {
            switch self {
            case .ipv4: false
            case .ipv6, .dual: true
            }
        }
    }

    public init(
        addressing: Addressing, targets: WarmTargets, limits: NodeLimits, cooldown: Duration = .seconds(30), source: PoolSource,
        usesPrimaryENI: Bool = true, namedPools: [PoolName: PoolSource] = [:], excludedAddresses: [IPv4CIDR] = [],
        reservations: [PodName: IPv4Address] = [:], criticalNamespaces: Set<String> = [], managesCordonedNode: Bool = false,
        pressureShare: Double = 0.05, waitingMax: Int = 512, gathering: Duration = .zero, seed: UInt64
    ) {
        precondition(gathering >= .zero, "gathering for \(gathering) is negative")
        precondition(cooldown >= .zero, "a cooldown of \(cooldown) is negative")
        precondition(waitingMax > 0, "a waiting line of \(waitingMax) can hold no request")
        precondition((0...1).contains(pressureShare), "a share of \(pressureShare) is not from 0 to 1")
        self.addressing = addressing
        self.targets = targets
        self.limits = limits
        self.cooldown = cooldown
        self.source = source
        self.usesPrimaryENI = usesPrimaryENI
        self.namedPools = namedPools
        self.excludedAddresses = excludedAddresses
        self.reservations = reservations
        self.criticalNamespaces = criticalNamespaces
        self.managesCordonedNode = managesCordonedNode
        self.pressureShare = pressureShare
        self.waitingMax = waitingMax
        self.gathering = gathering
        self.seed = seed
    }

    /// Puts the primary ENI's groups in the place of those it had, wherever they are followed. The same ones in another order are no change.
    mutating func followPrimaryENI(_ groups: [SecurityGroupID]) {
        source.followPrimaryENI(groups)
        for name in namedPools.keys { namedPools[name]?.followPrimaryENI(groups) }
    }

    /// The groups of the primary ENI, as the pools that follow it have them; nil when none does.
    var groupsOfPrimaryENI: [SecurityGroupID]? {
        ([source] + namedPools.values).first(where: \.followsPrimaryENI)?.securityGroups
    }

    /// The source of a pool's ENIs; nil when the configuration does not have the pool.
    func source(of pool: PoolName?) -> PoolSource? {
        guard let pool else { return source }
        return namedPools[pool]
    }

    /// The addresses an ENI gives when every slot of it is used; 0 where pods have no IPv4 address.
    var addressesPerENI: Int { limits.slotsPerENI * (addressing.ipv4Unit?.addressesPerSlot ?? 0) }
}

extension EngineConfiguration.Addressing: CustomStringConvertible {
    public var description: String {
        switch self {
        case .ipv4(let unit): unit.rawValue
        case .ipv6: "ipv6"
        case .dual(let unit): "dual-\(unit.rawValue)"
        }
    }
}

/// The name of a pool beside the node's own: a label value of Kubernetes, which is also what an EC2 tag can hold.
public struct PoolName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// - Returns: Nil unless the text is 1 to 63 letters, digits, dashes, underscores and dots.
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, (1...63).contains(text.utf8.count) else { return nil }
        rawValue = text
    }

    /// The key of the tag by which an ENI of a named pool is known again.
    public static let tagKey = "berth/pool"

    public static func < (a: PoolName, b: PoolName) -> Bool { a.rawValue < b.rawValue }
    public var description: String { rawValue }
}

/// Where the ENIs of a pool are made.
public struct PoolSource: Hashable, Sendable {
    public var subnets: Subnets
    public var securityGroups: [SecurityGroupID]
    /// Whether the groups are those of the primary ENI, and change with them.
    public var followsPrimaryENI: Bool

    public enum Subnets: Hashable, Sendable {
        /// One of these, as an ENIConfig names them; not empty.
        case these([SubnetID])
        /// The node's own and those that their tags offer to the cluster; for nil to every cluster.
        case discovered(own: SubnetID, cluster: String?)
    }

    public init(_ subnets: Subnets, securityGroups: [SecurityGroupID] = [], followsPrimaryENI: Bool = false) {
        if case .these(let subnets) = subnets { precondition(!subnets.isEmpty, "a pool without a subnet") }
        self.subnets = subnets
        self.securityGroups = securityGroups
        self.followsPrimaryENI = followsPrimaryENI
    }

    public init(subnet: SubnetID, securityGroups: [SecurityGroupID] = []) {
        self.init(.these([subnet]), securityGroups: securityGroups)
    }

    fileprivate mutating func followPrimaryENI(_ groups: [SecurityGroupID]) {
        guard followsPrimaryENI, Set(securityGroups) != Set(groups) else { return }
        securityGroups = groups
    }
}

/// What the instance type and the cluster allow.
public struct NodeLimits: Hashable, Sendable {
    /// Most ENIs of each managed network card, by card index; the primary ENI counts on card 0. Not empty.
    public var enisByCard: [Int]
    /// Address slots of an ENI besides its primary address; 0 to 63 (the largest type has 64 addresses an ENI).
    public var slotsPerENI: Int
    /// The kubelet's limit. The pool never holds more than can be used under it.
    public var maxPods: Int

    public init(enisByCard: [Int], slotsPerENI: Int, maxPods: Int) {
        precondition((enisByCard.first ?? 0) >= 1, "a node has at least its primary ENI on card 0, not \(enisByCard)")
        precondition(enisByCard.allSatisfy { $0 >= 0 }, "a card carries no negative number of ENIs: \(enisByCard)")
        precondition((0...63).contains(slotsPerENI), "\(slotsPerENI) address slots on an ENI are not from 0 to 63")
        precondition(maxPods >= 0, "a limit of \(maxPods) pods is negative")
        self.enisByCard = enisByCard
        self.slotsPerENI = slotsPerENI
        self.maxPods = maxPods
    }

    public init(enis: Int, slotsPerENI: Int, maxPods: Int) {
        self.init(enisByCard: [enis], slotsPerENI: slotsPerENI, maxPods: maxPods)
    }

    /// Most ENIs of all managed cards.
    public var enis: Int { enisByCard.reduce(0, +) }
}
