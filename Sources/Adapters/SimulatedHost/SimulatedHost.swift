public import Addressing
public import NodePorts
public import PodNetwork

/// The part of EC2 that a node can touch: its ENIs as real links, and behind them a fabric that behaves like a VPC.
///
/// The fabric is one network namespace for all nodes. Every ENI is a veth between it and a node's namespace. It routes by
/// the owner of an address, answers for the gateways of each subnet, and drops a packet whose source is not assigned to
/// the ENI it leaves by, as EC2 does with its source check. So a mistake in a node's routing shows as a lost ping.
public final class SimulatedHost: Sendable {
    private let node: any Kernel
    private let fabric: any Kernel
    /// A descriptor of the node's namespace, in which the ENIs' links appear.
    private let nodeNetns: Int32

    /// Largest packet in a VPC, in bytes (EC2 User Guide, "Network MTU").
    private static let mtuBytes = 9001

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

    /// Makes the fabric route IPv6 as well; may be done again.
    ///
    /// The kernel has no filter of sources for IPv6. Rules take its place: what comes in by an ENI is routed when it comes
    /// from one of that ENI's blocks, and the rule that routes everything is gone.
    public func prepareFabricForIPv6() throws(KernelError) {
        let namespace = try fabric.openHost()
        try Self.require([.setSysctl("ipv6/conf/all/forwarding", "1")], in: namespace)
        try namespace.ensure([
            .rule(Rule(priority: 200, family: .v6, inputDevice: .loopback, table: .main, origin: ENIPort.origin))
        ])
        let everything = Rule(priority: 32766, family: .v6, table: .main, origin: .kernel)
        if let fault = try namespace.remove([.rule(everything)]).first { throw fault }
    }

    /// Does for the primary ENI what an operating system does at boot: addresses, connected route, default routes.
    public func boot(_ primary: ENIDescription) throws(KernelError) {
        try plug(primary)
        let device = try Self.nodeLink(of: primary)
        let namespace = try node.openHost()
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
        guard let address = ENIPort.bootAddress(of: primary) else { return }
        try Self.require([.setSysctl("ipv6/conf/all/forwarding", "1")], in: namespace)
        try namespace.ensure([
            .address(InterfaceAddress(device: device, address: .v6(address), prefixLength: 128)),
            .route(Route(to: .everyIPv6, via: .v6(ENINetworkPlan.gatewayIPv6), device: device, origin: .boot)),
        ])
    }

    /// Makes the link of an attached ENI appear on the node, and its addresses known to the fabric; may be done twice.
    public func plug(_ eni: ENIDescription) throws(KernelError) {
        let device = try Self.nodeLink(of: eni)
        guard let port = ENIPort(eni.id) else { throw KernelError("plug \(eni.id)", .invalidArgument) }
        let namespace = try fabric.openHost()
        if try namespace.link(named: port.link) == nil {
            let veth = VethPair(name: port.link, mac: port.mac, peerName: device, peerMAC: eni.mac, mtuBytes: Self.mtuBytes)
            let outcomes = try namespace.perform([.create(.veth(veth))], sandboxNetns: nodeNetns)
            if let errno = outcomes.first.flatMap({ $0 }) { throw KernelError("plug \(eni.id)", errno) }
            // Answers for other ENIs' addresses would otherwise be delayed by up to 0.8 s at random (arp(7), proxy_delay).
            try Self.require([.setSysctl("ipv4/neigh/\(port.link)/proxy_delay", "0")], in: namespace)
        }
        if eni.subnetIPv6Block != nil {
            let gateway = IPAddress.v6(ENINetworkPlan.gatewayIPv6)
            try namespace.ensure([.address(InterfaceAddress(device: port.link, address: gateway, prefixLength: 128))])
            // The node can ask for the gateway only when its link's own address has been found to be unique, one to two seconds
            // after the link is up. An ENI of EC2 has long been up when its first pod comes.
            try node.openHost().ensure([.neighbour(Neighbour(device: device, address: gateway, mac: port.mac))])
        }
        try update(eni)
    }

    /// Tells the fabric which addresses the ENI owns: those and no others may be sent from it and are delivered to it.
    public func update(_ eni: ENIDescription) throws(KernelError) {
        guard let port = ENIPort(eni.id) else { return }
        let namespace = try fabric.openHost()
        guard try namespace.link(named: port.link) != nil else { return }
        let (wanted, present) = (Set(port.objects(of: eni)), try port.present(in: namespace))
        let faults = try namespace.remove(Array(present.subtracting(wanted)))
        if let fault = faults.first { throw fault }
        try namespace.ensure(Array(wanted.subtracting(present)))
    }

    /// Takes the link of a detached ENI away.
    public func unplug(_ eni: ENIID) throws(KernelError) {
        guard let port = ENIPort(eni) else { return }
        let namespace = try fabric.openHost()
        // Routes and neighbours go with the link; rules stay.
        var objects = try port.rules(in: namespace)
        if let link = try namespace.link(named: port.link) {
            // A veth is removed by the name of either end; its other attributes are not looked at.
            objects.append(
                .veth(VethPair(name: port.link, mac: link.mac, peerName: port.link, peerMAC: link.mac, mtuBytes: link.mtuBytes)))
        }
        if let fault = try namespace.remove(objects).first { throw fault }
    }

    /// The name under which an ENI appears on the node: as Amazon's images have it on the first network card, and one that says
    /// the card on others.
    public static func nodeLink(card: Int = 0, deviceIndex: Int) -> LinkName {
        guard let name = LinkName(card == 0 ? "eth\(deviceIndex)" : "card\(card)eth\(deviceIndex)") else {
            preconditionFailure("device index \(deviceIndex) of network card \(card) is too large")
        }
        return name
    }

    private static func nodeLink(of eni: ENIDescription) throws(KernelError) -> LinkName {
        guard let place = eni.attachment else { throw KernelError("plug \(eni.id), which is not attached", .invalidArgument) }
        return nodeLink(card: place.card, deviceIndex: place.deviceIndex)
    }

    private static func require(_ changes: [KernelChange], in namespace: any KernelNamespace) throws(KernelError) {
        for (change, outcome) in zip(changes, try namespace.perform(changes, sandboxNetns: nil)) {
            if let errno = outcome { throw KernelError("\(change)", errno) }
        }
    }
}
