public import Addressing
import InstanceTypes
public import Timeline

extension VPCModel {
    /// Assigns `count` /80 prefixes to an ENI, all or none (AssignIpv6Addresses with Ipv6PrefixCount).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` for a count below 1 and where
    ///   the subnet has no IPv6 block, `UnsupportedOperation` on a type without prefixes, `PrivateIpAddressLimitExceeded`,
    ///   `InsufficientCidrBlocks`.
    public mutating func assignIPv6Prefixes(_ count: Int, to id: ENIID, at now: Instant) throws(VPCError) -> [IPv6CIDR] {
        try admit(.assignIPv6Addresses, at: now)
        let eni = try settledENI(id, at: now)
        try checkPrefixDelegation(on: eni)
        guard let subnet = subnets[eni.subnet] else { throw .noSuch(eni.subnet) }
        try checkIPv6Prefixes(count, limit: ipv6SlotLimit(of: eni) - eni.ipv6Prefixes.count, in: subnet)
        guard let prefixes = subnets[eni.subnet]?.takeIPv6Prefixes(count, using: &random) else { throw .noFreeBlocks }
        enis[id]?.ipv6Prefixes += prefixes
        return prefixes
    }

    /// Assigns chosen /80 prefixes to an ENI, all or none (AssignIpv6Addresses with Ipv6Prefixes).
    ///
    /// Prefixes that the ENI holds already are left as they are, so that the call can be repeated.
    ///
    /// - Returns: Those that the ENI did not hold before, in the order given.
    /// - Throws: What a count of them is refused for, and `InvalidParameterValue` for what is no free /80 of the subnet.
    public mutating func assignIPv6Prefixes(_ prefixes: [IPv6CIDR], to id: ENIID, at now: Instant) throws(VPCError) -> [IPv6CIDR] {
        try admit(.assignIPv6Addresses, at: now)
        let eni = try settledENI(id, at: now)
        try checkPrefixDelegation(on: eni)
        guard let subnet = subnets[eni.subnet] else { throw .noSuch(eni.subnet) }
        let missing = prefixes.uniqued().filter { !eni.ipv6Prefixes.contains($0) }
        guard !missing.isEmpty else { return [] }
        try checkIPv6Prefixes(missing.count, limit: ipv6SlotLimit(of: eni) - eni.ipv6Prefixes.count, in: subnet)
        for prefix in missing where !subnet.isFree(prefix) { throw .notFree("\(prefix)", "/80", in: subnet.id) }
        for prefix in missing { subnets[eni.subnet]?.take(prefix) }
        enis[id]?.ipv6Prefixes += missing
        return missing
    }

    /// Takes /80 prefixes from an ENI, all or none (UnassignIpv6Addresses).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `MissingParameter` when the list is empty,
    ///   `InvalidParameterValue` when the ENI does not hold one of them.
    public mutating func unassignIPv6Prefixes(_ prefixes: [IPv6CIDR], from id: ENIID, at now: Instant) throws(VPCError) {
        try admit(.unassignIPv6Addresses, at: now)
        let eni = try settledENI(id, at: now)
        guard !prefixes.isEmpty else { throw VPCError(.missingParameter, "Either 'ipv6Prefixes' or 'ipv6Addresses' should be provided.") }
        let prefixes = Set(prefixes)
        guard prefixes.isSubset(of: eni.ipv6Prefixes) else {
            let strange = prefixes.subtracting(eni.ipv6Prefixes).sorted().map(\.description).joined(separator: ", ")
            throw VPCError(.invalidParameterValue, "Some of [\(strange)] are not assigned to interface \(id)")
        }
        enis[id]?.ipv6Prefixes.removeAll(where: prefixes.contains)
        for prefix in prefixes { subnets[eni.subnet]?.release(prefix) }
    }

    func ipv6SlotLimit(of eni: ENI) -> Int {
        instance(of: eni)?.type.ipv6Slots ?? Self.slotsMax
    }

    /// Makes sure that `count` more /80 can be had, before anything is taken.
    ///
    /// - Parameter limit: How many more the ENI may hold.
    func checkIPv6Prefixes(_ count: Int, limit: Int, in subnet: Subnet) throws(VPCError) {
        guard count >= 1 else { throw VPCError(.invalidParameterValue, "Value (\(count)) for parameter ipv6PrefixCount is invalid") }
        guard subnet.ipv6Block != nil else { throw .noIPv6(in: subnet.id) }
        guard count <= limit else { throw .tooManyIPv6Prefixes }
        guard count <= subnet.freeIPv6Prefixes else { throw .noFreeBlocks }
    }

    func checkIPv6Block(_ block: IPv6CIDR?) throws(VPCError) {
        guard let block else { return }
        guard block.prefixLength == IPv6Space.blockLength else {
            throw VPCError(.invalidParameterValue, "invalid value for parameter ipv6-cidr-block: \(block)")
        }
        if subnets.values.contains(where: { $0.ipv6Block == block }) {
            throw VPCError(.invalidSubnetConflict, "The CIDR '\(block)' conflicts with another subnet")
        }
    }
}

extension InstanceType {
    /// Most /80 prefixes of an ENI: as many as IPv6 addresses. Where the type's figure is unknown it is taken to be that of IPv4,
    /// which it equals on every type that does IPv6.
    var ipv6Slots: Int { ipv6PerENI ?? ipv4PerENI }
}
