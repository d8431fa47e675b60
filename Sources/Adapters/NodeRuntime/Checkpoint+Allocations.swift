public import IPAMEngine
public import IncumbentState
public import Timeline

extension Checkpoint {
    /// The pods of a journal that is not a running daemon's, for a roll-back without one. Those whose wiring was not finished are left
    /// out, as the runtime asks for them again.
    ///
    /// - Parameters:
    ///   - entries: As the journal has them, in order.
    ///   - now: By the clock that the journal's moments are of.
    ///   - unixNanoseconds: The same moment by the wall clock.
    /// - Throws: ``CheckpointError`` when the pods are more than the file can hold.
    public init(journal entries: [JournalEntry], at now: Instant, unixNanoseconds: Int64) throws(CheckpointError) {
        var held: [PodAttachment: (allocation: Allocation, isWired: Bool)] = [:]
        for entry in entries {
            switch entry {
            case .allocated(let allocation): held[allocation.attachment] = (allocation, false)
            case .wired(let attachment): held[attachment]?.isWired = true
            case .released(let attachment, _, _): held[attachment] = nil
            default: break
            }
        }
        try self.init(of: held.values.filter(\.isWired).map(\.allocation), at: now, unixNanoseconds: unixNanoseconds)
    }

    /// What the incumbent would have written of these pods. What other plugins wired it knows nothing of.
    init(of allocations: [Allocation], at now: Instant, unixNanoseconds: Int64) throws(CheckpointError) {
        try self.init(
            allocations: allocations.filter { !$0.isWiredByOthers }.map { allocation in
                Checkpoint.Entry(
                    key: Checkpoint.Entry.Key(
                        networkName: allocation.attachment.network, containerID: allocation.attachment.containerID,
                        ifName: allocation.attachment.interface),
                    address: allocation.address, allocationTimestamp: unixNanoseconds - (now - allocation.since).wholeNanoseconds,
                    podNamespace: allocation.pod?.namespace, podName: allocation.pod?.name, interfacesCount: 1)
            })
    }
}
