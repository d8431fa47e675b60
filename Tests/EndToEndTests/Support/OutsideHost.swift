import Addressing
import Foundation
import NetlinkAdapter

/// A host beyond the VPC, on a link of the fabric, as a node sees one behind the internet gateway.
///
/// Two servers on it, for IPv4 and IPv6, answer every connection with the address that they see it come from.
final class OutsideHost {
    /// Of the blocks for documentation (RFC 5737, RFC 3849), so that nobody's address is meant.
    static let address = IPv4Address(198, 51, 100, 2)
    /// Another address of the host, in a block that a test can exclude from translation.
    static let excludedAddress = IPv4Address(203, 0, 113, 2)
    static let excludedBlock = IPv4CIDR(containing: excludedAddress, prefixLength: 24)
    static let ipv6Address = IPv6Address(bits: 0x2001_0db8_ffff << 80 | 2)
    private static let port = 7000
    private static let (routerMAC, hostMAC) = ("02:00:00:00:ff:01", "02:00:00:00:ff:02")

    let namespace: NetworkNamespace
    private let servers: [ChildProcess]

    /// Joins the host to the fabric of a cluster; the fabric's end of the link is `outside`.
    init(at fabric: NetworkNamespace) throws {
        let namespace = try NetworkNamespace.create(named: "\(fabric.name)-outside")
        self.namespace = namespace
        let (host, router) = (namespace.name, fabric.name)
        let commands = [
            "ip -n \(router) link add outside address \(Self.routerMAC) type veth peer name eth0 address \(Self.hostMAC) netns \(host)",
            "ip -n \(router) link set outside up",
            "ip -n \(router) address add 198.51.100.1/24 dev outside",
            "ip -n \(router) route add \(Self.excludedBlock) dev outside",
            "ip -n \(router) -6 address add 2001:db8:ffff::1/64 dev outside nodad",
            "ip -n \(router) -6 rule add iif outside lookup main",
            "ip -n \(host) link set lo up",
            "ip -n \(host) link set eth0 up",
            "ip -n \(host) address add \(Self.address)/24 dev eth0",
            "ip -n \(host) address add \(Self.excludedAddress)/32 dev eth0",
            "ip -n \(host) route add default via 198.51.100.1",
            "ip -n \(host) -6 address add \(Self.ipv6Address)/64 dev eth0 nodad",
            "ip -n \(host) -6 route add default via 2001:db8:ffff::1",
        ]
        // Neither end may ask for the other before its own link-local address is found to be unique, which takes two seconds.
        let neighbours = [
            "ip -n \(router) -6 neighbour add \(Self.ipv6Address) lladdr \(Self.hostMAC) dev outside",
            "ip -n \(host) -6 neighbour add 2001:db8:ffff::1 lladdr \(Self.routerMAC) dev eth0",
        ]
        for command in commands + neighbours { try Self.run(command) }
        servers = try ["TCP4-LISTEN:\(Self.port)", "TCP6-LISTEN:\(Self.port),ipv6only=1"].map {
            try Server.start(in: namespace, on: $0)
        }
    }

    deinit {
        for server in servers {
            server.signal(SIGTERM)
            server.finish()
        }
        try? namespace.remove()
    }

    private static func run(_ command: String) throws {
        let outcome = try ChildProcess.run(command.split(separator: " ").map(String.init))
        guard outcome.status == 0 else { throw DaemonReports.Failure(description: "\(command): \(outcome.errors)") }
    }
}

extension OutsideHost {
    /// From which address a server sees who connects from the namespace; nil when there is no connection.
    static func sourceSeen(from namespace: NetworkNamespace, at address: IPAddress = .v4(OutsideHost.address)) throws -> IPAddress? {
        try Server.sourceSeen(from: namespace, at: address, port: port)
    }
}

/// A server in a namespace that answers every connection with the address it sees it come from.
enum Server {
    /// Starts one and waits until it listens.
    ///
    /// - Parameter address: As socat writes it, such as `TCP4-LISTEN:8080`.
    static func start(in namespace: NetworkNamespace, on address: String) throws -> ChildProcess {
        let words = ["ip", "netns", "exec", namespace.name, "socat", "\(address),reuseaddr,fork", "SYSTEM:echo $SOCAT_PEERADDR"]
        let server = try ChildProcess(words)
        let port = address.drop { $0 != ":" }.dropFirst().prefix { $0.isNumber }
        let family = address.hasPrefix("TCP6") ? "-6" : "-4"
        let listens = try eventually {
            try ChildProcess.run(["ip", "netns", "exec", namespace.name, "ss", "-Hltn", family, "sport = :\(port)"]).output != ""
        }
        guard listens else { throw DaemonReports.Failure(description: "no server on \(address) after 15 s") }
        return server
    }

    /// What a server tells who connects from the namespace; nil when there is no connection within two seconds.
    ///
    static func sourceSeen(from namespace: NetworkNamespace, at address: IPAddress, port: Int) throws -> IPAddress? {
        let target = address.family == .v6 ? "TCP6:[\(address)]:\(port)" : "TCP4:\(address):\(port)"
        let words = ["ip", "netns", "exec", namespace.name, "socat", "-T", "2", "-", "\(target),connect-timeout=2"]
        let outcome = try ChildProcess.run(words)
        return outcome.status == 0 ? IPAddress(outcome.output.filter { !"[]\n".contains($0) }) : nil
    }
}

extension NetworkNamespace {
    /// As `ip netns` names it.
    var name: String { URL(fileURLWithPath: path).lastPathComponent }
}
