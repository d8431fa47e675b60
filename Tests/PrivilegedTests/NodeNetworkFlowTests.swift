import Addressing
import Foundation
import NetlinkAdapter
import NftablesAdapter
import NodePorts
import PodNetwork
import Synchronization
import Testing

/// Packets of a pod on a secondary ENI, through a VPC that drops what comes from an ENI with a source that is not the ENI's.
@Suite(.enabled(if: Privileges.areHeld, Privileges.comment), .timeLimit(.minutes(2)))
struct NodeNetworkFlowTests {
    @Test func whatLeavesTheVPCHasTheNodesAddressAndWhatStaysOrIsExcludedThePods() throws {
        let flow = try Flow()
        try flow.applyNetwork { $0.untranslated = [IPv4CIDR(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24)] }
        try flow.wirePod(Flow.pod, table: .ofENI(deviceIndex: 1))
        for target in ["198.51.100.7", "10.0.99.9", "192.0.2.9"] { try flow.expectPing(target) }
        #expect(try flow.sourcesSeen() == ["10.0.32.5 . 198.51.100.7", "10.0.32.17 . 10.0.99.9", "10.0.32.17 . 192.0.2.9"])
    }

    @Test func withExternalTranslationEveryPacketHasThePodsAddress() throws {
        let flow = try Flow()
        try flow.applyNetwork { $0.translatesSources = false }
        try flow.wirePod(Flow.pod, table: .ofENI(deviceIndex: 1))
        try flow.expectPing("198.51.100.7")
        #expect(try flow.sourcesSeen() == ["10.0.32.17 . 198.51.100.7"])
    }

    /// The pod's port is closed: that it refuses the connection is the answer that came back.
    @Test func theReplyOfANodePortLeavesByTheENIOfArrivalAndWithoutTheMarkItIsLost() throws {
        let flow = try Flow()
        let firewall = try flow.applyNetwork { $0.translatesSources = false }
        try flow.wirePod(Flow.pod, table: .ofENI(deviceIndex: 1))
        _ = try flow.node.run(
            "nft 'table ip services { chain ports { type nat hook prerouting priority dstnat; tcp dport 30080 dnat to 10.0.32.17:80; }; }'")
        let call = "timeout -s KILL 2 bash -c '</dev/tcp/10.0.32.5/30080'"
        #expect(try flow.world.outcome(of: call).output.contains("Connection refused"))
        try firewall.remove()
        #expect(try !flow.world.outcome(of: call).output.contains("Connection refused"))
    }

    @Test func aPodWithIPv6AloneReachesIPv4WithTheNodesAddress() throws {
        let flow = try Flow()
        try flow.applyNetwork { $0.podFamilies = [.v6] }
        try flow.wirePod(.v4(IPv4Address(169, 254, 172, 7)), table: .main)
        try flow.expectPing("198.51.100.7")
        #expect(try flow.sourcesSeen() == ["10.0.32.5 . 198.51.100.7"])
    }

    /// First that the forgery works where nothing is done against it.
    @Test func aForgedRouterAdvertisementGivesTheNodeNoRoute() throws {
        for isProtected in [false, true] {
            let flow = try Flow()
            for namespace in [flow.node, flow.sandbox] { _ = try namespace.run("sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0") }
            if isProtected { try flow.applyNetwork { _ in } }
            try flow.wirePod(Flow.pod, table: .ofENI(deviceIndex: 1))
            try flow.advertiseRouter()
            let route = "ip -6 route show default"
            if isProtected {
                #expect(try flow.node.run(route) == "")
            } else {
                #expect(try flow.node.run(route).contains("proto ra"))
            }
        }
    }
}

/// A node with two ENIs, a VPC, a pod's sandbox, and the world, which has an address of the VPC too.
private struct Flow {
    let node: RealNamespace
    let vpc: RealNamespace
    let world: RealNamespace
    let sandbox: RealNamespace

