import Addressing
import IPAMEngine
public import IncumbentState
import Logging
public import NodePorts
import PodNetwork
import Timeline

// The incumbent's allocations, taken over from its checkpoint and given back to it.
extension Node {
    /// Takes in the pods of the incumbent's checkpoint that still have their link on the node; comes before ``recover()``.
    ///
    /// A pod whose address no ENI has by then is kept in quarantine, and never dropped: the incumbent loses such pods when
    /// metadata are slow at its start (reference §2.10).
    ///
    /// - Parameter vethPrefix: What names of the incumbent's links begin with (`AWS_VPC_K8S_CNI_VETHPREFIX`).
    /// - Returns: How many pods were taken in; those that are held already are not counted.
    /// - Throws: ``KernelError`` when the node's links or rules cannot be read.
    public func takeOver(_ checkpoint: Checkpoint, vethPrefix: String) throws(KernelError) -> Int {
        let host = try kernel.openHost()
        let links = Set(try host.links().map(\.name))
        let rules = try host.rules().filter { $0.priority == PodNetworkPlan.fromPodPriority }
        let before = read { $0.allocations.count }
        send(.adopted(checkpoint.allocations.compactMap { allocation(of: $0, vethPrefix, links, rules) }))
        let taken = read { $0.allocations.count } - before
        logger.info(
            "allocations of the incumbent taken over", metadata: ["found": "\(checkpoint.allocations.count)", "taken": "\(taken)"])
        return taken
    }

    /// Nil for a pod without a link, as the incumbent's own recovery has it.
    private func allocation(
        of entry: Checkpoint.Entry, _ vethPrefix: String, _ links: Set<LinkName>, _ rules: [Rule]
    ) -> Allocation? {
        guard let namespace = entry.podNamespace, let name = entry.podName,
            let link = LinkName.hostVeth(prefix: vethPrefix, namespace: namespace, name: name), links.contains(link)
        else { return nil }
        let seat = DeviceSeat(of: rules.first { $0.source == entry.address.hostCIDR }?.table ?? .main)
        let pod = PodName(namespace: namespace, name: name)
        return Allocation(
            attachment: PodAttachment(network: entry.key.networkName, containerID: entry.key.containerID, interface: entry.key.ifName),
            pod: pod, addresses: PodAddresses(entry.address), eni: read { $0.eni(at: seat) } ?? ENIID(unchecked: "eni-unknown"),
            card: seat.card, deviceIndex: seat.deviceIndex, since: clock(), hostLink: link.rawValue, hold: settings.hold(for: pod))
    }

    /// What the incumbent would have written of the pods that are wired, for a roll-back.
    ///
    /// Its file knows one address of a pod: of a pod with both it gets the IPv4 address. What other plugins wired it knows nothing of.
    ///
    /// - Parameter unixNanoseconds: The wall clock, since moments are counted from boot here.
    /// - Throws: ``CheckpointError`` when the pods are more than the file can hold.
    public func checkpoint(at unixNanoseconds: Int64) throws(CheckpointError) -> Checkpoint {
        try Checkpoint(of: read(\.wiredAllocations), at: clock(), unixNanoseconds: unixNanoseconds)
    }
}
