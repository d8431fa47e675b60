import Addressing
import Logging
import NodePorts
import PodNetwork

// Where the node's primary ENI is in the kernel.
extension NodeNetwork {
    /// Finds the primary ENI's link by its MAC address.
    func uplink(
        of eni: ENIDescription, among links: [LinkState], in host: any KernelNamespace, vpcBlocks: [IPv4CIDR]
    ) throws -> NodeUplink {
        guard let link = links.first(where: { $0.mac == eni.mac && $0.name != .loopback })?.name else {
            throw KernelError("find the link of the primary ENI by its address \(eni.mac)", .noSuchDevice)
        }
        guard FirewallPlan.canName(link.rawValue) else {
            throw FirewallFailure("name the primary ENI's link \(link)", "nftables cannot write it; rename the link")
        }
        let address = try policy.hasIPv6Egress ? ipv6Address(of: link, in: host) : nil
        return NodeUplink(link: link, address: eni.primaryAddress, ipv6Address: address, vpcBlocks: vpcBlocks)
    }

    private func ipv6Address(of link: LinkName, in host: any KernelNamespace) throws(KernelError) -> IPv6Address? {
        let addresses = try host.addresses().compactMap { held -> IPv6Address? in
            guard held.device == link, case .v6(let address) = held.address, !address.isLinkLocal else { return nil }
            return address
        }
        if addresses.isEmpty {
            logger.warning("pods reach no IPv6: the primary ENI has no address of it", metadata: ["link": "\(link)"])
        }
        return addresses.min()
    }
}
