import Addressing
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Synchronization
import Testing

/// Both kernels tell the same of the same changes.
@Suite(.enabled(if: Privileges.areHeld, Privileges.comment), .timeLimit(.minutes(1)))
struct KernelMonitorTests {
    private static let link = LinkName(literal: "vpod1")
    private static let rule = Rule(
        priority: 512, family: .v4, to: .v4(IPv4CIDR(host: IPv4Address(10, 0, 32, 11))), table: .main)
    private static let route = Route(to: .v4(IPv4CIDR(host: IPv4Address(10, 0, 32, 11))), device: link, scope: .link)
    private static let address = InterfaceAddress(device: link, address: .v4(IPv4Address(10, 0, 32, 10)), prefixLength: 32)
    private static let neighbour = Neighbour(
        device: link, address: .v4(IPv4Address(10, 0, 32, 12)), mac: MACAddress(bits: 0x02_00_00_00_00_12))

    @Test(arguments: [true, false]) func everyLossIsToldInTheOrderInWhichItHappened(isReal: Bool) async throws {
        let namespaces = try isReal ? Namespaces.real() : Namespaces.inMemory()
        let heard = Heard()
        let monitor = try namespaces.kernel.monitorHost(heard.take)
        let host = try namespaces.kernel.openHost()
        try host.ensure(
            [.veth(namespaces.veth), .address(Self.address), .route(Self.route), .neighbour(Self.neighbour), .rule(Self.rule)],
            sandboxNetns: namespaces.sandboxNetns)
        let losses: [KernelObject] = [
            .rule(Self.rule), .neighbour(Self.neighbour), .route(Self.route), .address(Self.address), .veth(namespaces.veth),
        ]
        #expect(try host.remove(losses) == [])
        await heard.until { $0.contains(.linkGone(Self.link)) }
        let expected: [KernelNotice] = [
            .routeMade(Self.route), .ruleGone(Self.rule), .neighbourGone(Self.link, Self.neighbour.address), .routeGone(Self.route),
            .addressGone(Self.address), .linkGone(Self.link),
        ]
        #expect(heard.notices.filter(expected.contains).uniqued == expected)
        monitor.stop()
        withExtendedLifetime(namespaces) {}
    }

    @Test(arguments: [true, false]) func aLinkThatGoesDownIsTold(isReal: Bool) async throws {
        let namespaces = try isReal ? Namespaces.real() : Namespaces.inMemory()
        let host = try namespaces.kernel.openHost()
        try host.ensure([.veth(namespaces.veth)], sandboxNetns: namespaces.sandboxNetns)
        let heard = Heard()
        let monitor = try namespaces.kernel.monitorHost(heard.take)
        #expect(try host.perform([.setLink(Self.link, LinkSettings(isUp: false))], sandboxNetns: nil) == [nil])
        await heard.until { notices in
            notices.contains { if case .linkChanged(let link) = $0 { link.name == Self.link && !link.isUp } else { false } }
        }
        monitor.stop()
        withExtendedLifetime(namespaces) {}
    }

    /// Changes faster than anybody reads: either all is told, or that it was too much.
    @Test func moreThanCanBeToldIsToldAsAnOverrun() async throws {
        let namespaces = try Namespaces.real()
        let host = try namespaces.kernel.openHost()
        let (heard, gate) = (Heard(), Gate())
        let rules = (0..<3000).map { Rule(priority: UInt32(20_000 + $0), family: .v4, table: .main) }
        let monitor = try namespaces.kernel.monitorHost { notices in
            gate.mutex.withLock { _ in heard.take(notices) }
        }
        // The reader is held up, and the notices with it.
        try gate.mutex.withLock { _ in
            try host.ensure(rules.map(KernelObject.rule))
            #expect(try host.remove(rules.map(KernelObject.rule)) == [])
        }
        await heard.until { notices in
            notices.contains(.overrun) || Set(rules.map(KernelNotice.ruleGone)).isSubset(of: notices)
        }
        monitor.stop()
        withExtendedLifetime(namespaces) {}
    }

    /// A node's namespace and a pod's, on either kernel.
    private struct Namespaces {
        let kernel: any Kernel
        let sandboxNetns: Int32
        /// Kept, as the namespaces go with their owner.
        let owners: [AnyObject]

        let veth = VethPair(
            name: KernelMonitorTests.link, mac: MACAddress(bits: 0x02_00_00_00_00_01), peerName: LinkName(literal: "eth0"),
            peerMAC: MACAddress(bits: 0x02_00_00_00_00_02), mtuBytes: 9001)

        static func real() throws -> Namespaces {
            let (node, pod) = (try RealNamespace(), try RealNamespace())
            let kernel = try NetlinkKernel(NetworkNamespace(path: "\(NetworkNamespace.folder)/\(node.name)"))
            return Namespaces(kernel: kernel, sandboxNetns: pod.netns, owners: [node, pod])
        }

        static func inMemory() throws -> Namespaces {
            let kernel = InMemoryKernel()
            let descriptors = try kernel.openDescriptors(of: kernel.createNamespace(named: "pod"))
            return Namespaces(kernel: kernel.kernel(for: kernel.host), sandboxNetns: descriptors.netns, owners: [kernel])
        }
    }
}

/// Holds a reader up while it is locked.
private final class Gate: Sendable {
    let mutex = Mutex(())
}

/// What a monitor told.
private final class Heard: Sendable {
    private let state = Mutex<[KernelNotice]>([])

    var notices: [KernelNotice] { state.withLock { $0 } }

    func take(_ notices: [KernelNotice]) {
        state.withLock { $0 += notices }
    }

    /// Waits until the condition holds; the suite's time limit ends it.
    func until(_ condition: ([KernelNotice]) -> Bool) async {
        while !condition(notices), !Task.isCancelled { await Task.yield() }
    }
}

extension [KernelNotice] {
    /// Each once, at its first place.
    fileprivate var uniqued: [KernelNotice] {
        var seen: Set<KernelNotice> = []
        return filter { seen.insert($0).inserted }
    }
}
