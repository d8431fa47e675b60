import Addressing
import NodePorts
import PodNetwork
import SeededRandom

/// Random steps of which most are such as a node takes, drawn from few names and addresses so that they meet.
struct RandomKernelSteps {
    static let links = ["eniA", "eniB", "eth0", "eth1"].compactMap { LinkName($0) }
    static let families: [AddressFamily: [IPAddress]] = [
        .v4: ["10.0.0.1", "10.0.0.2", "10.0.1.1", "169.254.1.1"].compactMap { IPAddress($0) },
        .v6: ["fd00::1", "fd00::2", "fd00:1::1", "fe80::1"].compactMap { IPAddress($0) },
    ]
    /// Addresses that no link of a node is given, or no neighbour has.
    static let oddAddresses: [AddressFamily: [IPAddress]] = [
        .v4: ["0.0.0.0", "127.0.0.1", "127.0.0.2", "224.0.0.1", "255.255.255.255"].compactMap { IPAddress($0) },
        .v6: ["::", "::1", "ff02::1", "fd00::"].compactMap { IPAddress($0) },
    ]
    static let ownOfLoopback = ["127.0.0.1", "::1"].compactMap { IPAddress($0) }
    static let tables = [RouteTable.main, .main, RouteTable(number: 2), RouteTable(number: 10_101), .defaultTable]

    var random: SplitMix64
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
    mutating func device(in place: ComparedPlace) -> LinkName {
        switch random.next() % 12 {
        case 0: pick(Self.links)
        case 1: .loopback
        default: pick(place == .host ? Array(Self.links[..<2]) : Array(Self.links[2...]))
        }
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
    mutating func chance(_ count: UInt64, of total: UInt64) -> Bool { random.next() % total < count }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(random.next() % UInt64(elements.count))]
    }
}
