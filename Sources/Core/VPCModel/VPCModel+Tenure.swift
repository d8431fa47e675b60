public import Addressing
public import Timeline

// Whether an instance has what it says it has.
extension VPCModel {
    /// What EC2 knows of addresses that an instance uses.
    public enum Tenure: Hashable, Sendable {
        /// They are the instance's, from an ENI in this subnet.
        case holds(SubnetID)
        /// The ENI has not this one.
        case lacks(IPAddress)
        /// The ENI is not, or not yet, or not any more, attached to the instance at the place.
        case notAttached
    }

    /// Looks whether the addresses are secondary ones, or of a prefix, of an ENI that is attached to the instance at the place.
    ///
    /// Mutating, though nothing changes: an ENI that is read where it stands in a dictionary is copied first, with all it holds.
    public mutating func tenure(
        of addresses: some Sequence<IPAddress>, on eni: ENIID, of instance: InstanceID, at place: Place, at now: Instant
    ) -> Tenure {
        guard let index = enis.index(forKey: eni) else { return .notAttached }
        return enis.values[index].tenure(of: addresses, by: instance, at: place, at: now)
    }
}

extension VPCModel.ENI {
    /// Whether pods may have the address: a secondary one, or one of a prefix.
    public func holds(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let address): secondaryAddresses.contains(address) || prefixes.contains { $0.contains(address) }
        case .v6(let address): ipv6Prefixes.contains { $0.contains(address) }
        }
    }

    fileprivate mutating func tenure(
        of addresses: some Sequence<IPAddress>, by instance: InstanceID, at place: VPCModel.Place, at now: Instant
    ) -> VPCModel.Tenure {
        guard state(at: now) == .attached, attachment?.place == place, attachment?.instance == instance else { return .notAttached }
        for address in addresses where !holds(address) { return .lacks(address) }
        return .holds(subnet)
    }
}
