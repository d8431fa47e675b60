public import Addressing
import InstanceTypes
public import Timeline

extension VPCModel {
    /// Begins to attach an ENI to the default network card of an instance (AttachNetworkInterface).
    ///
    /// - Returns: The attachment; it is complete at its ``Attachment/attachedAt``, and delete-on-termination is off.
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidInstanceID.NotFound`,
    ///   `InvalidNetworkInterface.InUse`, `InvalidParameterCombination` for another zone, `InvalidParameterValue` for a device index
    ///   that is taken or out of range, `AttachmentLimitExceeded` and `PrivateIpAddressLimitExceeded` by the instance type,
    ///   `UnsupportedOperation` for prefixes on a type without.
    public mutating func attachENI(
        _ id: ENIID, to instanceID: InstanceID, deviceIndex: Int, at now: Instant
    ) throws(VPCError) -> Attachment {
        try admit(.attachNetworkInterface, at: now)
        let eni = try settledENI(id, at: now)
        settle(instanceID, at: now)
        guard let instance = instances[instanceID] else { throw .noSuch(instanceID) }
        guard eni.attachment == nil else {
            throw VPCError(.invalidNetworkInterfaceInUse, "Interface: [\(id)] in use.")
        }
        try checkPlace(deviceIndex, on: instance)
        try checkFit(of: eni, on: instance)
        let attachment = Attachment(
            id: identities.next(), instance: instanceID, deviceIndex: deviceIndex, deleteOnTermination: false,
            attachedAt: now + physics.attachDelay)
        enis[id]?.attachment = attachment
        instances[instanceID]?.enis[deviceIndex] = id
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
        guard attachment.deviceIndex != 0 else {
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
    mutating func settle(_ id: ENIID, at now: Instant) {
        guard let eni = enis[id], let attachment = eni.attachment, eni.state(at: now) == .available else { return }
        enis[id]?.attachment = nil
        instances[attachment.instance]?.enis[attachment.deviceIndex] = nil
    }

    mutating func settle(_ instance: InstanceID, at now: Instant) {
        for eni in (instances[instance]?.enis ?? [:]).values { settle(eni, at: now) }
    }

    mutating func settledENI(_ id: ENIID, at now: Instant) throws(VPCError) -> ENI {
        settle(id, at: now)
        guard let eni = enis[id] else { throw .noSuch(id) }
        return eni
    }

    private func checkPlace(_ deviceIndex: Int, on instance: Instance) throws(VPCError) {
        guard instance.enis[deviceIndex] == nil else {
            throw VPCError(
                .invalidParameterValue, "Instance '\(instance.id)' already has an interface attached at device index '\(deviceIndex)'.")
        }
        guard instance.enis.count < instance.type.enis else {
            throw VPCError(
                .attachmentLimitExceeded, "Interface count \(instance.enis.count + 1) exceeds the limit for \(instance.type.name)")
        }
        guard deviceIndex >= 0, deviceIndex < Self.deviceIndexEnd else {
            throw VPCError(.invalidParameterValue, "Value (\(deviceIndex)) for parameter deviceIndex is invalid.")
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
        guard eni.prefixes.isEmpty || instance.type.supportsPrefixDelegation else { throw .noPrefixes(on: instance.type.name) }
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
