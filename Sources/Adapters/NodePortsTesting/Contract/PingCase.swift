public import Addressing
public import NodePorts
import PodNetwork

/// One way to wire a node with two pods, and whether a ping then comes back: asked of the real kernel and of
/// ``InMemoryKernel/ping(from:to:source:)``.
public struct PingCase: Sendable, CustomStringConvertible {
    /// Where the echo request starts.
    public enum Origin: Sendable {
        case host, firstPod
    }

    /// A namespace to be wired, with a descriptor of it.
    public struct Place {
        let namespace: any KernelNamespace
        let netns: Int32

        public init(_ namespace: any KernelNamespace, netns: Int32) {
            self.namespace = namespace
            self.netns = netns
        }
    }

    /// What is special about the wiring, a sentence.
    public let description: String
    public let origin: Origin
    public let target: IPAddress
    public let isAnswered: Bool
    private let change: @Sendable (PingWiring) throws -> Void

    init(
        _ description: String, from origin: Origin = .firstPod, to target: IPAddress = PingWiring.secondAddress,
        isAnswered: Bool, change: @escaping @Sendable (PingWiring) throws -> Void = { _ in }
    ) {
        self.description = description
        self.origin = origin
        self.target = target
        self.isAnswered = isAnswered
        self.change = change
    }

    /// Wires three fresh namespaces.
    ///
    /// - Throws: ``KernelError`` when a change is refused that must not be.
    public func wire(host: Place, firstPod: Place, secondPod: Place) throws {
        let wiring = PingWiring(host: host, firstPod: firstPod, secondPod: secondPod)
        try wiring.wireNode()
        try change(wiring)
    }
}

/// Two pods on one node, laid out as the node lays them out.
struct PingWiring {
    static let firstAddress = Fixture.address("10.0.32.17")
    static let secondAddress = Fixture.address("10.0.32.18")
    static let hostAddress = Fixture.address("10.0.32.4")
    static let firstIPv6 = Fixture.address("fd00::17")
    static let secondIPv6 = Fixture.address("fd00::18")
    static let gatewayIPv6 = Fixture.address("fe80::1")

    let host: PingCase.Place
    let firstPod: PingCase.Place
    let secondPod: PingCase.Place
    let firstVeth = Fixture.veth
    let secondVeth = Fixture.otherVeth

    func wireNode() throws {
        for place in [host, firstPod, secondPod] {
            for link in ["all", "default"] { try set("ipv4/conf/\(link)/rp_filter", "0", in: place) }
        }
        try set("ipv4/ip_forward", "1", in: host)
        try perform(.setLink(.loopback, LinkSettings(isUp: true)), in: host)
        try perform(.create(Self.address(Self.hostAddress, on: .loopback)), in: host)
        try connect(Self.firstAddress, firstVeth, to: firstPod)
        try connect(Self.secondAddress, secondVeth, to: secondPod)
    }

    private func connect(_ address: IPAddress, _ veth: VethPair, to pod: PingCase.Place) throws {
        try host.namespace.ensure(
            [.veth(veth), .route(Route(to: address.hostCIDR, device: veth.name, scope: .link))], sandboxNetns: pod.netns)
        try perform(.setLink(veth.peerName, LinkSettings(isUp: true)), in: pod)
        try pod.namespace.ensure(Self.podObjects(address, gateway: Fixture.gateway, veth), sandboxNetns: nil)
    }

    private static func podObjects(_ address: IPAddress, gateway: IPAddress, _ veth: VethPair) -> [KernelObject] {
        let everything: CIDR = address.family == .v4 ? .everyIPv4 : .everyIPv6
        return [
            Self.address(address, on: veth.peerName),
            .route(Route(to: gateway.hostCIDR, device: veth.peerName, scope: .link)),
            .route(Route(to: everything, via: gateway, device: veth.peerName)),
            .neighbour(Neighbour(device: veth.peerName, address: gateway, mac: veth.mac)),
        ]
    }

    /// Gives both pods an IPv6 address besides.
    func wireIPv6() throws {
        try set("ipv6/conf/all/forwarding", "1", in: host)
        for (address, veth, pod) in [(Self.firstIPv6, firstVeth, firstPod), (Self.secondIPv6, secondVeth, secondPod)] {
            try host.namespace.ensure([.route(Route(to: address.hostCIDR, device: veth.name, scope: .link))])
            try pod.namespace.ensure(Self.podObjects(address, gateway: Self.gatewayIPv6, veth))
        }
    }

    /// Gives the first pod a second link to the host, by which the host answers it.
    func wireDetour() throws {
        var veth = secondVeth
        veth.name = LinkName(literal: "enidetour")
        try perform(.create(.veth(veth)), in: host, sandbox: firstPod)
        try perform(.setLink(veth.peerName, LinkSettings(isUp: true)), in: firstPod)
        try perform(.replace(.route(Route(to: Self.firstAddress.hostCIDR, device: veth.name, scope: .link))), in: host)
        let neighbour = Neighbour(device: veth.name, address: Self.firstAddress, mac: veth.peerMAC)
        try perform(.create(.neighbour(neighbour)), in: host)
    }

    static func address(_ address: IPAddress, on device: LinkName) -> KernelObject {
        .address(InterfaceAddress(device: device, address: address, prefixLength: address.family == .v4 ? 32 : 128))
    }

    func set(_ path: String, _ value: String, in place: PingCase.Place) throws {
        try perform(.setSysctl(path, value), in: place)
    }

    /// - Throws: ``KernelError`` when the kernel refuses the change.
    func perform(_ change: KernelChange, in place: PingCase.Place, sandbox: PingCase.Place? = nil) throws {
        let outcome = try place.namespace.perform([change], sandboxNetns: sandbox?.netns).first
        if let errno = outcome ?? nil { throw KernelError("\(change)", errno) }
    }
}
