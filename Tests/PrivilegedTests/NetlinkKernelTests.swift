import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment), .serialized)
struct NetlinkKernelTests {
    @Test func sixHundredPodsAreMadeListedAndDeletedInGroups() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let (node, pod) = (try host.open(), try sandbox.open())
        for first in stride(from: 0, to: 600, by: 50) {
            let pods = try (first..<first + 50).map { try Pod(number: $0) }
            for pod in pods { try node.ensure(pod.objects, sandboxNetns: sandbox.netns) }
            #expect(try node.links().count == 51)
            #expect(try pod.links().count == 51)
            #expect(try node.missing(pods.flatMap(\.objects)) == [])
            let rules = pods.flatMap(\.objects).filter { if case .rule = $0 { true } else { false } }
            #expect(try node.remove(rules) == [])
            let grouped = pods.map { KernelChange.setLink($0.veth.name, LinkSettings(group: 4711)) } + [.deleteLinks(group: 4711)]
            #expect(try node.perform(grouped, sandboxNetns: nil) == grouped.map { _ in nil })
            #expect(try node.links().map(\.name) == [.loopback])
            #expect(try pod.links().map(\.name) == [.loopback])
        }
        #expect(try node.routes() == [])
        #expect(try node.rules().allSatisfy { $0.origin == .kernel })
    }

    @Test func aChosenIndexIsUsedWhenItIsFree() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let node = try host.open { 1_234_567 }
        try node.ensure(try Pod(number: 1).objects, sandboxNetns: sandbox.netns)
        #expect(try node.links().map(\.index) == [1, 1_234_567])
    }

    @Test func aChosenIndexThatIsTakenIsLeftToTheKernel() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let node = try host.open { 1_234_567 }
        let pods = try (1...3).map { try Pod(number: $0) }
        try node.ensure(pods.flatMap(\.objects), sandboxNetns: sandbox.netns)
        let indices = try pods.compactMap { try node.link(named: $0.veth.name)?.index }
        #expect(indices[0] == 1_234_567)
        #expect(Set(indices).count == 3)
        #expect(try node.missing(pods.flatMap(\.objects)) == [])
        #expect(try pods.map { try node.link(named: $0.veth.name)?.alias } == ["pod 1", "pod 2", "pod 3"])
    }

    @Test func aTakenIndexNeverLeadsARouteToTheLinkThatHasIt() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let pods = try (1...2).map { try Pod(number: $0) }
        try (try host.open { 77_000 }).ensure([pods[0].objects[0]], sandboxNetns: sandbox.netns)
        try (try host.open { 77_000 }).ensure(pods[1].objects, sandboxNetns: sandbox.netns)
        #expect(try host.open().routes().map(\.device) == [pods[1].veth.name])
    }

    @Test func aNamespaceClosesItsDescriptors() throws {
        let sandbox = try RealNamespace()
        let descriptors = try NetworkNamespace(path: "/run/netns/\(sandbox.name)").open()
        let files = try [descriptors.netns, descriptors.netlink].map { try file(of: $0) }
        #expect(try openFiles().filter { files.contains($0) }.count == 3, "the namespace twice, the socket once")
        _ = try NetlinkKernel().openSandbox(descriptors).links()
        #expect(try openFiles().filter { files.contains($0) } == [files[0]], "the namespace that the test holds")
    }

    @Test func aDescriptorThatIsNoNetlinkSocketIsRefusedAndClosed() throws {
        let sandbox = try RealNamespace()
        let descriptors = SandboxDescriptors(netns: dup(sandbox.netns), netlink: dup(sandbox.netns))
        let namespace = try file(of: sandbox.netns)
        #expect(throws: KernelError.self) { try NetlinkKernel().openSandbox(descriptors) }
        #expect(try openFiles().filter { $0 == namespace }.count == 1)
    }

    @Test func theHostsNamespaceIsToldFromAPods() throws {
        let kernel = try NetlinkKernel()
        let sandbox = try RealNamespace()
        let own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
        defer { close(own) }
        #expect(kernel.isHostNamespace(SandboxDescriptors(netns: own, netlink: -1)))
        #expect(!kernel.isHostNamespace(SandboxDescriptors(netns: sandbox.netns, netlink: -1)))
        #expect(try kernel.openHost().link(named: .loopback)?.index == 1)
    }

    @Test func aNodeMayBeAnotherNamespaceThanTheProcesss() throws {
        let (node, pod) = (try RealNamespace(), try RealNamespace())
        let kernel = try NetlinkKernel(NetworkNamespace(path: "/run/netns/\(node.name)"))
        let host = try kernel.openHost()
        try host.ensure(try Pod(number: 1).objects, sandboxNetns: pod.netns)
        #expect(try host.perform([.setSysctl("ipv4/conf/vpod1/proxy_arp", "1")], sandboxNetns: nil) == [nil])
        #expect(try node.open().sysctl("ipv4/conf/vpod1/proxy_arp") == "1")
        #expect(kernel.isHostNamespace(SandboxDescriptors(netns: node.netns, netlink: -1)))
    }

    @Test func workInANamespaceLeavesTheThreadInItsOwn() throws {
        let before = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self/ns/net")
        let sandbox = try RealNamespace()
        let namespace = try sandbox.open()
        #expect(try namespace.perform([.setSysctl("ipv4/ip_forward", "1")], sandboxNetns: nil) == [nil])
        #expect(try namespace.sysctl("ipv4/ip_forward") == "1")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self/ns/net") == before)
    }

    @Test func aNamedNamespaceIsMadeOnceAndRemovedOnce() throws {
        let name = "berth-once-\(getpid())"
        let namespace = try NetworkNamespace.create(named: name)
        #expect(throws: KernelError("create network namespace \(name)", .exists)) { try NetworkNamespace.create(named: name) }
        try namespace.remove()
        #expect(throws: KernelError("remove network namespace /run/netns/\(name)", .noSuchEntry)) { try namespace.remove() }
        #expect(throws: KernelError("create network namespace ../x", .invalidArgument)) { try NetworkNamespace.create(named: "../x") }
    }

    @Test func otherLinksThanOursAreListedWithTheirKind() throws {
        let sandbox = try RealNamespace()
        let process = try Process.run(
            URL(fileURLWithPath: "/usr/bin/env"), arguments: ["ip", "-n", sandbox.name, "link", "add", "br0", "type", "bridge"])
        process.waitUntilExit()
        let bridge = try sandbox.open().link(named: LinkName(literal: "br0"))
        #expect(bridge?.kind == "bridge")
        #expect(bridge?.isUp == false)
    }

    /// What each open descriptor refers to, such as `net:[4026532000]`; unlike its number, never that of another test.
    private func openFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.compactMap { try? file(of: $0) }
    }

    private func file(of descriptor: Int32) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
    }
}

/// What the node's namespace holds for one pod.
private struct Pod {
    let veth: VethPair
    let objects: [KernelObject]

    init(number: Int) throws {
        let mac = UInt64(number) << 8
        veth = VethPair(
            name: try #require(LinkName("vpod\(number)")), mac: MACAddress(locallyAdministered: mac),
            peerName: try #require(LinkName("peer\(number)")), peerMAC: MACAddress(locallyAdministered: mac + 1), mtuBytes: 9001,
            alias: "pod \(number)")
        let address = IPAddress.v4(IPv4Address(bits: 0x0a00_2000 + UInt32(number))).hostCIDR
        objects = [
            .veth(veth),
            .route(Route(to: address, device: veth.name, scope: .link)),
            .rule(Rule(priority: 512, family: .v4, to: address, table: .main)),
            .rule(Rule(priority: 1536, family: .v4, from: address, table: RouteTable(number: 2))),
        ]
    }
}
