import Addressing
import NetlinkAdapter
import NetworkSnapshots
import NodePorts
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct NamespaceSnapshotTests {
    private static let name = LinkName(literal: "eniA")
    private static let veth = VethPair(
        name: name, mac: MACAddress(bits: 0x0200_0000_0010), peerName: LinkName(literal: "eth0"),
        peerMAC: MACAddress(bits: 0x0200_0000_0020), mtuBytes: 1500)
    private static let block = CIDR.v4(IPv4CIDR(host: IPv4Address(10, 0, 0, 1)))

    @Test func whatIsMadeIsSeenAndWhatIsTakenBackIsNot() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let kernel = try host.open()
        let before = try NamespaceSnapshot(of: host.name)
        #expect(try NamespaceSnapshot(of: host.name).differences(from: before) == [])

        let rule = Rule(priority: 512, family: .v4, to: Self.block, table: .main)
        let route = Route(to: Self.block, device: Self.name, table: RouteTable(number: 7), scope: .link)
        let made: [KernelObject] = [.veth(Self.veth), .rule(rule), .route(route)]
        try kernel.ensure(made, sandboxNetns: sandbox.netns)
        _ = try kernel.perform([.setSysctl("ipv4/conf/all/rp_filter", "2")], sandboxNetns: nil)
        let differences = try NamespaceSnapshot(of: host.name).differences(from: before)
        #expect(differences.contains { $0.hasPrefix("+ ip -d -o link: ") && $0.contains("eniA") })
        #expect(differences.contains { $0.hasPrefix("+ ip -d -4 rule: 512:") && $0.contains("to 10.0.0.1 lookup main proto 190") })
        #expect(differences.contains { $0.contains("10.0.0.1 dev eniA table 7 proto 190 scope link") })
        #expect(differences.contains("- sysctl: /proc/sys/net/ipv4/conf/all/rp_filter:0"))
        #expect(differences.contains("+ sysctl: /proc/sys/net/ipv4/conf/all/rp_filter:2"))

        #expect(try kernel.remove(made.reversed()) == [])
        _ = try kernel.perform([.setSysctl("ipv4/conf/all/rp_filter", "0")], sandboxNetns: nil)
        #expect(try NamespaceSnapshot(of: host.name).differences(from: before) == [])
    }

    @Test func aLineThatIsNotLookedAtMakesNoDifference() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let isForeign = { (_: String, line: String) in !line.contains("eniA") && !line.contains(" ff00::/8 ") }
        let before = try NamespaceSnapshot(of: host.name, where: isForeign)
        try host.open().ensure([.veth(Self.veth)], sandboxNetns: sandbox.netns)
        #expect(try NamespaceSnapshot(of: host.name, where: isForeign).differences(from: before) == [])
        #expect(try NamespaceSnapshot(of: host.name) != NamespaceSnapshot(of: host.name, where: isForeign))
    }

    @Test func anAddressThatMayNotBeUniqueIsSeen() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        #expect(try NamespaceSnapshot(of: host.name).isSettled)
        // The link has a carrier only when its other end is up too; until then nothing is asked.
        try host.open().ensure([.veth(Self.veth)], sandboxNetns: sandbox.netns)
        _ = try sandbox.open().perform([.setLink(Self.veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
        #expect(try !NamespaceSnapshot(of: host.name).isSettled)
    }

    @Test func aNamespaceThatIsNotThereIsAnError() {
        #expect(throws: SnapshotError.self) { try NamespaceSnapshot(of: "berth-absent") }
    }
}
