public import Addressing
import InstanceTypes
public import Timeline

extension VPCModel {
    /// Begins to attach an ENI to a network card of an instance (AttachNetworkInterface).
    ///
    /// - Parameters:
    ///   - card: EC2 takes card 0 where none is named.
    ///   - deviceIndex: 0 to 99, unique on the card.
    /// - Returns: The attachment; it is complete at its ``Attachment/attachedAt``, and delete-on-termination is off.
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidInstanceID.NotFound`,
    ///   `InvalidNetworkInterface.InUse`, `InvalidParameterCombination` for another zone, `InvalidParameterValue` for a card that the
    ///   type lacks and for a device index that is taken or out of range, `AttachmentLimitExceeded` by the card and
    ///   `PrivateIpAddressLimitExceeded` by the instance type, `UnsupportedOperation` for prefixes on a type without.
    public mutating func attachENI(
        _ id: ENIID, to instanceID: InstanceID, card: Int = 0, deviceIndex: Int, at now: Instant
    ) throws(VPCError) -> Attachment {
        try admit(.attachNetworkInterface, at: now)
        let eni = try settledENI(id, at: now)
        try settle(instanceID, at: now)
        guard let instance = instances[instanceID] else { throw .noSuch(instanceID) }
        guard eni.attachment == nil else {
            throw VPCError(.invalidNetworkInterfaceInUse, "Interface: [\(id)] in use.")
        }
        let place = Place(card: card, deviceIndex: deviceIndex)
        try checkPlace(place, on: instance)
        try checkFit(of: eni, on: instance)
        let attachment = Attachment(
            id: identities.next(), instance: instanceID, place: place, deleteOnTermination: false, attachedAt: now + physics.attachDelay)
        enis[id]?.attachment = attachment
        instances[instanceID]?.enis[place] = id
        return attachment
    }

    /// Begins to detach an ENI (DetachNetworkInterface).
    ///
    /// - Returns: When the ENI is available.
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidAttachment.NotFound`,
    ///   `OperationNotPermitted` for the primary ENI, `IncorrectState` while it is attaching or detaching.
    public mutating func detachENI(_ id: ENIID, at now: Instant) throws(VPCError) -> Instant {
        try admit(.detachNetworkInterface, at: now)
        let eni = try settledENI(id, at: now)
        guard let attachment = eni.attachment else { throw .notAttached(id) }
        guard attachment.place != instances[attachment.instance]?.primaryPlace else {
            throw VPCError(.operationNotPermitted, "The network interface at device index 0 cannot be detached.")
        }
        guard eni.state(at: now) == .attached else {
            throw VPCError(.incorrectState, "The network interface '\(id)' is \(eni.state(at: now))")
        }
        let detachedAt = now + physics.detachDelay
        enis[id]?.attachment?.detachedAt = detachedAt
        return detachedAt
    }

    /// Completes a detachment whose time has come.
    ///
    /// - Throws: `InvalidNetworkInterfaceID.NotFound`.
    mutating func settledENI(_ id: ENIID, at now: Instant) throws(VPCError) -> ENI {
        guard let eni = enis[id] else { throw .noSuch(id) }
        guard let attachment = eni.attachment, eni.state(at: now) == .available else { return eni }
        instances[attachment.instance]?.enis[attachment.place] = nil
        var settled = eni
        settled.attachment = nil
        enis[id] = settled
        return settled
    }

    mutating func settle(_ instance: InstanceID, at now: Instant) throws(VPCError) {
        for eni in (instances[instance]?.enis ?? [:]).values { _ = try settledENI(eni, at: now) }
    }

    private func checkPlace(_ place: Place, on instance: Instance) throws(VPCError) {
        let cards = instance.type.cards
        guard cards.indices.contains(place.card) else {
            throw VPCError(
                .invalidParameterValue,
                "Value (\(place.card)) for parameter networkCardIndex is invalid: \(instance.type.name) has \(cards.count) network cards.")
        }
        guard instance.enis[place] == nil else {
            throw VPCError(
                .invalidParameterValue,
                "Instance '\(instance.id)' already has an interface attached at device index '\(place.deviceIndex)'.")
        }
        let count = instance.enis.keys.count { $0.card == place.card }
        guard count < cards[place.card] else {
            throw VPCError(.attachmentLimitExceeded, "Interface count \(count + 1) exceeds the limit for \(instance.type.name)")
        }
        guard (0..<Self.deviceIndexEnd).contains(place.deviceIndex) else {
            throw VPCError(.invalidParameterValue, "Value (\(place.deviceIndex)) for parameter deviceIndex is invalid.")
        }
    }

    /// Device indices need not be dense; the AWS VPC CNI looks below 100.
    private static let deviceIndexEnd = 100

    private func checkFit(of eni: ENI, on instance: Instance) throws(VPCError) {
        guard subnets[eni.subnet]?.zone == instance.zone else {
            throw VPCError(
                .invalidParameterCombination,
                "You may not attach a network interface to an instance if they are not in the same availability zone")
        }
        guard eni.slotsUsed <= instance.type.ipv4PerENI else { throw .tooManyAddresses }
        guard eni.ipv6Prefixes.count <= instance.type.ipv6Slots else { throw .tooManyIPv6Prefixes }
        guard instance.type.supportsPrefixDelegation || (eni.prefixes.isEmpty && eni.ipv6Prefixes.isEmpty) else {
            throw .noPrefixes(on: instance.type.name)
        }
    }
}

extension VPCError {
    static func notAttached(_ eni: ENIID) -> VPCError {
        VPCError(.invalidAttachmentNotFound, "The network interface '\(eni)' is not attached to an instance")
    }

    static func noPrefixes(on type: String) -> VPCError {
        VPCError(.unsupportedOperation, "The instance type '\(type)' does not support prefixes on its network interfaces")
    }
}
