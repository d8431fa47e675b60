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
        _ = try assignAddresses([address], to: id, at: now)
    }

    /// Assigns several chosen secondary addresses to an ENI, all or none, in the manner of ``assignAddress(_:to:at:)``.
    ///
    /// - Returns: Those that the ENI did not hold before, in the order given.
    public mutating func assignAddresses(_ addresses: [IPv4Address], to id: ENIID, at now: Instant) throws(VPCError) -> [IPv4Address] {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try settledENI(id, at: now)
        let missing = addresses.uniqued().filter { !eni.secondaryAddresses.contains($0) }
        for address in missing { try checkChoice(of: address, for: eni, among: missing.count) }
        for address in missing { subnets[eni.subnet]?.take(address) }
        enis[id]?.secondaryAddresses += missing
        return missing
    }

    private func checkChoice(of address: IPv4Address, for eni: ENI, among count: Int) throws(VPCError) {
        guard let subnet = subnets[eni.subnet], subnet.block.contains(address) else {
            throw VPCError(.invalidParameterValue, "Address \(address) does not fall within the subnet's address range")
        }
        guard !subnet.reservedAddresses.contains(address) else {
            throw VPCError(.invalidParameterValue, "Address \(address) is in subnet's reserved range.")
        }
        guard count <= slotLimit(of: eni) - eni.slotsUsed else { throw .tooManyAddresses }
        // Of this call only: a new ENI with a taken address is refused with InvalidIPAddress.InUse.
        guard subnet.isFree(address) else {
            throw VPCError(.invalidParameterValue, "[\(address)] assigned, but move is not allowed.")
        }
    }

    /// Assigns `count` /28 prefixes to an ENI, all or none (AssignPrivateIpAddresses with Ipv4PrefixCount).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` for a count below 1,
    ///   `UnsupportedOperation` on a type without prefixes, `PrivateIpAddressLimitExceeded`, `InsufficientCidrBlocks`.
    public mutating func assignPrefixes(_ count: Int, to id: ENIID, at now: Instant) throws(VPCError) -> [IPv4CIDR] {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try eniWithSlots(count, id, at: now)
        try checkPrefixDelegation(on: eni)
        guard let prefixes = subnets[eni.subnet]?.takeBlocks(count, using: &random) else { throw .noFreeBlocks }
        enis[id]?.prefixes += prefixes
        return prefixes
    }

    /// Assigns chosen /28 prefixes to an ENI, all or none (AssignPrivateIpAddresses with Ipv4Prefixes).
    ///
    /// Prefixes that the ENI holds already are left as they are, so that the call can be repeated.
    ///
    /// - Returns: Those that the ENI did not hold before, in the order given.
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `UnsupportedOperation` on a type without prefixes,
    ///   `PrivateIpAddressLimitExceeded`, `InvalidParameterValue` for what is no free /28 of the subnet.
    public mutating func assignPrefixes(_ prefixes: [IPv4CIDR], to id: ENIID, at now: Instant) throws(VPCError) -> [IPv4CIDR] {
        try admit(.assignPrivateIPAddresses, at: now)
        let eni = try settledENI(id, at: now)
        try checkPrefixDelegation(on: eni)
        let missing = prefixes.uniqued().filter { !eni.prefixes.contains($0) }
        guard missing.count <= slotLimit(of: eni) - eni.slotsUsed else { throw .tooManyAddresses }
        for prefix in missing where subnets[eni.subnet]?.isFree(prefix) != true { throw .notFree("\(prefix)", "/28", in: eni.subnet) }
        for prefix in missing { subnets[eni.subnet]?.take(prefix) }
        enis[id]?.prefixes += missing
        return missing
    }

    func checkPrefixDelegation(on eni: ENI) throws(VPCError) {
        guard let type = instance(of: eni)?.type, !type.supportsPrefixDelegation else { return }
        throw .noPrefixes(on: type.name)
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

extension Sequence where Element: Hashable {
    /// The elements in their order, each the first time only.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
