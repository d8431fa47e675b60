public import Addressing
import InstanceTypes
public import Timeline

extension VPCModel {
    /// Assigns `count` secondary addresses to an ENI, all or none (AssignPrivateIpAddresses).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` for a count below 1,
    ///   `PrivateIpAddressLimitExceeded`, `InsufficientFreeAddressesInSubnet`.
    public mutating func assignAddresses(_ count: Int, to id: ENIID, at now: Instant) throws(VPCError) -> [IPv4Address] {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try eniWithSlots(count, id, at: now)
        guard let addresses = subnets[eni.subnet]?.takeAddresses(count, using: &random) else { throw .noFreeAddresses }
        enis[id]?.secondaryAddresses += addresses
        return addresses
    }

    /// Assigns a chosen secondary address to an ENI (AssignPrivateIpAddresses with PrivateIpAddresses).
    ///
    /// An address that the ENI holds already is left as it is, so that the call can be repeated.
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` when the address is outside
    ///   the subnet, reserved or taken, `PrivateIpAddressLimitExceeded`.
    public mutating func assignAddress(_ address: IPv4Address, to id: ENIID, at now: Instant) throws(VPCError) {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try settledENI(id, at: now)
        guard !eni.secondaryAddresses.contains(address) else { return }
        guard let subnet = subnets[eni.subnet], subnet.block.contains(address) else {
            throw VPCError(.invalidParameterValue, "Address \(address) does not fall within the subnet's address range")
        }
        guard !subnet.reservedAddresses.contains(address) else {
            throw VPCError(.invalidParameterValue, "Address \(address) is in subnet's reserved range.")
        }
        guard eni.slotsUsed < slotLimit(of: eni) else { throw .tooManyAddresses }
        // Of this call only: a new ENI with a taken address is refused with InvalidIPAddress.InUse.
        guard subnet.isFree(address) else {
            throw VPCError(.invalidParameterValue, "[\(address)] assigned, but move is not allowed.")
        }
        subnets[eni.subnet]?.take(address)
        enis[id]?.secondaryAddresses.append(address)
    }

    /// Assigns `count` /28 prefixes to an ENI, all or none (AssignPrivateIpAddresses with Ipv4PrefixCount).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` for a count below 1,
    ///   `UnsupportedOperation` on a type without prefixes, `PrivateIpAddressLimitExceeded`, `InsufficientCidrBlocks`.
    public mutating func assignPrefixes(_ count: Int, to id: ENIID, at now: Instant) throws(VPCError) -> [IPv4CIDR] {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try eniWithSlots(count, id, at: now)
        if let type = instance(of: eni)?.type, !type.supportsPrefixDelegation { throw .noPrefixes(on: type.name) }
        guard let prefixes = subnets[eni.subnet]?.takeBlocks(count, using: &random) else { throw .noFreeBlocks }
        enis[id]?.prefixes += prefixes
        return prefixes
    }

    /// Takes secondary addresses and prefixes from an ENI in one call, all or none (UnassignPrivateIpAddresses).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `MissingParameter` when both lists are empty,
    ///   `InvalidParameterValue` when the ENI does not hold one of them or it is the primary address.
    public mutating func unassign(
        addresses: [IPv4Address] = [], prefixes: [IPv4CIDR] = [], from id: ENIID, at now: Instant
    ) throws(VPCError) {
        try admit(.unassignPrivateIPAddresses, at: now)
        let eni = try settledENI(id, at: now)
        guard !addresses.isEmpty || !prefixes.isEmpty else {
            throw VPCError(.missingParameter, "Either 'ipv4Prefixes' or 'privateIpAddress' should be provided.")
        }
        guard !addresses.contains(eni.primaryAddress) else {
            throw VPCError(.invalidParameterValue, "The primary IP address \(eni.primaryAddress) of \(id) cannot be unassigned")
        }
        let (addresses, prefixes) = (Set(addresses), Set(prefixes))
        guard addresses.isSubset(of: eni.secondaryAddresses), prefixes.isSubset(of: eni.prefixes) else {
            let strange =
                addresses.subtracting(eni.secondaryAddresses).sorted().map(\.description)
                + prefixes.subtracting(eni.prefixes).sorted().map(\.description)
            throw VPCError(.invalidParameterValue, "Some of [\(strange.joined(separator: ", "))] are not assigned to interface \(id)")
        }
        enis[id]?.secondaryAddresses.removeAll(where: addresses.contains)
        enis[id]?.prefixes.removeAll(where: prefixes.contains)
        subnets[eni.subnet]?.release(addresses, prefixes)
    }

    private mutating func eniWithSlots(_ count: Int, _ id: ENIID, at now: Instant) throws(VPCError) -> ENI {
        let eni = try settledENI(id, at: now)
        guard count >= 1 else { throw VPCError(.invalidParameterValue, "Value (\(count)) for a count of addresses is invalid") }
        guard count <= slotLimit(of: eni) - eni.slotsUsed else { throw .tooManyAddresses }
        return eni
    }

    func slotLimit(of eni: ENI) -> Int {
        instance(of: eni)?.type.ipv4PerENI ?? Self.slotsMax
    }

    func instance(of eni: ENI) -> Instance? {
        eni.attachment.flatMap { instances[$0.instance] }
    }
}
