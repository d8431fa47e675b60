public import Addressing

/// What ADD made, in the words of the newest version; older ones are read into it and printed from it.
///
/// Source: CNI spec 1.1.0, section 5, "Success".
public struct CNIResult: Hashable, Sendable {
    /// In the order of creation: ours are the host's end, then the container's.
    public var interfaces: [Interface]
    public var addresses: [Address]
    public var routes: [Route]
    public var dns: DNS

    public init(interfaces: [Interface] = [], addresses: [Address] = [], routes: [Route] = [], dns: DNS = DNS()) {
        self.interfaces = interfaces
        self.addresses = addresses
        self.routes = routes
        self.dns = dns
    }
}

extension CNIResult {
    /// A link that the plugin made, in the host or in a sandbox.
    public struct Interface: Hashable, Sendable {
        public var name: String
        /// The hardware address; a text because the AWS VPC CNI keeps the route table number and the VLAN in it.
        public var mac: String?
        /// The path of the network namespace; nil for the host's end. The AWS VPC CNI keeps the device number in it
        /// for an interface that does not exist.
        public var sandbox: String?
        /// Told in CNI 1.1.0 only, in bytes.
        public var mtu: Int?
        /// Told in CNI 1.1.0 only.
        public var socketPath: String?
        /// Told in CNI 1.1.0 only.
        public var pciID: String?

        public init(
            name: String, mac: String? = nil, sandbox: String? = nil, mtu: Int? = nil, socketPath: String? = nil, pciID: String? = nil
        ) {
            self.name = name
            self.mac = mac
            self.sandbox = sandbox
            self.mtu = mtu
            self.socketPath = socketPath
            self.pciID = pciID
        }
    }

    /// An address of a container with the length of its prefix, printed as `10.0.32.17/32`.
    public struct Address: Hashable, Sendable {
        public let address: IPAddress
        /// 0 to 32, or 0 to 128.
        public let prefixLength: Int
        public let gateway: IPAddress?
        /// The place of its interface in ``CNIResult/interfaces``; nil in a result of an IPAM plugin.
        public let interface: Int?

        /// - Precondition: `prefixLength` is from 0 to 32, or to 128 for IPv6.
        public init(_ address: IPAddress, prefixLength: Int, gateway: IPAddress? = nil, interface: Int? = nil) {
            let range = 0...address.bitWidth
            precondition(range.contains(prefixLength), "prefix length \(prefixLength) of \(address) is not from 0 to \(range.upperBound)")
            self.address = address
            self.prefixLength = prefixLength
            self.gateway = gateway
            self.interface = interface
        }
    }

    public struct Route: Hashable, Sendable {
        public var destination: CIDR
        public var gateway: IPAddress?
        /// Told in CNI 1.1.0 only, as are the members below.
        public var mtu: Int?
        /// The maximum segment size to advertise, in bytes.
        public var advmss: Int?
        public var priority: Int?
        /// The route table's number; 0 is a value.
        public var table: Int?
        /// The route's scope as rtnetlink numbers it; 0 is a value.
        public var scope: Int?

        public init(
            to destination: CIDR, gateway: IPAddress? = nil, mtu: Int? = nil, advmss: Int? = nil, priority: Int? = nil,
            table: Int? = nil, scope: Int? = nil
        ) {
            self.destination = destination
            self.gateway = gateway
            self.mtu = mtu
            self.advmss = advmss
            self.priority = priority
            self.table = table
            self.scope = scope
        }
    }

    public struct DNS: Hashable, Sendable {
        public var nameservers: [String]
        public var domain: String?
        public var search: [String]
        public var options: [String]

        public init(nameservers: [String] = [], domain: String? = nil, search: [String] = [], options: [String] = []) {
            self.nameservers = nameservers
            self.domain = domain
            self.search = search
            self.options = options
        }

        var isEmpty: Bool { nameservers.isEmpty && domain == nil && search.isEmpty && options.isEmpty }
    }
}

extension IPAddress {
    /// How many bits an address of this family has.
    var bitWidth: Int {
        switch family {
        case .v4: 32
        case .v6: 128
        }
    }
}
