public import Addressing

/// One object of a network namespace, as a value: what must exist, or what was found.
public enum KernelObject: Hashable, Sendable {
    case veth(VethPair)
    case vlan(VLANLink)
    case address(InterfaceAddress)
    case route(Route)
    case rule(Rule)
    case neighbour(Neighbour)
}

/// A pair of virtual Ethernet links, one end in this namespace and the peer in another.
public struct VethPair: Hashable, Sendable {
    public var name: LinkName
    public var mac: MACAddress
    public var peerName: LinkName
    public var peerMAC: MACAddress
    /// Largest packet in bytes, for both ends; 68 to 65535.
    public var mtuBytes: Int
    /// The alias of the end in this namespace, at most 255 bytes; empty for none.
    public var alias: String

    public init(name: LinkName, mac: MACAddress, peerName: LinkName, peerMAC: MACAddress, mtuBytes: Int, alias: String = "") {
        self.name = name
        self.mac = mac
        self.peerName = peerName
        self.peerMAC = peerMAC
        self.mtuBytes = mtuBytes
        self.alias = alias
    }
}

/// A link that carries the frames of one VLAN of another link of its namespace (IEEE 802.1Q).
public struct VLANLink: Hashable, Sendable {
    public var name: LinkName
    public var parent: LinkName
    /// The number in the frames' tag, 0 to 4094.
    public var id: Int
    public var mac: MACAddress
    /// Largest packet in bytes, at most the parent's.
    public var mtuBytes: Int

    public init(name: LinkName, parent: LinkName, id: Int, mac: MACAddress, mtuBytes: Int) {
        self.name = name
        self.parent = parent
        self.id = id
        self.mac = mac
        self.mtuBytes = mtuBytes
    }
}

/// An address on a link, with the length of the subnet it stands for.
public struct InterfaceAddress: Hashable, Sendable {
    public var device: LinkName
    public var address: IPAddress
    /// 0 to 32 or 0 to 128; a pod's address stands alone, with 32 or 128.
    public var prefixLength: Int

    public init(device: LinkName, address: IPAddress, prefixLength: Int) {
        self.device = device
        self.address = address
        self.prefixLength = prefixLength
    }
}

/// A unicast route.
public struct Route: Hashable, Sendable {
    public var destination: CIDR
    public var gateway: IPAddress?
    public var device: LinkName
    public var table: RouteTable
    public var scope: Scope
    /// The source address preferred for packets that the node itself sends.
    public var source: IPAddress?
    /// Whether the gateway is taken as reachable on the link without a route that says so.
    public var isOnLink: Bool
    public var origin: Origin

    public init(
        to destination: CIDR, via gateway: IPAddress? = nil, device: LinkName, table: RouteTable = .main,
        scope: Scope = .universe, source: IPAddress? = nil, isOnLink: Bool = false, origin: Origin = .berth
    ) {
        self.destination = destination
        self.gateway = gateway
        self.device = device
        self.table = table
        self.scope = scope
        self.source = source
        self.isOnLink = isOnLink
        self.origin = origin
    }

    /// How far the destination is; the numbers of rtnetlink(7).
    public enum Scope: UInt8, Hashable, Sendable {
        case universe = 0, site = 200, link = 253, host = 254, nowhere = 255
    }
}

/// Who made a route or rule: the protocol number of rtnetlink(7).
public struct Origin: Hashable, Sendable {
    public let number: UInt8

    public init(number: UInt8) {
        self.number = number
    }

    /// Objects of the kernel's own making.
    public static let kernel = Origin(number: 2)
    /// Objects made during boot, the default of a caller that names none.
    public static let boot = Origin(number: 3)
    /// Objects made by an administrator with `ip`.
    public static let administrator = Origin(number: 4)
    /// Everything that Berth makes. 190 is not in iproute2's `rt_protos`; its neighbours 189 (RIP) and 192 (EIGRP) are.
    public static let berth = Origin(number: 190)
}

/// A routing table, by number.
public struct RouteTable: Hashable, Sendable, Comparable {
    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    public static let main = RouteTable(number: 254)
    public static let local = RouteTable(number: 255)
    public static let defaultTable = RouteTable(number: 253)

    public static func < (a: RouteTable, b: RouteTable) -> Bool { a.number < b.number }
}

/// A routing policy rule that looks up a table.
public struct Rule: Hashable, Sendable {
    /// Lower numbers are asked first.
    public var priority: UInt32
    public var family: AddressFamily
    public var source: CIDR?
    public var destination: CIDR?
    public var inputDevice: LinkName?
    public var mark: Mark?
    public var table: RouteTable
    public var origin: Origin

    public init(
        priority: UInt32, family: AddressFamily, from source: CIDR? = nil, to destination: CIDR? = nil,
        inputDevice: LinkName? = nil, mark: Mark? = nil, table: RouteTable, origin: Origin = .berth
    ) {
        self.priority = priority
        self.family = family
        self.source = source
        self.destination = destination
        self.inputDevice = inputDevice
        self.mark = mark
        self.table = table
        self.origin = origin
    }

    /// A packet mark and the bits of it that are compared.
    public struct Mark: Hashable, Sendable {
        public var value: UInt32
        public var mask: UInt32

        public init(value: UInt32, mask: UInt32) {
            self.value = value
            self.mask = mask
        }
    }
}

/// A permanent entry of the neighbour table.
public struct Neighbour: Hashable, Sendable {
    public var device: LinkName
    public var address: IPAddress
    public var mac: MACAddress

    public init(device: LinkName, address: IPAddress, mac: MACAddress) {
        self.device = device
        self.address = address
        self.mac = mac
    }
}

/// A link as the kernel reports it.
public struct LinkState: Hashable, Sendable {
    public var index: Int32
    public var name: LinkName
    public var mac: MACAddress
    public var mtuBytes: Int
    public var isUp: Bool
    /// The driver's name such as `veth` or `bridge`; empty for loopback and hardware.
    public var kind: String
    public var alias: String
    /// The link group, 0 unless set.
    public var group: UInt32
    /// The index of a veth's peer or of the link that a VLAN stands on, as counted in that link's namespace; 0 for neither.
    public var otherIndex: Int32
    /// The number of a VLAN link's frames; nil for a link of any other kind.
    public var vlanID: Int?

    public init(
        index: Int32, name: LinkName, mac: MACAddress, mtuBytes: Int, isUp: Bool, kind: String, alias: String = "", group: UInt32 = 0,
        otherIndex: Int32 = 0, vlanID: Int? = nil
    ) {
        self.index = index
        self.name = name
        self.mac = mac
        self.mtuBytes = mtuBytes
        self.isUp = isUp
        self.kind = kind
        self.alias = alias
        self.group = group
        self.otherIndex = otherIndex
        self.vlanID = vlanID
    }
}
