import Addressing
import NodePorts
import PodNetwork

/// An ENI of a node, and its port in the VPC.
struct WiredENI: Sendable, Equatable {
    /// The place of its node: 0 or 1.
    let node: Int
    let deviceIndex: Int
    let ipv4: IPv4Address
    let ipv6: IPv6Address

    static let firstPrimary = WiredENI(node: 0, deviceIndex: 0, host: 0x0a)
    static let firstSecondary = WiredENI(node: 0, deviceIndex: 1, host: 0x0b)
    static let secondPrimary = WiredENI(node: 1, deviceIndex: 0, host: 0x0c)
    static let all = [firstPrimary, firstSecondary, secondPrimary]

    static let subnet = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20)
    static let ipv6Subnet = IPv6CIDR(containing: IPv6Address(bits: 0x2600_1f13_0a2b_4c01 << 64), prefixLength: 64)

    private init(node: Int, deviceIndex: Int, host: Int) {
        self.node = node
        self.deviceIndex = deviceIndex
        ipv4 = Self.subnet[host]
        ipv6 = Self.ipv6Subnet[UInt128(host)]
    }

    var addresses: [IPAddress] { [.v4(ipv4), .v6(ipv6)] }

    /// The cable to the VPC: the near end in the VPC, the peer on the node.
    var cable: VethPair {
        VethPair(
            name: [LinkName(literal: "portA0"), LinkName(literal: "portA1"), LinkName(literal: "portB0")][2 * node + deviceIndex],
            mac: .derived(from: "port \(ipv4)"),
            peerName: [LinkName(literal: "eth0"), LinkName(literal: "eth1")][deviceIndex],
            peerMAC: .derived(from: "eni \(ipv4)"), mtuBytes: 9001)
    }
}

/// A pod on one of the ENIs.
struct PlannedPod: Sendable {
    static let firstIPv4 = IPAddress.v4(WiredENI.subnet[0x17])
    static let secondIPv4 = IPAddress.v4(WiredENI.subnet[0x18])
    static let firstIPv6 = IPAddress.v6(WiredENI.ipv6Subnet[0x80ff << 48 | 0x17])
    static let secondIPv6 = IPAddress.v6(WiredENI.ipv6Subnet[0x80ff << 48 | 0x18])

    let eni: WiredENI
    let addresses: [IPAddress]
    let plan: PodNetworkPlan

    /// The first pod's address for the other family, where it has one.
    static func egress(to family: AddressFamily) -> IPAddress {
        var range = EgressRange(family)
        guard let address = range.take() else { preconditionFailure("an empty range gave no address") }
        return address
    }

    static func first(_ families: Set<AddressFamily>, egress: AddressFamily? = nil, on eni: WiredENI) -> PlannedPod {
        let egress = egress.map { Self.egress(to: $0) }
        return PlannedPod(eni, [firstIPv4, firstIPv6].filter { families.contains($0.family) }, egress: egress, Fixture.veth)
    }

    static func second(_ families: Set<AddressFamily>, on eni: WiredENI) -> PlannedPod {
        PlannedPod(eni, [secondIPv4, secondIPv6].filter { families.contains($0.family) }, Fixture.otherVeth)
    }

    private init(_ eni: WiredENI, _ addresses: [IPAddress], egress: IPAddress? = nil, _ veth: VethPair) {
        self.eni = eni
        self.addresses = addresses
        plan = PodNetworkPlan(addresses: addresses, egress: egress, table: .ofENI(deviceIndex: eni.deviceIndex), veth: veth)
    }
}

/// A VPC of two nodes, the first with a secondary ENI, and two pods on them.
///
/// The VPC is a router that delivers to the ENI that has an address, and lets in from an ENI only what comes from one of its
/// addresses, as EC2's source check does; so a node that chooses the wrong ENI loses the packet.
struct PodPingWiring {
    let places: PodPingCase.Places
    let pods: [PlannedPod]

