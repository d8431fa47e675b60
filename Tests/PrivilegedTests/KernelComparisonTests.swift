import Addressing
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelComparisonTests {
    /// Both kernels get the same changes in the same order; every answer and the state after each must be equal.
    @Test(arguments: UInt64(1)...24)
    func theKernelInMemoryAndTheRealOneStayEqualUnderRandomChanges(seed: UInt64) throws {
        var pair = try KernelPair()
        var random = SplitMix64(seed: seed)
        for step in 1...60 {
            let inHost = random.next() % 2 == 0
            let changes = (0..<(1 + random.next() % 3)).map { _ in RandomChange.next(inHost: inHost, using: &random) }
            let difference = try pair.differenceAfter(changes, inHost: inHost)
            #expect(difference == nil, "seed \(seed), step \(step), \(inHost ? "host" : "sandbox"): \(changes)")
            if difference != nil { return }
        }
    }
}

/// A host and a sandbox, once real and once in memory.
private struct KernelPair {
    private let realHost: RealNamespace
    private let realSandbox: RealNamespace
    private let real: [any KernelNamespace]
    private let memory: [any KernelNamespace]
    private let sandboxNetns: (real: Int32, memory: Int32)

    init() throws {
        (realHost, realSandbox) = (try RealNamespace(), try RealNamespace())
        let kernel = InMemoryKernel()
        let descriptors = try kernel.openDescriptors(of: kernel.createNamespace(named: "sandbox"))
        let node = kernel.kernel(for: kernel.host)
        real = [try realHost.open(), try realSandbox.open()]
        memory = [try node.openHost(), try node.openSandbox(descriptors)]
        sandboxNetns = (realSandbox.netns, descriptors.netns)
        // What the node's own settings may have set for namespaces made on it.
        let sameFromTheStart = ["ipv4/conf/all/promote_secondaries", "ipv4/conf/default/promote_secondaries"]
        for namespace in real {
            _ = try namespace.perform(sameFromTheStart.map { .setSysctl($0, "0") }, sandboxNetns: nil)
        }
    }

    /// Performs the changes on both and tells where they differ, nil when nowhere.
    mutating func differenceAfter(_ changes: [KernelChange], inHost: Bool) throws -> String? {
        let index = inHost ? 0 : 1
        let answers = (
            try real[index].perform(changes, sandboxNetns: sandboxNetns.real),
            try memory[index].perform(changes, sandboxNetns: sandboxNetns.memory)
        )
        if answers.0 != answers.1 { return "real \(answers.0), in memory \(answers.1)" }
        for (name, real, memory) in zip3(["host", "sandbox"], real, memory) {
            let states = (try state(of: real), try state(of: memory))
            let missing = states.0.filter { !states.1.contains($0) }
            let added = states.1.filter { !states.0.contains($0) }
            if states.0 != states.1 { return "\(name): only real \(missing), only in memory \(added)" }
        }
        return nil
    }

    /// A line for each object but the link-local ones that IPv6 makes by itself.
    private func state(of namespace: any KernelNamespace) throws -> [String] {
        let links = try namespace.links().map { link in
            "link \(link.name) \(link.mac) \(link.mtuBytes) \(link.isUp) \(link.kind) \(link.alias) \(link.group)"
        }
        let addresses = try namespace.addresses().filter { !$0.address.isLinkLocal }.map { "\($0)" }
        let routes = try namespace.routes().filter { !($0.destination.network.isLinkLocal && $0.origin == .kernel) }.map {
            "\($0) from \($0.origin.number)"
        }
        let rules = try namespace.rules().map { "\($0) from \($0.origin.number)" }
        return (links + addresses + routes + (try namespace.neighbours().map { "\($0)" })).sorted() + rules
    }

    private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
        zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
    }
}

extension IPAddress {
    fileprivate var isLinkLocal: Bool {
        if case .v6(let address) = self { address.isLinkLocal } else { false }
    }
}

