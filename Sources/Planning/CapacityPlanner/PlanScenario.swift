public import Addressing
public import IPAMEngine

/// A cluster and its subnets, as they are or as they are to be.
///
/// Who makes one sees to it that names are told apart, that what is named exists, and that blocks do not overlap.
public struct PlanScenario: Hashable, Sendable {
    public var subnets: [Subnet]
    public var networking: Networking
    public var nodeGroups: [NodeGroup]
    public var workloads: [Workload]
    public var events: [Event]
    public var controlPlane: ControlPlane
    public var cloud: Cloud
    public var goals: Goals

    public init(
        subnets: [Subnet], networking: Networking = Networking(), nodeGroups: [NodeGroup], workloads: [Workload] = [], events: [Event] = [],
        controlPlane: ControlPlane = ControlPlane(), cloud: Cloud = Cloud(), goals: Goals = Goals()
    ) {
        self.subnets = subnets
        self.networking = networking
        self.nodeGroups = nodeGroups
        self.workloads = workloads
        self.events = events
        self.controlPlane = controlPlane
        self.cloud = cloud
        self.goals = goals
    }

    public struct Subnet: Hashable, Sendable {
        public var id: SubnetID
        public var zone: String
        /// /16 to /28.
        public var block: IPv4CIDR
        public var hasIPv6: Bool
        public var purpose: Purpose
        /// What neither the cluster's nodes nor its pods hold.
        public var used: Used
        public var reservations: [Reservation]
        /// Others that are known by kind, beside ``used``: at places that nobody knows.
        public var tenants: [Tenant]

        public enum Purpose: String, Hashable, Sendable, CaseIterable {
            /// Nodes are started in it; their further ENIs lie in it as well, unless custom networking puts them elsewhere.
            case nodes
            /// For ENIs of pods alone: by an ENIConfig with custom networking, by tags without.
            case pods
        }

        public enum Used: Hashable, Sendable {
            /// So many addresses, at places that nobody knows; 0 or more.
            case count(Int)
            /// These addresses and blocks, inside the subnet and apart from each other.
            case these([IPv4CIDR])

            /// How many addresses.
            public var count: Int {
                switch self {
                case .count(let count): count
                case .these(let blocks): blocks.reduce(0) { $0 + $1.count }
                }
            }
        }

        public init(
            id: SubnetID, zone: String, block: IPv4CIDR, hasIPv6: Bool = false, purpose: Purpose = .nodes, used: Used = .count(0),
            reservations: [Reservation] = [], tenants: [Tenant] = []
        ) {
            precondition((16...28).contains(block.prefixLength), "\(id) with \(block) is no subnet that AWS makes")
            self.id = id
            self.zone = zone
            self.block = block
            self.hasIPv6 = hasIPv6
            self.purpose = purpose
            self.used = used
            self.reservations = reservations
            self.tenants = tenants
        }

        /// Addresses that neither the cluster's nodes nor its pods hold.
        public var others: Int { used.count + tenants.reduce(0) { $0 + $1.addresses } }
    }

    /// A subnet CIDR reservation (VPC User Guide, "Subnet CIDR reservations").
    public struct Reservation: Hashable, Sendable {
        /// Inside the subnet and apart from its other reservations.
        public var block: IPv4CIDR
        public var kind: Kind

        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// EC2 takes delegated prefixes from it, and no single address.
            case prefix
            /// EC2 takes nothing from it by itself.
            case explicit
        }

        public init(block: IPv4CIDR, kind: Kind) {
            self.block = block
            self.kind = kind
        }
    }

    /// How pods get their addresses, on every node.
    public struct Networking: Hashable, Sendable {
        public var addressing: EngineConfiguration.Addressing
        /// Whether pods take addresses from the subnets for pods alone, and none of the primary ENI's.
        public var isCustom: Bool
        public var targets: WarmTargets
        /// Most ENIs of a node; nil leaves the type's limit.
        public var enisMax: Int?
        public var cooldown: Duration
        /// Whether pods may have branch ENIs, for which a node keeps one slot for its trunk.
        public var hasTrunk: Bool
        /// Whose arithmetic nodes follow; the simulation knows Berth's alone, see ``runsBerthsEngine``.
        public var preset: Preset
        public var allocation: Allocation

        public init(
            addressing: EngineConfiguration.Addressing = .secondary, isCustom: Bool = false, targets: WarmTargets = WarmTargets(),
            enisMax: Int? = nil, cooldown: Duration = .seconds(30), hasTrunk: Bool = false, preset: Preset = .berth,
            allocation: Allocation = .packed
        ) {
            self.addressing = addressing
            self.isCustom = isCustom
            self.targets = targets
            self.enisMax = enisMax
            self.cooldown = cooldown
            self.hasTrunk = hasTrunk
            self.preset = preset
            self.allocation = allocation
        }
    }

    /// Control-plane ENIs of the cluster: up to four of EKS, spread over the subnets it was given, and as many again while it is
    /// upgraded (EKS User Guide, "VPC and Subnet Considerations").
    public struct ControlPlane: Hashable, Sendable {
        public var subnets: [SubnetID]
        public var enis: Int

        public init(subnets: [SubnetID] = [], enis: Int = 4) {
            self.subnets = subnets
            self.enis = enis
        }
    }
}
