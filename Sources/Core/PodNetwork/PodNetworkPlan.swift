public import Addressing

/// Everything the kernel must have for one pod with an IPv4 address, an IPv6 address or both.
///
/// The layout is the incumbent's (reference §3.3, §3.4), so that its tools, policy engines and a roll-back find what they
/// look for: a veth named after the pod, a gateway that exists only as a permanent neighbour, a link route on the node, and
/// two rules, the last four for each address.
public struct PodNetworkPlan: Hashable, Sendable {
    /// Objects of the node's namespace, the veth first.
    public let host: [KernelObject]
    /// Objects of the pod's namespace, in the order in which they can be made once the link is up.
    public let sandbox: [KernelObject]
    public let veth: VethPair

    /// The IPv4 gateway every pod sees; link-local, answered by no host (reference §3.4).
    public static let gateway = IPv4Address(169, 254, 1, 1)
    /// The IPv6 gateway every pod sees, `fe80::1` (reference §3.4).
    public static let gatewayIPv6 = IPv6Address(bits: 0xfe80 << 112 | 1)
    /// Traffic to a pod: main, where its link route is.
    public static let toPodPriority: UInt32 = 512
    /// Traffic from a pod on a secondary ENI: that ENI's table.
    public static let fromPodPriority: UInt32 = 1536
    /// In a pod with several interfaces: packets from the address of one behind the first leave by that one.
    public static let fromInterfacePriority: UInt32 = 1
    /// How many interfaces a pod may have; more than any instance type has network cards.
    public static let interfacesMax = 64

    /// - Parameters:
    ///   - addresses: One address, or one of each family; alone in its block, /32 or /128, on both sides.
    ///   - egress: An address of the ``EgressRange`` of the family that the pod has no address of, to reach that family's
    ///     hosts through the node; it needs no rule, since main is where the node's own route to those hosts is.
    ///   - table: The table of the pod's ENI; `main` for the primary ENI.
    ///   - veth: Its near end carries the pod's name, its peer the interface name of the CNI request.
    ///   - place: Which of the pod's interfaces it is, from 0; those behind the first have a gateway, a table and a rule of their
    ///     own in the pod (reference §3.4).
    /// - Precondition: there is an address, and no two are of one family.
    public init(addresses: [IPAddress], egress: IPAddress? = nil, table: RouteTable, veth: VethPair, place: Int = 0) {
        let all = addresses + (egress.map { [$0] } ?? [])
        precondition(
            !addresses.isEmpty && Set(all.map(\.family)).count == all.count,
            "a pod has one address of a family or one of each, not \(all)")
        self.veth = veth
        host =
            [.veth(veth)] + all.flatMap { Self.ways(to: $0, veth: veth) + ($0 == egress ? [] : Self.ruleObjects($0, table: table)) }
        sandbox = all.flatMap { Self.sandboxObjects($0, veth: veth, place: place) }
    }

    public init(address: IPv4Address, table: RouteTable, veth: VethPair) {
        self.init(addresses: [.v4(address)], table: table, veth: veth)
    }

    /// The rules of one of a pod's addresses; they are all that is left to remove when its link is gone.
    public static func rules(address: IPAddress, table: RouteTable) -> [Rule] {
        let (family, pod) = (address.family, address.hostCIDR)
        let toPod = Rule(priority: toPodPriority, family: family, to: pod, table: .main)
        guard table != .main else { return [toPod] }
        return [toPod, Rule(priority: fromPodPriority, family: family, from: pod, table: table)]
    }

    private static func ruleObjects(_ address: IPAddress, table: RouteTable) -> [KernelObject] {
        rules(address: address, table: table).map(KernelObject.rule)
    }

    /// How the node reaches one of the pod's addresses.
    static func ways(to address: IPAddress, veth: VethPair, table: RouteTable = .main) -> [KernelObject] {
        var objects: [KernelObject] = [.route(.direct(to: address.hostCIDR, device: veth.name, table: table))]
        if address.family == .v6 {
            // The node can ask for the pod's MAC address only when its end's own link-local address has been found to be
            // unique, which holds the pod's first packet back for one to two seconds. ARP waits for nothing.
            objects.append(.neighbour(Neighbour(device: veth.name, address: address, mac: veth.peerMAC)))
        }
        return objects
    }

    static func sandboxObjects(_ address: IPAddress, veth: VethPair, place: Int = 0) -> [KernelObject] {
        let (device, everything) = (veth.peerName, CIDR.everything(of: address.family))
        let gateway = gateway(of: address.family, place: place)
        let table = place == 0 ? RouteTable.main : RouteTable(number: UInt32(place))
        var objects: [KernelObject] = [
            .address(InterfaceAddress(device: device, address: address, prefixLength: address.hostCIDR.prefixLength)),
            .route(.direct(to: gateway.hostCIDR, device: device, table: table)),
            .route(Route(to: everything, via: gateway, device: device, table: table)),
            .neighbour(Neighbour(device: device, address: gateway, mac: veth.mac)),
        ]
        if place > 0 {
            objects.append(
                .rule(Rule(priority: fromInterfacePriority, family: address.family, from: address.hostCIDR, table: table)))
        }
        return objects
    }

    /// The gateway that a pod sees behind one of its interfaces: the first's and those that follow it.
    private static func gateway(of family: AddressFamily, place: Int) -> IPAddress {
        precondition((0..<interfacesMax).contains(place), "interface \(place) of a pod is not from 0 to \(interfacesMax - 1)")
        return switch family {
        case .v4: .v4(IPv4Address(bits: gateway.bits + UInt32(place)))
        case .v6: .v6(IPv6Address(bits: gatewayIPv6.bits + UInt128(place)))
        }
    }
}

extension PodNetworkPlan: CustomStringConvertible {
    /// One object a line, as `ip` would be told: the node's first, the pod's behind `in sandbox:`.
    public var description: String {
        (host.map { "\($0)" } + sandbox.map { "in sandbox: \($0)" }).joined(separator: "\n")
    }
}

extension Route {
    /// A route to what is on the link itself. IPv6 has no scopes: the kernel would list the route with none.
    static func direct(to destination: CIDR, device: LinkName, table: RouteTable = .main) -> Route {
        Route(to: destination, device: device, table: table, scope: destination.family == .v4 ? .link : .universe)
    }
}

extension CIDR {
    static func everything(of family: AddressFamily) -> CIDR {
        switch family {
        case .v4: .everyIPv4
        case .v6: .everyIPv6
        }
    }
}
