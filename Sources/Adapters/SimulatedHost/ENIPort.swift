import Addressing
import NodePorts
import PodNetwork

/// The fabric's end of an ENI: its link, and what the fabric knows of the ENI's addresses.
struct ENIPort {
    /// `f` and the last digits of the ENI's identifier.
    let link: LinkName
    let mac: MACAddress

    /// Routes and rules of the fabric, told apart from the kernel's own.
    static let origin = Origin.administrator

    init?(_ eni: ENIID) {
        guard let link = LinkName("f" + eni.rawValue.suffix(LinkName.bytesMax - 1)) else { return nil }
        self.link = link
        mac = .derived(from: "fabric \(eni)")
    }

    /// Everything by which the fabric delivers to the ENI and lets in from it.
    func objects(of eni: ENIDescription) -> [KernelObject] {
        ipv4Routes(to: eni).map(KernelObject.route) + ipv6Objects(of: eni)
    }

    /// The primary address is on the link. A packet to any other is sent there, as EC2 sends it to the ENI without asking
    /// the node for a link address.
    private func ipv4Routes(to eni: ENIDescription) -> [Route] {
        let primary = IPAddress.v4(eni.primaryAddress)
        let blocks = eni.secondaryAddresses.map(IPv4CIDR.init(host:)) + eni.prefixes
        return [Route(to: primary.hostCIDR, device: link, scope: .link, origin: Self.origin)]
            + blocks.map { Route(to: .v4($0), via: primary, device: link, isOnLink: true, origin: Self.origin) }
    }

    /// Packets go to the link's own address, of which the fabric knows the MAC address: an ENI may have prefixes alone.
    private func ipv6Objects(of eni: ENIDescription) -> [KernelObject] {
        let blocks = eni.ipv6Prefixes.map(CIDR.v6) + [Self.bootAddress(of: eni)].compactMap { $0.map { IPAddress.v6($0).hostCIDR } }
        guard !blocks.isEmpty else { return [] }
        let near = IPAddress.v6(IPv6Address(linkLocalOf: eni.mac))
        return [.neighbour(Neighbour(device: link, address: near, mac: eni.mac))]
            + blocks.flatMap { block -> [KernelObject] in
                [
                    .route(Route(to: block, via: near, device: link, origin: Self.origin)),
                    .rule(Rule(priority: 100, family: .v6, from: block, inputDevice: link, table: .main, origin: Self.origin)),
                ]
            }
    }

    /// The IPv6 address that the operating system has on the primary ENI; nil for other ENIs and without IPv6.
    ///
    /// The model of the VPC gives ENIs prefixes alone. This one is in the first /80 of the subnet, which is never delegated, and
    /// as distinct as the ENI's IPv4 address.
    static func bootAddress(of eni: ENIDescription) -> IPv6Address? {
        guard let place = eni.attachment, place.card == 0, place.deviceIndex == 0 else { return nil }
        return eni.subnetIPv6Block?[UInt128(eni.primaryAddress.bits)]
    }

    /// What of the kind is there.
    func present(in fabric: any KernelNamespace) throws(KernelError) -> Set<KernelObject> {
        let routes = try fabric.routes().filter { $0.device == link && $0.origin == Self.origin }
        let neighbours = try fabric.neighbours().filter { $0.device == link }
        return Set(routes.map(KernelObject.route) + neighbours.map(KernelObject.neighbour)).union(try rules(in: fabric))
    }

    func rules(in fabric: any KernelNamespace) throws(KernelError) -> [KernelObject] {
        try fabric.rules().filter { $0.inputDevice == link }.map(KernelObject.rule)
    }
}

extension IPv6Address {
    /// The address a link gives itself (RFC 4291, appendix A).
    fileprivate init(linkLocalOf mac: MACAddress) {
        let bits = UInt128(mac.bits)
        let identifier = (bits >> 24) << 40 | 0xfffe << 24 | bits & 0xff_ffff
        self.init(bits: 0xfe80 << 112 | (identifier ^ 0x0200 << 48))
    }
}
