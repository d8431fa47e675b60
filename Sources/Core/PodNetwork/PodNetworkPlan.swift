public import Addressing

/// Everything the kernel must have for one pod with one IPv4 address.
///
/// The layout is the incumbent's (reference §3.3, §3.4), so that its tools, policy engines and a roll-back find what they
/// look for: a veth named after the pod, a gateway 169.254.1.1 that exists only as a permanent neighbour, a link route on
/// the node, and two rules.
public struct PodNetworkPlan: Hashable, Sendable {
    /// Objects of the node's namespace, the veth first.
    public let host: [KernelObject]
    /// Objects of the pod's namespace, in the order in which they can be made once the link is up.
    public let sandbox: [KernelObject]
    public let veth: VethPair

    /// The gateway every pod sees; link-local, answered by no host (reference §3.4).
    public static let gateway = IPv4Address(169, 254, 1, 1)
    /// Traffic to a pod: main, where its link route is.
    public static let toPodPriority: UInt32 = 512
    /// Traffic from a pod on a secondary ENI: that ENI's table.
    public static let fromPodPriority: UInt32 = 1536

    /// - Parameters:
    ///   - address: The pod's address, a /32 on both sides.
    ///   - table: The table of the pod's ENI; `main` for the primary ENI.
    ///   - veth: Its near end carries the pod's name, its peer the interface name of the CNI request.
    public init(address: IPv4Address, table: RouteTable, veth: VethPair) {
        let pod = CIDR.v4(IPv4CIDR(host: address))
        self.veth = veth
        host =
            [
                .veth(veth),
                .route(Route(to: pod, device: veth.name, scope: .link)),
            ] + Self.rules(address: address, table: table).map(KernelObject.rule)
        sandbox = [
            .address(InterfaceAddress(device: veth.peerName, address: .v4(address), prefixLength: 32)),
            .route(Route(to: .v4(IPv4CIDR(host: Self.gateway)), device: veth.peerName, scope: .link)),
            .route(Route(to: .everyIPv4, via: .v4(Self.gateway), device: veth.peerName)),
            .neighbour(Neighbour(device: veth.peerName, address: .v4(Self.gateway), mac: veth.mac)),
        ]
    }

    /// The rules of a pod's address; they are all that is left to remove when its link is gone.
    public static func rules(address: IPv4Address, table: RouteTable) -> [Rule] {
        let pod = CIDR.v4(IPv4CIDR(host: address))
        let toPod = Rule(priority: toPodPriority, family: .v4, to: pod, table: .main)
        guard table != .main else { return [toPod] }
        return [toPod, Rule(priority: fromPodPriority, family: .v4, from: pod, table: table)]
    }
}

extension PodNetworkPlan: CustomStringConvertible {
    /// One object a line, as `ip` would be told: the node's first, the pod's behind `in sandbox:`.
    public var description: String {
        (host.map { "\($0)" } + sandbox.map { "in sandbox: \($0)" }).joined(separator: "\n")
    }
}

extension RouteTable {
    /// The table of an ENI of network card 0: main for the primary ENI, device index + 1 for the others (reference §3.4).
    public static func ofENI(deviceIndex: Int) -> RouteTable {
        precondition((0...251).contains(deviceIndex), "device index \(deviceIndex) has no route table of its own")
        return deviceIndex == 0 ? .main : RouteTable(number: UInt32(deviceIndex + 1))
    }
}

extension LinkName {
    /// The name of a pod's veth on the node: the prefix and the first eleven digits of the SHA-1 of `namespace.name`.
    ///
    /// Policy engines find the veth by this scheme, which is Calico's too (reference §3.3).
    ///
    /// - Parameter prefix: One to four bytes, `eni` by default in the configuration.
    /// - Returns: Nil when the prefix makes no valid link name.
    public static func hostVeth(prefix: String, namespace: String, name: String) -> LinkName? {
        guard (1...4).contains(prefix.utf8.count) else { return nil }
        return LinkName(prefix + hex(SHA1.digest("\(namespace).\(name)".utf8)).prefix(11))
    }

    /// The name of the veth of a sandbox that belongs to no pod: made the same way from the attachment.
    public static func hostVeth(prefix: String, attachment: String) -> LinkName? {
        guard (1...4).contains(prefix.utf8.count) else { return nil }
        return LinkName(prefix + hex(SHA1.digest(attachment.utf8)).prefix(11))
    }
}

extension MACAddress {
    /// An address of the locally administered range that is always the same for the same text.
    ///
    /// Links get their addresses at creation, since udev changes the ones that the kernel draws (reference §14, row 19).
    public static func derived(from text: String) -> MACAddress {
        MACAddress(locallyAdministered: SHA1.digest(text.utf8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
