import Addressing
import NodePorts
import PodNetwork

/// Random steps of which most are such as a node takes, drawn from few names and addresses so that they meet.
struct RandomKernelSteps {
    private static let links = ["eniA", "eniB", "eth0", "eth1"].compactMap { LinkName($0) }
    private static let families: [AddressFamily: [IPAddress]] = [
        .v4: ["10.0.0.1", "10.0.0.2", "10.0.1.1", "169.254.1.1"].compactMap { IPAddress($0) },
        .v6: ["fd00::1", "fd00::2", "fd00:1::1", "fe80::1"].compactMap { IPAddress($0) },
    ]
    /// Addresses that no link of a node is given, or no neighbour has.
    private static let oddAddresses: [AddressFamily: [IPAddress]] = [
        .v4: ["0.0.0.0", "127.0.0.1", "127.0.0.2", "224.0.0.1", "255.255.255.255"].compactMap { IPAddress($0) },
        .v6: ["::", "::1", "ff02::1", "fd00::"].compactMap { IPAddress($0) },
    ]
    private static let ownOfLoopback = ["127.0.0.1", "::1"].compactMap { IPAddress($0) }
    private static let tables = [RouteTable.main, .main, RouteTable(number: 2), RouteTable(number: 10_101), .defaultTable]

    private var random: SplitMix64
    /// What was made or tried, to be tried again, replaced or removed.
    private var objects: [ComparedPlace: [KernelObject]] = [.host: [], .sandbox: []]

    /// The steps of a seed: the same on every call.
    static func sequence(seed: UInt64, count: Int) -> [KernelComparisonStep] {
        var steps = RandomKernelSteps(random: SplitMix64(seed: seed))
        return steps.prologue() + (0..<count).map { _ in steps.next() }
    }

    private init(random: SplitMix64) {
        self.random = random
    }

    /// Two veths, of which most ends are up: on an empty node most changes are refused.
    private mutating func prologue() -> [KernelComparisonStep] {
        (0..<2).flatMap { pair -> [KernelComparisonStep] in
            let veth = Self.veth(near: Self.links[pair], peer: Self.links[2 + pair])
            let made = KernelComparisonStep.perform([.create(.veth(veth))], in: .host, peers: .sandbox)
            guard chance(3, of: 4) else { return [made] }
            return [made, .perform([.setLink(veth.peerName, LinkSettings(isUp: true))], in: .sandbox, peers: .host)]
        }
    }

    private mutating func next() -> KernelComparisonStep {
        let place: ComparedPlace = chance(1, of: 2) ? .host : .sandbox
        if chance(1, of: 4) { return .read(query(), in: place) }
        let peers: ComparedPlace = chance(1, of: 6) ? place : place == .host ? .sandbox : .host
        if chance(1, of: 8), peers != place { return want(in: place, peers: peers) }
        // A batch knows the links it makes by their near ends, and takes the peers to be elsewhere.
        let changes = (0..<(peers == place ? 1 : pick([1, 1, 1, 2, 3]))).map { _ in change(in: place) }
        return .perform(changes, in: place, peers: peers)
    }

    /// Objects that came up before, and at times a veth before them as for a pod.
    private mutating func want(in place: ComparedPlace, peers: ComparedPlace) -> KernelComparisonStep {
        let known = objects[place] ?? []
        var wanted = known.isEmpty ? [object(in: place)] : (0..<pick([1, 2, 4])).map { _ in pick(known) }
        if place == .host && chance(1, of: 3) {
            let near = Int(random.next() % 2)
            wanted.insert(.veth(Self.veth(near: Self.links[near], peer: Self.links[2 + near])), at: 0)
        }
        return .want(pick([.ensure, .ensure, .remove, .missing]), wanted, in: place, peers: peers)
    }

    private mutating func query() -> KernelQuery {
        switch random.next() % 8 {
        case 0: .link(pick(Self.links))
        case 1: .sysctl(pick(Self.sysctlsOfEveryLink))
        default: pick(KernelQuery.lists)
        }
    }

    private mutating func change(in place: ComparedPlace) -> KernelChange {
        switch random.next() % 32 {
        case 0...1: return .create(.veth(veth(in: place)))
        case 2: return .delete(.veth(veth(in: place)))
        case 3...6: return .setLink(device(in: place), LinkSettings(isUp: chance(3, of: 4)))
        case 7...8:
            let device = device(in: place)
            return .setLink(device, settings(ofLoopback: device == .loopback))
        case 9: return .deleteLinks(group: pick([7, 7, 7, 8, 0]))
        case 10...12:
            let path = pick(Self.writtenSysctls)
            // Delays are kept in ticks of the kernel's clock, of which one hundredth of a second need not be a whole number.
            return .setSysctl(path, pick(path.hasSuffix("proxy_delay") ? ["0", "80"] : ["0", "1", "1", "2", "x"]))
        case 13...16: return again(in: place) ?? change(in: place)
        default:
            let object = object(in: place)
            objects[place, default: []].append(object)
            return chance(1, of: 8) ? .replace(object) : .create(object)
        }
    }

