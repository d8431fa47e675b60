import Addressing
import PodNetwork

/// A link with what the kernel keeps of it besides its settings.
struct Link: Sendable {
    var state: LinkState
    /// The other end of the pair; nil for loopback and VLANs.
    var peer: LinkEnd?
    /// The link that a VLAN stands on.
    var parent: LinkName?
}

/// An address as a link holds it.
struct HeldAddress: Hashable, Sendable {
    var value: InterfaceAddress
    /// Whether it was added to a subnet that the link already had an IPv4 address of.
    var isSecondary = false
    /// Whether every address of its block is local, as Linux has it for loopback from the time that it is up.
    var hasLocalBlock = false

    /// The block that the address stands for.
    var subnet: CIDR { CIDR(containing: value.address, prefixLength: value.prefixLength) }

    /// Whether it is the IPv4 address by which its block is reached: the first of it, and not of `0.0.0.0/8`.
    var standsForBlock: Bool {
        guard case .v4(let block) = subnet else { return false }
        return !isSecondary && block.network.bits >> 24 != 0
    }
}

/// A route as a table holds it.
struct InstalledRoute: Hashable, Sendable {
    var value: Route
    /// Among routes to one block the lowest is taken. IPv4 routes have 0 unless told otherwise, IPv6 routes 1024, and 256
    /// when the kernel makes them (`IP6_RT_PRIO_USER`, `IP6_RT_PRIO_ADDRCONF`).
    var metric: UInt32
}

/// Everything in one network namespace.
struct NamespaceState: Sendable {
    let id: InMemoryKernel.NamespaceID
    private(set) var links: [LinkName: Link] = [:]
    /// In the order in which they were added.
    var addresses: [HeldAddress] = []
    /// In the order in which they were added; in a table, metric and then order decide among those to one block.
    var routes: [InstalledRoute] = []
    /// By family, then priority, then age.
    var rules: [Rule] = NamespaceState.rulesOfKernel
    var neighbours: [Neighbour] = []
    var sysctls = SysctlTable()
    /// Our table of nftables; nil without it.
    var firewall: FirewallPlan?
    /// Whether the local table of IPv4 was ever needed. Linux makes it with the first address, and until then takes no
    /// onlink route.
    var hasLocalTable = false
    private var linksMade: Int32 = 0

    /// The kernel's bound, IFALIASZ less the final zero.
    static let aliasBytesMax = 255

    /// A link of a smaller MTU is none to IPv6 (RFC 8200 section 5, `IPV6_MIN_MTU`).
    static let mtuOfIPv6Min = 1280

    private static let rulesOfKernel = [
        Rule(priority: 0, family: .v4, table: .local, origin: .kernel),
        Rule(priority: 0, family: .v6, table: .local, origin: .kernel),
        Rule(priority: 32766, family: .v4, table: .main, origin: .kernel),
        Rule(priority: 32766, family: .v6, table: .main, origin: .kernel),
        Rule(priority: 32767, family: .v4, table: .defaultTable, origin: .kernel),
    ]

    init(id: InMemoryKernel.NamespaceID) {
        self.id = id
        addLink(.loopback, peer: nil, mac: MACAddress(bits: 0), mtuBytes: 65536, kind: "", alias: "")
    }

    func isUp(_ name: LinkName) -> Bool { links[name]?.state.isUp ?? false }

    mutating func addLink(_ name: LinkName, peer: LinkEnd?, mac: MACAddress, mtuBytes: Int, kind: String, alias: String) {
        linksMade += 1
        let state = LinkState(
            index: linksMade, name: name, mac: mac, mtuBytes: mtuBytes, isUp: false, kind: kind, alias: alias)
        links[name] = Link(state: state, peer: peer)
        sysctls.addLink(name, hasIPv6: mtuBytes >= Self.mtuOfIPv6Min)
    }

    /// Notes the index of a veth's other end.
    mutating func join(_ name: LinkName, to index: Int32) {
        links[name]?.state.otherIndex = index
    }

    /// As `vlan_newlink()` makes it, in its order.
    private mutating func add(_ vlan: VLANLink) throws(KernelErrno) {
        guard links[vlan.name] == nil else { throw .exists }
        guard (0..<4095).contains(vlan.id) else { throw .outOfRange }
        guard let parent = links[vlan.parent] else { throw .noSuchDevice }
        guard vlan.mtuBytes <= parent.state.mtuBytes else { throw .invalidArgument }
        let isTaken = links.values.contains { $0.parent == vlan.parent && $0.state.vlanID == vlan.id }
        guard !isTaken else { throw .exists }
        guard parent.state.isUp else { throw .networkDown }
        addLink(vlan.name, peer: nil, mac: vlan.mac, mtuBytes: vlan.mtuBytes, kind: "vlan", alias: "")
        links[vlan.name]?.parent = vlan.parent
        links[vlan.name]?.state.otherIndex = parent.state.index
        links[vlan.name]?.state.vlanID = vlan.id
        try setLink(vlan.name, LinkSettings(isUp: true))
    }

