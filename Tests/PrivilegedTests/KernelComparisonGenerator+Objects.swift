import Addressing
import PodNetwork
import SeededRandom

/// Addresses, routes, rules and neighbours at random, and others much like those that came up before.
extension RandomKernelSteps {
    mutating func object(in place: ComparedPlace) -> KernelObject {
        let device = device(in: place)
        let family: AddressFamily = chance(1, of: 2) ? .v4 : .v6
        let address = address(family)
        switch random.next() % 10 {
        // Loopback's own IPv6 address has no route to its block, but gets one when it is replaced.
        case 0...2 where device != .loopback || !Self.ownOfLoopback.contains(address):
            return .address(InterfaceAddress(device: device, address: address, prefixLength: length(family)))
        // Linux makes IPv6 routes over loopback unreachable ones, and a node has no routes there.
        case 3...6 where device != .loopback: return .route(route(to: address, device: device))
        // Linux takes every IPv4 neighbour of loopback for 0.0.0.0 (`arp_constructor()`), and a node has none there.
        case 7 where device != .loopback: return .neighbour(Neighbour(device: device, address: address, mac: mac()))
        default: return .rule(rule(family, device: device))
        }
    }

    private mutating func address(_ family: AddressFamily) -> IPAddress {
        let addresses = (chance(1, of: 24) ? Self.oddAddresses : Self.families)[family] ?? []
        return pick(addresses)
    }

    private mutating func length(_ family: AddressFamily) -> Int {
        if chance(1, of: 24) { return pick([0, 1, 8, 31]) }
        return family == .v4 ? pick([32, 32, 24, 16]) : pick([128, 128, 64])
    }

    private mutating func mac() -> MACAddress { MACAddress(bits: pick([0x0200_0000_0030, 0x0200_0000_0031, 0x0200_0000_0020])) }

    private mutating func block(_ address: IPAddress) -> CIDR {
        switch address {
        case .v4(let address): .v4(IPv4CIDR(containing: address, prefixLength: chance(1, of: 5) ? 0 : length(.v4)))
        case .v6(let address): .v6(IPv6CIDR(containing: address, prefixLength: chance(1, of: 5) ? 0 : length(.v6)))
        }
    }

    private mutating func route(to address: IPAddress, device: LinkName) -> Route {
        var route = Route(to: block(address), device: device, table: pick(Self.tables))
        if chance(2, of: 5) { route.gateway = self.address(address.family) }
        if route.gateway == nil || chance(1, of: 6) { route.scope = pick([.link, .link, .link, .universe, .host, .site, .nowhere]) }
        if chance(1, of: 6) { route.source = self.address(address.family) }
        if chance(1, of: 8) { route.origin = origin() }
        if chance(1, of: route.gateway == nil ? 16 : 3) { route.isOnLink = true }
        return route
    }

    private mutating func origin() -> Origin { pick([.boot, .administrator, .kernel, Origin(number: 0)]) }

    private mutating func rule(_ family: AddressFamily, device: LinkName) -> Rule {
        var rule = Rule(priority: pick([512, 1024, 1535, 1536, 1536, 32765]), family: family, table: pick(Self.tables))
        if chance(1, of: 2) { rule.source = block(address(family)) }
        if chance(1, of: 2) { rule.destination = block(address(family)) }
        if chance(1, of: 5) { rule.inputDevice = device }
        if chance(1, of: 5) { rule.mark = pick([Rule.Mark(value: 0x80, mask: 0x80), Rule.Mark(value: 0x80, mask: 0xff)]) }
        if chance(1, of: 12) { rule.origin = origin() }
        if chance(1, of: 16) { rule.priority = pick([0, 32766, 32767]) }
        return rule
    }

    /// The object with one thing of it changed: what a request means that gives more, less or other than the object has.
    mutating func altered(_ object: KernelObject) -> KernelObject {
        switch object {
        case .veth, .vlan: return object
        case .address(var address):
            address.prefixLength = length(address.address.family)
            return .address(address)
        case .neighbour(var neighbour):
            neighbour.mac = mac()
            return .neighbour(neighbour)
        case .route(let route): return .route(altered(route))
        case .rule(let rule): return .rule(altered(rule))
        }
    }

    private mutating func altered(_ route: Route) -> Route {
        var route = route
        switch random.next() % 7 {
        case 0: route.gateway = chance(1, of: 2) ? nil : address(route.destination.family)
        case 1: route.source = chance(1, of: 2) ? nil : address(route.destination.family)
        case 2: route.scope = pick([.link, .universe, .host, .nowhere])
        case 3: route.origin = origin()
        case 4: route.device = pick(Self.links)
        case 5: route.table = pick(Self.tables)
        default: route.isOnLink.toggle()
        }
        return route
    }

    private mutating func altered(_ rule: Rule) -> Rule {
        var rule = rule
        switch random.next() % 6 {
        case 0: rule.source = chance(1, of: 2) ? nil : block(address(rule.family))
        case 1: rule.destination = chance(1, of: 2) ? nil : block(address(rule.family))
        case 2: rule.inputDevice = chance(1, of: 2) ? nil : pick(Self.links)
        case 3: rule.mark = pick([nil, Rule.Mark(value: 0x80, mask: 0), Rule.Mark(value: 0x40, mask: 0xff)])
        case 4: rule.table = pick(Self.tables)
        default: rule.origin = origin()
        }
        return rule
    }
}