/// Changes drawn from few names and addresses, so that they meet.
private enum RandomChange {
    private static let links = ["eniA", "eniB", "eth0", "eth1"].compactMap { LinkName($0) }
    private static let veths = [0, 1].map { pair in
        VethPair(
            name: links[pair], mac: MACAddress(bits: 0x0200_0000_0010 + UInt64(pair)), peerName: links[2 + pair],
            peerMAC: MACAddress(bits: 0x0200_0000_0020 + UInt64(pair)), mtuBytes: 1500 + pair, alias: pair == 0 ? "" : "b")
    }
    private static let addresses = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "169.254.1.1", "fd00::1", "fd00::2", "fd00:1::1"]
        .compactMap { IPAddress($0) }
    private static let tables = [RouteTable.main, RouteTable(number: 2), RouteTable(number: 10_101)]

    static func next(inHost: Bool, using random: inout SplitMix64) -> KernelChange {
        if random.next() % 16 == 0 { return loopback(using: &random) }
        let names = inHost ? [links[0], links[1]] : [links[2], links[3]]
        let device = random.pick(random.next() % 12 == 0 ? [links[0], links[2]] : names)
        switch random.next() % 20 {
        case 0...1 where inHost: return .create(.veth(random.pick(veths)))
        case 2 where inHost && random.next() % 2 == 0: return .delete(.veth(random.pick(veths)))
        case 3: return random.next() % 4 == 0 ? .deleteLinks(group: 7) : .setLink(device, LinkSettings(group: 7))
        case 4...6: return .setLink(device, LinkSettings(isUp: random.next() % 4 != 0))
        case 7: return .setLink(device, LinkSettings(mtuBytes: 1400, alias: random.pick(["", "pod"])))
        case 8: return .setSysctl("ipv6/conf/\(device)/disable_ipv6", random.next() % 3 == 0 ? "1" : "0")
        default: return verb(object(on: device, using: &random), using: &random)
        }
    }

    /// Nothing but addresses is put on loopback, where the kernel in memory knows of little else.
    private static func loopback(using random: inout SplitMix64) -> KernelChange {
        let address = random.pick(addresses)
        return switch random.next() % 4 {
        case 0: .create(.address(InterfaceAddress(device: .loopback, address: address, prefixLength: address.family == .v4 ? 32 : 128)))
        case 1: .setLink(.loopback, LinkSettings(isUp: false))
        default: .setLink(.loopback, LinkSettings(isUp: true))
        }
    }

    private static func verb(_ object: KernelObject, using random: inout SplitMix64) -> KernelChange {
        switch random.next() % 8 {
        case 0...4: .create(object)
        case 5: .replace(object)
        default: .delete(object)
        }
    }

    private static func object(on device: LinkName, using random: inout SplitMix64) -> KernelObject {
        let address = random.pick(addresses)
        let lengths = address.family == .v4 ? [32, 32, 24] : [128, 128, 64]
        switch random.next() % 10 {
        case 0...2:
            return .address(InterfaceAddress(device: device, address: address, prefixLength: random.pick(lengths)))
        case 3...6:
            return .route(route(to: address, length: random.pick(lengths), device: device, using: &random))
        case 7:
            return .neighbour(
                Neighbour(device: device, address: address, mac: MACAddress(bits: 0x0200_0000_0030 + random.next() % 2)))
        default:
            let block = address.hostCIDR
            return .rule(
                Rule(
                    priority: random.pick([512, 1536]), family: address.family, from: random.pick([nil, block]),
                    to: random.pick([nil, block]), inputDevice: random.pick([nil, nil, device]),
                    mark: random.pick([nil, nil, Rule.Mark(value: 0x80, mask: 0x80)]), table: random.pick(tables)))
        }
    }

    private static func route(
        to address: IPAddress, length: Int, device: LinkName, using random: inout SplitMix64
    ) -> Route {
        let everything: CIDR = address.family == .v4 ? .everyIPv4 : .everyIPv6
        let block = random.pick([everything, address.hostCIDR, network(of: address, length: length)])
        let gateway = random.pick(addresses.filter { $0.family == address.family })
        var route = Route(to: block, via: random.pick([nil, gateway]), device: device, table: random.pick(tables))
        route.scope = random.pick([.universe, .link, .host])
        if random.next() % 8 == 0 { route.source = random.pick(addresses.filter { $0.family == address.family }) }
        if random.next() % 8 == 0 { route.origin = .boot }
        if random.next() % 8 == 0 { route.isOnLink = true }
        return route
    }

    private static func network(of address: IPAddress, length: Int) -> CIDR {
        switch address {
        case .v4(let address): .v4(IPv4CIDR(containing: address, prefixLength: length))
        case .v6(let address): .v6(IPv6CIDR(containing: address, prefixLength: length))
        }
    }
}

/// A small generator that replays from its seed (Steele, Lea and Flood, 2014).
private struct SplitMix64: RandomNumberGenerator {
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

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }
}
