public import Addressing
public import InstanceTypes
public import Timeline

extension VPCModel {
    /// Starts an instance whose primary ENI is attached from the beginning (RunInstances).
    ///
    /// - Parameter id: For a world whose instances are named beforehand: the same one with the same type and subnet gives the
    ///   same instance for as long as it runs. EC2 chooses otherwise.
    /// - Throws: `IdempotentParameterMismatch`, and what a new ENI may be refused for but the throttle.
    public mutating func runInstance(
        _ type: InstanceType, in subnet: SubnetID, securityGroups: [SecurityGroupID] = [], id: InstanceID? = nil, at now: Instant
    ) throws(VPCError) -> Instance {
        if let id, let earlier = instances[id] {
            guard earlier.type == type, earlier.subnet == subnet else { throw .otherParameters(token: id.rawValue) }
            return earlier
        }
        let eni = try makeENI(in: subnet, securityGroups: securityGroups, content: .addresses(0), ipv6Prefixes: 0, origin: .launch)
        let id = id ?? identities.next(InstanceID.self)
        enis[eni.id]?.attachment = Attachment(
            id: identities.next(), instance: id, place: Instance.primaryPlace(on: type), deleteOnTermination: true, attachedAt: now)
        var instance = Instance(id: id, type: type, subnet: subnet, zone: subnets[subnet]?.zone ?? "")
        instance.enis[instance.primaryPlace] = eni.id
        instances[id] = instance
        return instance
    }

    /// Ends an instance (TerminateInstances): at once its ENIs are deleted, or available where delete-on-termination is off.
    ///
    /// - Throws: `InvalidInstanceID.NotFound`.
    public mutating func terminateInstance(_ id: InstanceID, at now: Instant) throws(VPCError) {
        try settle(id, at: now)
        guard let instance = instances.removeValue(forKey: id) else { throw .noSuch(id) }
        for eni in instance.enis.sorted(by: { $0.key < $1.key }).compactMap({ enis[$0.value] }) {
            if eni.attachment?.deleteOnTermination == true {
                remove(eni)
            } else {
                enis[eni.id]?.attachment = nil
            }
        }
    }

    /// EC2's bound on client tokens: 64 characters of ASCII.
    func checkToken(_ token: String?) throws(VPCError) {
        guard let token else { return }
        guard !token.isEmpty, token.utf8.count <= 64, token.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw VPCError(
                .invalidParameterValue, "Value (\(token)) for parameter clientToken is invalid: it is of 1 to 64 ASCII characters")
        }
    }
}