    /// Something done once more to an object that came up before, or to one much like it.
    private mutating func again(in place: ComparedPlace) -> KernelChange? {
        guard let known = objects[place], !known.isEmpty else { return nil }
        let object = pick(known)
        switch random.next() % 8 {
        case 0: return .create(object)
        case 1...2: return .replace(object)
        case 3: return .delete(altered(object))
        case 4: return .replace(altered(object))
        default: return .delete(object)
        }
    }
}

// Links and their settings.
extension RandomKernelSteps {
    private static func veth(near: LinkName, peer: LinkName) -> VethPair {
        let numbers = [near, peer].map { UInt64(links.firstIndex(of: $0) ?? links.count) }
        return VethPair(
            name: near, mac: MACAddress(bits: 0x0200_0000_0010 + numbers[0]), peerName: peer,
            peerMAC: MACAddress(bits: 0x0200_0000_0020 + numbers[1]), mtuBytes: 1500, alias: "pod \(near)")
    }

    /// Mostly a pair as the node makes it, from host to sandbox.
    private mutating func veth(in place: ComparedPlace) -> VethPair {
        let near = pick(place == .host || chance(1, of: 4) ? Array(Self.links[..<2]) : Array(Self.links[2...]))
        var veth = Self.veth(near: near, peer: pick(chance(1, of: 6) ? Self.links : Array(Self.links[2...])))
        guard chance(1, of: 4) else { return veth }
        // Not addresses that no link can have: whether they or a name in use are refused first is not the same in every Linux.
        switch random.next() % 3 {
        case 0: veth.mtuBytes = mtu()
        case 1: veth.alias = alias()
        default: veth.name = .loopback
        }
        return veth
    }

    private mutating func mtu() -> Int { pick([1400, 1500, 9001, 1280, 1279, 576, 68, 67, 65535, 65536]) }

    private mutating func alias() -> String {
        pick(["", "web-0/eth0", String(repeating: "a", count: 255), String(repeating: "a", count: 256)])
    }

    private mutating func settings(ofLoopback: Bool) -> LinkSettings {
        switch random.next() % (ofLoopback ? 3 : 6) {
        case 0...1: LinkSettings(group: pick([0, 7, 7, 8]))
        case 2: LinkSettings(alias: alias())
        case 3: LinkSettings(mtuBytes: mtu())
        case 4: LinkSettings(isUp: chance(1, of: 2), mtuBytes: mtu(), alias: alias(), group: 7)
        default: LinkSettings(isUp: chance(1, of: 2), mtuBytes: 1400)
        }
    }

    /// Mostly a link that the place is likely to have.
    private mutating func device(in place: ComparedPlace) -> LinkName {
        switch random.next() % 12 {
        case 0: pick(Self.links)
        case 1: .loopback
        default: pick(place == .host ? Array(Self.links[..<2]) : Array(Self.links[2...]))
        }
    }
}

// Addresses, routes, rules and neighbours.
extension RandomKernelSteps {
    private mutating func object(in place: ComparedPlace) -> KernelObject {
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
    private mutating func altered(_ object: KernelObject) -> KernelObject {
        switch object {
        case .veth: return object
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

// Sysctls.
extension RandomKernelSteps {
    static let sysctlsOfEveryLink =
        sysctls(of: ["all", "default", "lo"] + links.map(\.rawValue))
        + ["ipv4/ip_forward", "ipv4/tcp_early_demux", "ipv4/conf/absent/rp_filter"]

    /// A link that was told nothing follows a change of IPv4's default, unless the machine's first namespace was told something.
    private static let writtenSysctls = sysctlsOfEveryLink.filter { !$0.hasPrefix("ipv4/conf/default/") || $0.hasSuffix("forwarding") }

    /// The files that the node reads or writes of these folders, links among them.
    static func sysctls(of folders: [String]) -> [String] {
        folders.flatMap { folder in
            ["accept_local", "forwarding", "proxy_arp", "rp_filter"].map { "ipv4/conf/\(folder)/\($0)" }
                + ["accept_ra", "accept_redirects", "disable_ipv6", "forwarding"].map { "ipv6/conf/\(folder)/\($0)" }
                + ["ipv4/neigh/\(folder)/proxy_delay"]
        }
    }
}

// Chance.
extension RandomKernelSteps {
    private mutating func chance(_ count: UInt64, of total: UInt64) -> Bool { random.next() % total < count }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(random.next() % UInt64(elements.count))]
    }
}

/// A small generator that replays from its seed (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