    static let pod = IPAddress.v4(IPv4Address(10, 0, 32, 17))
    private static let uplink = NodeUplink(
        link: LinkName(literal: "eth0"), address: IPv4Address(10, 0, 32, 5),
        vpcBlocks: [IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)])
    private static let subnet = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20)
    private static let podLink = LinkName(literal: "eni4f2a9c1d0e7")

    init() throws {
        (node, vpc, world, sandbox) = (try RealNamespace(), try RealNamespace(), try RealNamespace(), try RealNamespace())
        try vpc.runAll([
            "ip link set lo up; ip addr add 10.0.32.1/32 dev lo",
            "ip link add f0 type veth peer name eth0 netns \(node.name)", "ip link add f1 type veth peer name eth1 netns \(node.name)",
            "ip link add w0 type veth peer name eth0 netns \(world.name)",
            "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.all.proxy_arp=1",
            "for link in f0 f1 w0; do sysctl -qw net.ipv4.neigh.$link.proxy_delay=0; ip link set $link up; done",
        ])
        try world.runAll([
            "ip link set lo up; ip link set eth0 up",
            "for address in 198.51.100.7 10.0.99.9 192.0.2.9; do ip addr add $address/32 dev eth0; done",
            "ip route add default dev eth0 src 198.51.100.7",
            "nft 'table ip seen { set sources { type ipv4_addr . ipv4_addr; flags dynamic; }; "
                + "chain requests { type filter hook input priority 0; icmp type echo-request add @sources { ip saddr . ip daddr }; }; }'",
        ])
        try node.runAll([
            "ip link set lo up; ip link set eth0 up; ip link set eth1 up", "ip addr add 10.0.32.5/20 dev eth0",
            "ip route add default via 10.0.32.1 dev eth0",
        ])
        try vpc.runAll([
            "ip route add 10.0.32.5/32 dev f0; ip route add 10.0.32.9/32 dev f1",
            "ip route add 10.0.32.17/32 via 10.0.32.9 dev f1 onlink",
            "for address in 198.51.100.7 10.0.99.9 192.0.2.9; do ip route add $address/32 dev w0; done",
        ])
        let eni = ENINetworkPlan(
            device: LinkName(literal: "eth1"), deviceIndex: 1, primaryAddress: IPv4Address(10, 0, 32, 9), subnet: Self.subnet,
            mtuBytes: 1500)
        try node.open().ensure(eni.objects)
    }

    @discardableResult
    func applyNetwork(_ change: (inout NodeNetworkPolicy) -> Void) throws -> NftablesFirewall {
        var policy = NodeNetworkPolicy()
        change(&policy)
        let (plan, host, firewall) = (
            NodeNetworkPlan(policy, for: Self.uplink), try node.open(), try NftablesFirewall(namespace: node.path)
        )
        try host.ensure(plan.sysctls)
        try host.ensure(plan.rules.map(KernelObject.rule))
        _ = try firewall.apply(plan.firewall)
        return firewall
    }

    func wirePod(_ address: IPAddress, table: RouteTable) throws {
        let veth = VethPair(
            name: Self.podLink, mac: .derived(from: "host"), peerName: LinkName(literal: "eth0"), peerMAC: .derived(from: "pod"),
            mtuBytes: 1500)
        let plan = PodNetworkPlan(addresses: [address], table: table, veth: veth)
        try node.open().ensure(plan.host, sandboxNetns: sandbox.netns)
        _ = try sandbox.open().perform([.setLink(veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
        try sandbox.open().ensure(plan.sandbox)
    }

    /// The first may be lost: a link that was just set up sends when the kernel has noticed that its other end is up.
    func expectPing(_ target: String) throws {
        let (output, status) = try sandbox.outcome(of: "ping -n -c3 -i0.2 -W1 \(target)")
        #expect(status == 0, "\(output)")
    }

    /// Source and destination of the echo requests that came to the world, those to 198.51.100.7 first.
    func sourcesSeen() throws -> [String] {
        let listing = try world.run("nft list set ip seen sources").split(separator: "{").last.map(String.init) ?? ""
        let pairs = listing.split { ",}\n\t".contains($0) }.map { $0.trimming() }.filter { $0.contains(" . ") }
        return pairs.sorted { ($0.hasSuffix("198.51.100.7") ? 0 : 1, $0) < ($1.hasSuffix("198.51.100.7") ? 0 : 1, $1) }
    }

    /// Sends what a router sends to all nodes from the pod, until the node has counted one.
    func advertiseRouter() throws {
        let counted = "grep -qE 'Icmp6InRouterAdvertisements\\s+[1-9]' /proc/net/snmp6"
        // Until the link has an address of its own there is nothing to send from.
        for _ in 1...200 where RouterAdvertisement.send(from: sandbox.netns, by: "eth0") {
            if try node.outcome(of: counted).status == 0 { return }
        }
        Issue.record("no router advertisement came to the node")
    }
}

/// What a router sends to all nodes (RFC 4861, section 4.2).
private enum RouterAdvertisement {
    /// Type 134, hop limit 64, and 1800 s as the default router; the kernel adds the checksum.
    private static let bytes: [UInt8] = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]

    /// On a thread of its own, which enters the namespace and ends there.
    static func send(from netns: Int32, by link: String) -> Bool {
        let outcome = Outcome()
        Thread.detachNewThread {
            outcome.isSent.withLock { $0 = enter(netns) && send(by: link) }
            outcome.ended.signal()
        }
        outcome.ended.wait()
        return outcome.isSent.withLock { $0 }
    }

    private final class Outcome: Sendable {
        let ended = DispatchSemaphore(value: 0)
        let isSent = Mutex(false)
    }

    /// Glibc hides the call from programs that do not ask for GNU's.
    private static func enter(_ netns: Int32) -> Bool {
        guard let symbol = dlsym(nil, "setns") else { return false }
        return unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)(netns, 0) == 0
    }

    private static func send(by link: String) -> Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_ICMPV6))
        defer { close(descriptor) }
        // Nodes take no advertisement that a router may have passed on.
        var hops: Int32 = 255
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, &hops, socklen_t(MemoryLayout<Int32>.size))
        var allNodes = sockaddr_in6()
        allNodes.sin6_family = sa_family_t(AF_INET6)
        allNodes.sin6_scope_id = if_nametoindex(link)
        inet_pton(AF_INET6, "ff02::1", &allNodes.sin6_addr)
        return withUnsafePointer(to: &allNodes) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == bytes.count
            }
        }
    }
}

extension Substring {
    fileprivate func trimming() -> String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
