public import Addressing

/// ENIs that AWS's own services make in the subnets, with calls that are not the nodes': of an EKS control plane, trunks, branches.
extension VPCModel {
    /// Makes an ENI with a primary address and nothing else, attached to no instance of the model.
    ///
    /// - Throws: `InvalidSubnetID.NotFound`, `InsufficientFreeAddressesInSubnet`, `NetworkInterfaceLimitExceeded`.
    public mutating func createServiceENI(in subnet: SubnetID) throws(VPCError) -> ENI {
        try makeENI(in: subnet, securityGroups: [], content: .addresses(0), ipv6Prefixes: 0, origin: .launch)
    }

    /// Deletes an ENI that is on no instance.
    ///
    /// - Throws: `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` while it is on one.
    public mutating func deleteServiceENI(_ id: ENIID) throws(VPCError) {
        guard let eni = enis[id] else { throw .noSuch(id) }
        guard eni.attachment == nil else {
            throw VPCError(.invalidParameterValue, "Network interface '\(id)' is currently in use.")
        }
        remove(eni)
    }
}
