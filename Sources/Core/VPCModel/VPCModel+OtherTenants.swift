public import Addressing

/// What happens in the subnets besides the model's own nodes: load balancers, databases, instances of others.
extension VPCModel {
    /// Lets other tenants take `count` addresses by chance; all or none.
    ///
    /// - Throws: `InvalidSubnetID.NotFound`, `InsufficientFreeAddressesInSubnet`.
    public mutating func occupy(_ count: Int, in id: SubnetID) throws(VPCError) {
        guard var subnet = subnets[id] else { throw .noSuch(id) }
        guard let addresses = subnet.takeAddresses(max(0, count), using: &random) else { throw .noFreeAddresses }
        for address in addresses {
            subnet.release(address)
            subnet.occupy(address)
        }
        subnets[id] = subnet
    }

    /// Lets another tenant take this address.
    ///
    /// - Throws: `InvalidParameterValue` when the address is in no subnet or not free.
    public mutating func occupy(_ address: IPv4Address) throws(VPCError) {
        guard let subnet = subnets.values.first(where: { $0.block.contains(address) }), subnet.isFree(address) else {
            throw VPCError(.invalidParameterValue, "Address \(address) is in no subnet or is in use.")
        }
        subnets[subnet.id]?.occupy(address)
    }

    /// Lets other tenants give `count` of their addresses back, chosen by chance; all of them when they hold fewer.
    ///
    /// - Throws: `InvalidSubnetID.NotFound`.
    public mutating func vacate(_ count: Int, in id: SubnetID) throws(VPCError) {
        guard var subnet = subnets[id] else { throw .noSuch(id) }
        for _ in 0..<max(0, min(count, subnet.occupiedAddresses)) {
            subnet.vacate(subnet.anyOccupiedAddress(using: &random))
        }
        subnets[id] = subnet
    }
}
