public import Addressing
public import CapacityPlanner

/// What EC2 tells of a VPC at one moment, reduced to what decides over addresses.
///
/// Names are told apart, and nothing is checked against anything else: an ENI may lie in a subnet that was not asked for.
public struct CloudSnapshot: Hashable, Sendable {
    public var vpcs: [VPC]
    public var subnets: [Subnet]
    public var interfaces: [Interface]
    public var instances: [Instance]
    public var reservations: [Reservation]

    public init(
        vpcs: [VPC] = [], subnets: [Subnet] = [], interfaces: [Interface] = [], instances: [Instance] = [],
        reservations: [Reservation] = []
    ) {
        self.vpcs = vpcs
        self.subnets = subnets
        self.interfaces = interfaces
        self.instances = instances
        self.reservations = reservations
    }

    public struct VPC: Hashable, Sendable {
        public var id: String
        /// Those that are associated, IPv4.
        public var blocks: [IPv4CIDR]

        public init(id: String, blocks: [IPv4CIDR]) {
            self.id = id
            self.blocks = blocks
        }
    }

    public struct Subnet: Hashable, Sendable {
        public var id: SubnetID
        public var vpc: String?
        public var zone: String
        /// /16 to /28.
        public var block: IPv4CIDR
        public var hasIPv6: Bool
        /// Addresses that EC2 counts as unused; nil where it was not told.
        public var freeAddresses: Int?
        public var tags: [String: String]

        public init(
            id: SubnetID, vpc: String? = nil, zone: String, block: IPv4CIDR, hasIPv6: Bool = false, freeAddresses: Int? = nil,
            tags: [String: String] = [:]
        ) {
            self.id = id
            self.vpc = vpc
            self.zone = zone
            self.block = block
            self.hasIPv6 = hasIPv6
            self.freeAddresses = freeAddresses
            self.tags = tags
        }
    }

    /// A network interface, of whomever.
    public struct Interface: Hashable, Sendable {
        public var id: String
        public var subnet: SubnetID
        /// The primary one among them; empty for an ENI without IPv4.
        public var addresses: [IPv4Address]
        /// Delegated /28 blocks.
        public var prefixes: [IPv4CIDR]
        /// `interface`, `trunk`, `branch`, `lambda`, `network_load_balancer` and others (EC2 API Reference, "NetworkInterface").
        public var kind: String
        public var description: String
        /// The instance that it is attached to, as its owner sees it.
        public var instance: String?
        /// 0 for a primary ENI; nil where it is not attached.
        public var deviceIndex: Int?
        public var tags: [String: String]

        public init(
            id: String, subnet: SubnetID, addresses: [IPv4Address], prefixes: [IPv4CIDR] = [], kind: String = "interface",
            description: String = "", instance: String? = nil, deviceIndex: Int? = nil, tags: [String: String] = [:]
        ) {
            self.id = id
            self.subnet = subnet
            self.addresses = addresses
            self.prefixes = prefixes
            self.kind = kind
            self.description = description
            self.instance = instance
            self.deviceIndex = deviceIndex
            self.tags = tags
        }
    }

    public struct Instance: Hashable, Sendable {
        public var id: String
        public var type: String
        public var zone: String
        /// That of its primary ENI; nil where it was not told.
        public var subnet: SubnetID?
        public var vpc: String?
        public var tags: [String: String]

        public init(
            id: String, type: String, zone: String, subnet: SubnetID? = nil, vpc: String? = nil, tags: [String: String] = [:]
        ) {
            self.id = id
            self.type = type
            self.zone = zone
            self.subnet = subnet
            self.vpc = vpc
            self.tags = tags
        }
    }

    public struct Reservation: Hashable, Sendable {
        public var subnet: SubnetID
        public var block: IPv4CIDR
        public var kind: PlanScenario.Reservation.Kind

        public init(subnet: SubnetID, block: IPv4CIDR, kind: PlanScenario.Reservation.Kind) {
            self.subnet = subnet
            self.block = block
            self.kind = kind
        }
    }

    /// Adds what was read elsewhere. What both tell of is taken once, as the first told it.
    public mutating func add(_ other: CloudSnapshot) {
        vpcs = Self.distinct(vpcs + other.vpcs, by: \.id)
        subnets = Self.distinct(subnets + other.subnets, by: \.id)
        interfaces = Self.distinct(interfaces + other.interfaces, by: \.id)
        instances = Self.distinct(instances + other.instances, by: \.id)
        reservations = Self.distinct(reservations + other.reservations, by: \.self)
    }

    private static func distinct<Thing, Name: Hashable>(_ things: [Thing], by name: (Thing) -> Name) -> [Thing] {
        var seen: Set<Name> = []
        return things.filter { seen.insert(name($0)).inserted }
    }
}
