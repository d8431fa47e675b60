import Addressing
import CNetlink
import PodNetwork

// Objects of libnl as values. An initializer gives nil for what the value cannot express, such as a multipath route,
// and for what the port does not ask for, such as a neighbour that was learnt.

extension LinkState {
    init?(link: OpaquePointer) {
        guard let name = rtnl_link_get_name(link).flatMap({ LinkName(String(cString: $0)) }) else { return nil }
        self.init(
            index: rtnl_link_get_ifindex(link),
            name: name,
            mac: MACAddress(libnl: rtnl_link_get_addr(link)) ?? MACAddress(bits: 0),
            mtuBytes: Int(rtnl_link_get_mtu(link)),
            isUp: rtnl_link_get_flags(link) & InterfaceFlags.up != 0,
            kind: rtnl_link_get_type(link).map { String(cString: $0) } ?? "",
            alias: rtnl_link_get_ifalias(link).map { String(cString: $0) } ?? "",
            group: rtnl_link_get_group(link),
            otherIndex: rtnl_link_get_link(link),
            vlanID: rtnl_link_is_vlan(link) != 0 ? Int(rtnl_link_vlan_get_id(link)) : nil)
    }
}

extension InterfaceAddress {
    init?(libnl object: OpaquePointer, linkNames: [Int32: LinkName]) {
        guard let device = linkNames[rtnl_addr_get_ifindex(object)] else { return nil }
        guard let address = IPAddress(libnl: rtnl_addr_get_local(object)) else { return nil }
        self.init(device: device, address: address, prefixLength: Int(rtnl_addr_get_prefixlen(object)))
    }
}

extension Route {
    init?(libnl object: OpaquePointer, linkNames: [Int32: LinkName]) {
        let table = RouteTable(number: rtnl_route_get_table(object))
        guard rtnl_route_get_type(object) == UInt8(RTN_UNICAST), table != .local else { return nil }
        guard rtnl_route_get_nnexthops(object) == 1, let nextHop = rtnl_route_nexthop_n(object, 0) else { return nil }
        guard let device = linkNames[rtnl_route_nh_get_ifindex(nextHop)] else { return nil }
        guard let scope = Scope(rawValue: rtnl_route_get_scope(object)) else { return nil }
        let family = Int32(rtnl_route_get_family(object))
        guard let destination = CIDR(libnl: rtnl_route_get_dst(object), family: family) else { return nil }
        self.init(
            to: destination,
            via: IPAddress(libnl: rtnl_route_nh_get_gateway(nextHop)),
            device: device,
            table: table,
            scope: scope,
            source: IPAddress(libnl: rtnl_route_get_pref_src(object)),
            isOnLink: rtnl_route_get_flags(object) & UInt32(RTNH_F_ONLINK) != 0,
            origin: Origin(number: rtnl_route_get_protocol(object)))
    }
}

extension Neighbour {
    init?(libnl object: OpaquePointer, linkNames: [Int32: LinkName]) {
        guard rtnl_neigh_get_state(object) & NUD_PERMANENT != 0 else { return nil }
        guard let device = linkNames[rtnl_neigh_get_ifindex(object)] else { return nil }
        guard let address = IPAddress(libnl: rtnl_neigh_get_dst(object)) else { return nil }
        guard let mac = MACAddress(libnl: rtnl_neigh_get_lladdr(object)) else { return nil }
        self.init(device: device, address: address, mac: mac)
    }
}

extension Rule {
    init?(libnl object: OpaquePointer) {
        guard rtnl_rule_get_action(object) == UInt8(FR_ACT_TO_TBL) else { return nil }
        let number = rtnl_rule_get_family(object)
        guard let family = AddressFamily.allCases.first(where: { $0.number == number }) else { return nil }
        var origin: UInt8 = 0
        _ = rtnl_rule_get_protocol(object, &origin)
        let (mark, mask) = (rtnl_rule_get_mark(object), rtnl_rule_get_mask(object))
        self.init(
            priority: rtnl_rule_get_prio(object),
            family: family,
            from: rtnl_rule_get_src(object).flatMap { CIDR(libnl: $0, family: number) },
            to: rtnl_rule_get_dst(object).flatMap { CIDR(libnl: $0, family: number) },
            inputDevice: rtnl_rule_get_iif(object).flatMap { LinkName(String(cString: $0)) },
            mark: mark == 0 && mask == 0 ? nil : Mark(value: mark, mask: mask),
            table: RouteTable(number: rtnl_rule_get_table(object)),
            origin: Origin(number: origin))
    }
}

extension IPAddress {
    init?(libnl address: OpaquePointer?) {
        guard let octets = bytes(of: address) else { return nil }
        switch octets.count {
        case 4: self = .v4(IPv4Address(bits: octets.reduce(0) { $0 << 8 | UInt32($1) }))
        case 16: self = .v6(IPv6Address(bits: octets.reduce(0) { $0 << 8 | UInt128($1) }))
        default: return nil
        }
    }
}

extension CIDR {
    /// - Parameter family: The family of the object; the block of a default route carries no address to tell it by.
    init?(libnl address: OpaquePointer?, family: Int32) {
        guard let network = IPAddress(libnl: address) else {
            guard let family = AddressFamily.allCases.first(where: { $0.number == family }) else { return nil }
            self = family == .v4 ? .everyIPv4 : .everyIPv6
            return
        }
        let prefixLength = Int(nl_addr_get_prefixlen(address))
        switch network {
        case .v4(let address): self = .v4(IPv4CIDR(containing: address, prefixLength: prefixLength))
        case .v6(let address): self = .v6(IPv6CIDR(containing: address, prefixLength: prefixLength))
        }
    }
}

extension MACAddress {
    init?(libnl address: OpaquePointer?) {
        guard let octets = bytes(of: address), octets.count == 6 else { return nil }
        self.init(bits: octets.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

private func bytes(of address: OpaquePointer?) -> UnsafeRawBufferPointer? {
    guard let address, let bytes = nl_addr_get_binary_addr(address) else { return nil }
    return UnsafeRawBufferPointer(start: bytes, count: Int(nl_addr_get_len(address)))
}