    /// The VLAN links that stand on a link.
    func vlans(on parent: LinkName) -> [LinkName] {
        links.values.filter { $0.parent == parent }.map(\.state.name).sorted()
    }

    /// Takes the link away with everything that stands on it; rules stay.
    mutating func removeLink(_ name: LinkName) {
        for vlan in vlans(on: name) { removeLink(vlan) }
        links[name] = nil
        sysctls.removeLink(name)
        let gone = addresses.filter { $0.value.device == name }
        addresses.removeAll { $0.value.device == name }
        forgetSources(gone)
        routes.removeAll { $0.value.device == name }
        neighbours.removeAll { $0.device == name }
    }

    mutating func setLink(_ name: LinkName, _ settings: LinkSettings) throws(KernelErrno) {
        guard var state = links[name]?.state else { throw .noSuchDevice }
        if let alias = settings.alias, alias.utf8.count > Self.aliasBytesMax { throw .outOfRange }
        if let mtuBytes = settings.mtuBytes {
            guard (68...65535).contains(mtuBytes) || name == .loopback else { throw .invalidArgument }
            state.mtuBytes = mtuBytes
        }
        state.alias = settings.alias ?? state.alias
        state.group = settings.group ?? state.group
        let wasUp = state.isUp
        state.isUp = settings.isUp ?? wasUp
        links[name]?.state = state
        followMTU(of: state)
        if state.isUp && !wasUp { linkCameUp(name) }
        if !state.isUp && wasUp { linkWentDown(name) }
    }

    /// IPv6 leaves a link whose MTU becomes too small, its addresses, routes and settings with it, and takes it on again afresh.
    private mutating func followMTU(of link: LinkState) {
        guard link.name != .loopback, (link.mtuBytes >= Self.mtuOfIPv6Min) != sysctls.knowsIPv6(on: link.name) else { return }
        if link.mtuBytes < Self.mtuOfIPv6Min {
            removeIPv6(from: link.name)
            sysctls.removeIPv6(link.name)
        } else {
            sysctls.addIPv6(link.name)
        }
    }

    private mutating func linkCameUp(_ name: LinkName) {
        for vlan in vlans(on: name) where !isUp(vlan) { try? setLink(vlan, LinkSettings(isUp: true)) }
        if name == .loopback { addLoopbackAddresses() }
        for position in addresses.indices where addresses[position].value.device == name { takeBlock(ofAddressAt: position) }
    }

    private mutating func linkWentDown(_ name: LinkName) {
        for vlan in vlans(on: name) where isUp(vlan) { try? setLink(vlan, LinkSettings(isUp: false)) }
        disable(.v4, on: name, keepsHostScope: true)
        removeIPv6(from: name)
    }

    /// Takes the routes and neighbours of a family off a link. IPv4 routes with host scope stand on no link that could go
    /// down, so they outlive it (`fib_sync_down_dev()`).
    mutating func disable(_ family: AddressFamily, on name: LinkName, keepsHostScope: Bool) {
        routes.removeAll { route in
            route.value.device == name && route.value.destination.family == family
                && !(keepsHostScope && route.value.scope == .host)
        }
        neighbours.removeAll { $0.device == name && $0.address.family == family }
    }

    mutating func create(_ object: KernelObject) throws(KernelErrno) {
        switch object {
        case .veth: throw .notSupported
        case .vlan(let link): try add(link)
        case .address(let address): try add(address)
        case .route(let route): try add(route, replacing: false)
        case .neighbour(let neighbour): try add(neighbour, replacing: false)
        case .rule(let rule): try add(rule)
        }
    }

    mutating func replace(_ object: KernelObject) throws(KernelErrno) {
        switch object {
        case .veth, .vlan, .rule: throw .notSupported
        case .address(let address): try replace(address)
        case .route(let route): try add(route, replacing: true)
        case .neighbour(let neighbour): try add(neighbour, replacing: true)
        }
    }

    mutating func delete(_ object: KernelObject) throws(KernelErrno) {
        switch object {
        case .veth, .vlan: throw .notSupported
        case .address(let address): try delete(address)
        case .route(let route): try delete(route)
        case .neighbour(let neighbour): try delete(neighbour)
        case .rule(let rule): try delete(rule)
        }
    }
}

extension CIDR {
    init(containing address: IPAddress, prefixLength: Int) {
        switch address {
        case .v4(let address): self = .v4(IPv4CIDR(containing: address, prefixLength: prefixLength))
        case .v6(let address): self = .v6(IPv6CIDR(containing: address, prefixLength: prefixLength))
        }
    }
}

extension IPv4Address {
    var isMulticast: Bool { bits >> 28 == 0xe }
}

extension IPv6Address {
    var isMulticast: Bool { bits >> 120 == 0xff }
    var isLoopback: Bool { bits == 1 }
}
