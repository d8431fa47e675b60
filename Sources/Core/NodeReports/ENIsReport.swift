public import Addressing

/// Every ENI with its prefixes, by device index.
public struct ENIsReport: Hashable, Sendable, Codable {
    public static let schema = "berth/enis/1"

    public var schema = Self.schema
    public var enis: [ENI]

    public struct ENI: Hashable, Sendable, Codable {
        public var id: ENIID
        public var card: Int
        public var deviceIndex: Int
        /// The named pool it serves; nil for the node's own.
        public var pool: String?
        /// `serving`, `draining` when nothing more of it is handed out, or `leaving`.
        public var state: String
        public var mac: MACAddress
        public var subnet: SubnetID
        public var primaryAddress: IPv4Address
        public var addresses: AddressCount
        /// Single secondary addresses, in whatever state.
        public var secondaryAddresses: Int
        public var prefixes: [Prefix]
        /// Delegated /80 blocks, and how many of their addresses are held or cool.
        public var ipv6Prefixes: [IPv6CIDR]
        public var ipv6InUse: Int

        public init(
            id: ENIID, card: Int, deviceIndex: Int, pool: String?, state: String, mac: MACAddress, subnet: SubnetID,
            primaryAddress: IPv4Address, addresses: AddressCount, secondaryAddresses: Int, prefixes: [Prefix], ipv6Prefixes: [IPv6CIDR],
            ipv6InUse: Int
        ) {
            self.id = id
            self.card = card
            self.deviceIndex = deviceIndex
            self.pool = pool
            self.state = state
            self.mac = mac
            self.subnet = subnet
            self.primaryAddress = primaryAddress
            self.addresses = addresses
            self.secondaryAddresses = secondaryAddresses
            self.prefixes = prefixes
            self.ipv6Prefixes = ipv6Prefixes
            self.ipv6InUse = ipv6InUse
        }
    }

    public struct Prefix: Hashable, Sendable, Codable {
        public var block: IPv4CIDR
        public var addresses: AddressCount

        public init(block: IPv4CIDR, addresses: AddressCount) {
            self.block = block
            self.addresses = addresses
        }
    }

    public init(enis: [ENI]) {
        self.enis = enis
    }
}
