public import Addressing
public import NodePorts
public import PodNetwork

/// The part of EC2 that a node can touch: its ENIs as real links, and behind them a fabric that behaves like a VPC.
///
/// The fabric is one network namespace for all nodes. Every ENI is a veth between it and a node's namespace. It routes by
/// the owner of an address, answers for the gateway of each subnet, and drops a packet whose source is not assigned to
/// the ENI it leaves by, as EC2 does with its source check. So a mistake in a node's routing shows as a lost ping.
public final class SimulatedHost: Sendable {
    private let node: any Kernel
    private let fabric: any Kernel
    /// A descriptor of the node's namespace, in which the ENIs' links appear.
    private let nodeNetns: Int32

    /// Largest packet in a VPC, in bytes (EC2 User Guide, "Network MTU").
    private static let mtuBytes = 9001
    /// Routes of the fabric, told apart from the kernel's own.
    private static let origin = Origin.administrator

    public init(node: any Kernel, nodeNetns: Int32, fabric: any Kernel) {
        self.node = node
        self.nodeNetns = nodeNetns
        self.fabric = fabric
    }

    /// Makes the fabric route, check sources and answer for the gateways; may be done again for more subnets.
    public func prepareFabric(subnets: [IPv4CIDR]) throws(KernelError) {
        let namespace = try fabric.openHost()
        try Self.require(
            [
                .setLink(.loopback, LinkSettings(isUp: true)),
                .setSysctl("ipv4/ip_forward", "1"),
                .setSysctl("ipv4/conf/all/rp_filter", "1"),
                .setSysctl("ipv4/conf/all/proxy_arp", "1"),
            ], in: namespace)
        try namespace.ensure(
            subnets.map { .address(InterfaceAddress(device: .loopback, address: .v4($0[1]), prefixLength: 32)) })
    }

    /// Does for the primary ENI what an operating system does at boot: address, connected route, default route.
    public func boot(_ primary: ENIDescription) throws(KernelError) {
        try plug(primary)
        let namespace = try node.openHost()
        let device = Self.nodeLink(deviceIndex: 0)
        try Self.require(
            [
                .setLink(.loopback, LinkSettings(isUp: true)),
                .setLink(device, LinkSettings(isUp: true)),
                .setSysctl("ipv4/ip_forward", "1"),
                .setSysctl("ipv4/conf/all/rp_filter", "2"),
            ], in: namespace)
        try namespace.ensure([
            .address(
                InterfaceAddress(device: device, address: .v4(primary.primaryAddress), prefixLength: primary.subnetBlock.prefixLength)),
            .route(Route(to: .everyIPv4, via: .v4(primary.subnetBlock[1]), device: device, origin: .boot)),
        ])
    }

    /// Makes the link of an attached ENI appear on the node, and its addresses known to the fabric; may be done twice.
    public func plug(_ eni: ENIDescription) throws(KernelError) {
        guard let attachment = eni.attachment, let near = Self.fabricLink(eni.id) else {
            throw KernelError("plug \(eni.id), which is not attached", .invalidArgument)
        }
        let namespace = try fabric.openHost()
        if try namespace.link(named: near) == nil {
            let veth = VethPair(
                name: near, mac: .derived(from: "fabric \(eni.id)"), peerName: Self.nodeLink(deviceIndex: attachment.deviceIndex),
                peerMAC: eni.mac, mtuBytes: Self.mtuBytes)
            let outcomes = try namespace.perform([.create(.veth(veth))], sandboxNetns: nodeNetns)
            if let errno = outcomes.first.flatMap({ $0 }) { throw KernelError("plug \(eni.id)", errno) }
            // Answers for other ENIs' addresses would otherwise be delayed by up to 0.8 s at random (arp(7), proxy_delay).
            try Self.require([.setSysctl("ipv4/neigh/\(near)/proxy_delay", "0")], in: namespace)
        }
        try update(eni)
    }

    /// Tells the fabric which addresses the ENI owns: those and no others may be sent from it and are delivered to it.
    public func update(_ eni: ENIDescription) throws(KernelError) {
        guard let near = Self.fabricLink(eni.id) else { return }
        let namespace = try fabric.openHost()
        guard try namespace.link(named: near) != nil else { return }
        let wanted = Set(Self.routes(to: eni, through: near))
        let present = Set(try namespace.routes().filter { $0.device == near && $0.origin == Self.origin })
        let faults = try namespace.remove(present.subtracting(wanted).map(KernelObject.route))
        if let fault = faults.first { throw fault }
        try namespace.ensure(wanted.subtracting(present).map(KernelObject.route))
    }

    /// The primary address is on the link. A packet to any other is sent there, as EC2 sends it to the ENI without asking
    /// the node for a link address.
    private static func routes(to eni: ENIDescription, through near: LinkName) -> [Route] {
        let primary = IPAddress.v4(eni.primaryAddress)
        let blocks = eni.secondaryAddresses.map(IPv4CIDR.init(host:)) + eni.prefixes
        return [Route(to: primary.hostCIDR, device: near, scope: .link, origin: origin)]
            + blocks.map { Route(to: .v4($0), via: primary, device: near, isOnLink: true, origin: origin) }
    }

    /// Takes the link of a detached ENI away.
    public func unplug(_ eni: ENIID) throws(KernelError) {
        let namespace = try fabric.openHost()
        guard let near = Self.fabricLink(eni), let link = try namespace.link(named: near) else { return }
        // A veth is removed by the name of either end; its other attributes are not looked at.
        let veth = VethPair(name: near, mac: link.mac, peerName: near, peerMAC: link.mac, mtuBytes: link.mtuBytes)
        if let fault = try namespace.remove([.veth(veth)]).first { throw fault }
    }

    /// The name under which an ENI appears on the node.
    public static func nodeLink(deviceIndex: Int) -> LinkName {
        guard let name = LinkName("eth\(deviceIndex)") else { preconditionFailure("device index \(deviceIndex) is too large") }
        return name
    }

    /// The fabric's end of an ENI: `f` and the last digits of its identifier.
    private static func fabricLink(_ eni: ENIID) -> LinkName? {
        LinkName("f" + eni.rawValue.suffix(LinkName.bytesMax - 1))
    }

    private static func require(_ changes: [KernelChange], in namespace: any KernelNamespace) throws(KernelError) {
        for (change, outcome) in zip(changes, try namespace.perform(changes, sandboxNetns: nil)) {
            if let errno = outcome { throw KernelError("\(change)", errno) }
        }
    }
}