    func wireNodes() throws {
        for place in [places.vpc] + places.nodes {
            for link in ["all", "default"] { try perform(.setSysctl("ipv4/conf/\(link)/rp_filter", "0"), in: place) }
            try perform(.setSysctl("ipv4/ip_forward", "1"), in: place)
            try perform(.setSysctl("ipv6/conf/all/forwarding", "1"), in: place)
            try perform(.setLink(.loopback, LinkSettings(isUp: true)), in: place)
        }
        try perform(.create(address(.v4(WiredENI.subnet[1]), on: .loopback)), in: places.vpc)
        for family in AddressFamily.allCases {
            let everyone = Rule(priority: 32766, family: family, table: .main, origin: .kernel)
            try perform(.delete(.rule(everyone)), in: places.vpc)
        }
        for eni in WiredENI.all { try plug(eni) }
    }

    func wirePods() throws {
        for (pod, place) in zip(pods, places.pods) {
            try places.nodes[pod.eni.node].namespace.ensure(pod.plan.host, sandboxNetns: place.netns)
            try perform(.setLink(pod.plan.veth.peerName, LinkSettings(isUp: true)), in: place)
            try place.namespace.ensure(pod.plan.sandbox)
        }
    }

    private func plug(_ eni: WiredENI) throws {
        let (cable, node) = (eni.cable, places.nodes[eni.node])
        try perform(.create(.veth(cable)), in: places.vpc, sandbox: node)
        try perform(.setLink(cable.peerName, LinkSettings(isUp: true)), in: node)
        try perform(.create(address(.v6(ENINetworkPlan.gatewayIPv6), on: cable.name)), in: places.vpc)
        for owned in eni.addresses + pods.filter({ $0.eni == eni }).flatMap(\.addresses) {
            try places.vpc.namespace.ensure([
                .route(Route(to: owned.hostCIDR, device: cable.name, scope: owned.family == .v4 ? .link : .universe)),
                .neighbour(Neighbour(device: cable.name, address: owned, mac: cable.peerMAC)),
                .rule(
                    Rule(priority: 100, family: owned.family, from: owned.hostCIDR, inputDevice: cable.name, table: .main)),
            ])
        }
        try node.namespace.ensure(eni.deviceIndex == 0 ? bootObjects(eni) : secondaryObjects(eni))
    }

    /// What the operating system gives the primary ENI.
    private func bootObjects(_ eni: WiredENI) -> [KernelObject] {
        let (device, gateway) = (eni.cable.peerName, IPAddress.v4(WiredENI.subnet[1]))
        return eni.addresses.map { address($0, on: device) } + [
            .route(Route(to: gateway.hostCIDR, device: device, scope: .link, origin: .boot)),
            .route(Route(to: .everyIPv4, via: gateway, device: device, origin: .boot)),
            .route(Route(to: .everyIPv6, via: .v6(ENINetworkPlan.gatewayIPv6), device: device, origin: .boot)),
        ]
    }

    private func secondaryObjects(_ eni: WiredENI) -> [KernelObject] {
        ENINetworkPlan(
            device: eni.cable.peerName, deviceIndex: eni.deviceIndex, primaryAddress: eni.ipv4, subnet: WiredENI.subnet,
            ipv6Subnet: WiredENI.ipv6Subnet, ipv6Address: eni.ipv6, mtuBytes: 9001
        ).objects
    }

    private func address(_ address: IPAddress, on device: LinkName) -> KernelObject {
        .address(InterfaceAddress(device: device, address: address, prefixLength: address.hostCIDR.prefixLength))
    }

    /// - Throws: ``KernelError`` when the kernel refuses the change.
    func perform(_ change: KernelChange, in place: PingCase.Place, sandbox: PingCase.Place? = nil) throws {
        let outcome = try place.namespace.perform([change], sandboxNetns: sandbox?.netns).first
        if let errno = outcome ?? nil { throw KernelError("\(change)", errno) }
    }
}
