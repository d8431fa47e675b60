public import Addressing
public import Timeline

// What the daemon asks of the engine without changing it.
extension IPAMEngine {
    /// What the attachment holds; nil when it holds nothing.
    public func allocation(of attachment: PodAttachment) -> Allocation? {
        records[attachment]?.allocation
    }

    /// Whether the attachment still holds what it was given, by this very ADD.
    public func holds(_ allocation: Allocation) -> Bool {
        records[allocation.attachment]?.allocation == allocation
    }

    /// What is held by pods whose network is complete, by address.
    public var wiredAllocations: [Allocation] {
        records.values.filter { $0.wiring == .wired }.map(\.allocation).sorted { $0.addresses < $1.addresses }
    }

    /// Whether a pod whose network is complete holds what is asked for.
    public func hasWired(where isMeant: (Allocation) -> Bool) -> Bool {
        records.values.contains { $0.wiring == .wired && isMeant($0.allocation) }
    }

    /// What the attachment holds, once its network is complete and until it is taken away.
    public func wiredAllocation(of attachment: PodAttachment) -> Allocation? {
        records[attachment].flatMap { $0.wiring == .wired ? $0.allocation : nil }
    }

    /// How many attachments hold addresses.
    public var allocationCount: Int { records.count }

    /// The addresses of pods whose network is complete and that no ENI has which EC2 shows.
    public var wiredInQuarantine: [PodAddresses] {
        records.values.filter { $0.isQuarantined && $0.wiring == .wired }.map(\.allocation.addresses)
    }

    /// Whether an ENI that is attached to nothing may yet be the node's: it is about to be attached or deleted, or is what a request
    /// made whose answer is awaited. While there is doubt about what EC2 has, that may be so of any.
    public func mayNeed(_ eni: ENIID) -> Bool {
        !isStarted || isInDoubt || store[eni] != nil || orphans[eni] != nil || calls.isBusy(eni) || calls.isCreating
    }

    /// The security groups that the ENIs of a pool follow the primary ENI into; nil for a pool that does not follow it, or is not known.
    public func followedGroups(of pool: PoolName?) -> [SecurityGroupID]? {
        configuration.source(of: pool).flatMap { $0.followsPrimaryENI ? $0.securityGroups : nil }
    }

    public func eni(at seat: DeviceSeat) -> ENIID? {
        store.attached.first { $0.seat == seat }?.id
    }

    /// The attachments of a network that hold an address, that the runtime did not name as alive, and that are old enough
    /// not to belong to an ADD its list has missed; by address.
    public func garbage(of network: String, keeping alive: Set<PodAttachment>, olderThan: Instant) -> [PodAttachment] {
        records.values.map(\.allocation)
            .filter { $0.attachment.network == network && !alive.contains($0.attachment) && $0.since < olderThan }
            .sorted { $0.addresses < $1.addresses }
            .map(\.attachment)
    }

    /// Why no pod can be given an address at this moment; nil when one can, or soon will.
    ///
    /// A pool that is empty while EC2 is being asked, or while addresses cool, is no obstacle: it passes, and a node that
    /// reported it would flap.
    public func obstacle(at now: Instant) -> Refusal? {
        guard isStarted else { return refusal(at: now) }
        guard !configuration.limits.enisByCard.indices.contains(where: { hasFree(PoolID(name: nil, card: $0)) }) else { return nil }
        let refusal = refusal(at: now)
        switch refusal {
        case .waitingForEC2, .cooling, .poolEmpty: return nil
        case .starting, .subnetFull, .noFreeBlock, .eniSlotsUsedUp, .throttled, .permissionDenied, .quotaReached, .callFailed,
            .callsStopped, .ec2Failing, .eniNotReady, .nodeCordoned, .nodeTerminating, .unknownPool, .reservedAddressNotAvailable,
            .tooManyWaiting, .deleted,
            .superseded, .stopping:
            return refusal
        }
    }
}
