import Addressing
import IPAMEngine
import Logging
import NodePorts
import PodNetwork

// What a restarted daemon finds in the kernel, compared with what its journal says.
extension Node {
    /// Takes in pods the journal does not know, lets go of pods that are gone, and removes links that nobody holds.
    ///
    /// A kernel that cannot be read proves nothing: then the journal's word stands.
    public func recover() {
        do throws(KernelError) {
            let host = try kernel.openHost()
            let traces = PodTraces(in: try host.contents())
            let unpooled = restoreUnpooledPods(in: traces)
            let found = traces.links.filter { !unpooled.contains($0.name) }.compactMap { FoundPod(behind: $0, in: traces) }
            adopt(found)
            restoreEgress(found)
            try removeStrays(found, in: host)
            letGo(missingFrom: traces.links)
        } catch {
            logger.error("kernel not compared with the journal", metadata: ["error": "\(error)"])
        }
    }

    /// A pod's link on the node, and the addresses routed to it.
    private struct FoundPod {
        var link: LinkState
        var attachment: PodAttachment
        var pod: PodName?
        /// Nil when no address is routed to the link.
        var addresses: PodAddresses?
        var table: RouteTable
        /// The address with which the pod reaches the family that it has no address of.
        var egress: IPAddress?

        init?(behind link: LinkState, in traces: PodTraces) {
            guard let (attachment, pod, source) = PodAlias.parse(link.alias), source == .engine else { return nil }
            let routed = traces.routes(to: link.name).filter { $0.table == .main }.map(\.destination)
            egress = routed.map(\.network).first { EgressRange.block(of: $0.family).contains($0) }
            let destinations = routed.filter { [egress] in $0.network != egress }
            addresses = PodAddresses(destinations.map(\.network))
            table = traces.table(ofPodAt: destinations) ?? .main
            (self.link, self.attachment, self.pod) = (link, attachment, pod)
        }
    }

    /// - Returns: The links of pods that are none of the engine's. One of which too little is left to be taken away stays as it is.
    private func restoreUnpooledPods(in traces: PodTraces) -> Set<LinkName> {
        let found = traces.links.compactMap { UnpooledPod(behind: $0, in: traces, at: clock()) }
        for pod in found {
            if let other = unpooledPods.begin(pod) {
                logger.error("two pods have one address", metadata: ["one": "\(pod.attachment)", "other": "\(other.attachment)"])
            }
            unpooledPods.settle(pod.attachment)
        }
        return Set(traces.strictLinks).union(found.map(\.hostLink))
    }

    private func restoreEgress(_ found: [FoundPod]) {
        for pod in found {
            if let address = pod.egress { egress.restore(address, of: pod.attachment) }
        }
    }

    /// Pods that work and that the journal has lost are taken in as they are.
    private func adopt(_ found: [FoundPod]) {
        let unknown = found.compactMap { pod -> Allocation? in
            guard let addresses = pod.addresses, read({ $0.allocation(of: pod.attachment) }) == nil else { return nil }
            let seat = DeviceSeat(of: pod.table)
            let eni = read { $0.eni(at: seat) } ?? ENIID(unchecked: "eni-unknown")
            return Allocation(
                attachment: pod.attachment, pod: pod.pod, addresses: addresses, eni: eni, card: seat.card, deviceIndex: seat.deviceIndex,
                since: clock(), hostLink: pod.link.name.rawValue, hold: settings.hold(for: pod.pod))
        }
        guard !unknown.isEmpty else { return }
        logger.warning("pods adopted that the journal did not have", metadata: ["count": "\(unknown.count)"])
        send(.adopted(unknown))
    }

    /// Removes links of deleted pods that the reaper did not get to, and links that belong to no allocation.
    private func removeStrays(_ found: [FoundPod], in host: any KernelNamespace) throws(KernelError) {
        let strays = found.filter { pod in read { $0.allocation(of: pod.attachment) } == nil }.map(\.link.name)
        let doom = strays.map { KernelChange.setLink($0, LinkSettings(group: PodWiring.doomedGroup)) }
        let outcomes = try host.perform(doom + [.deleteLinks(group: PodWiring.doomedGroup)], sandboxNetns: nil)
        if let errno = outcomes.last.flatMap({ $0 }), !errno.meansAbsent {
            throw KernelError("delete the links of deleted pods", errno)
        }
        send(.linksSwept)
    }

    /// A pod whose link is gone has lost its namespace while nobody watched: its address is let go.
    ///
    /// Aliases are compared as they were written, since one that was cut may not name its attachment. A link without one is
    /// the incumbent's, of a pod that was taken over.
    private func letGo(missingFrom links: [LinkState]) {
        let aliases = Dictionary(links.map { ($0.name.rawValue, $0.alias) }) { first, _ in first }
        for allocation in read(\.wiredAllocations).filter({ !$0.isWiredByOthers })
        where aliases[allocation.hostLink] != PodAlias.text(allocation.attachment, allocation.pod) && aliases[allocation.hostLink] != "" {
            logger.warning("pod is gone without a DEL", metadata: ["addresses": "\(allocation.addresses)"])
            send(.podDeleted(allocation.attachment))
        }
    }
}

extension DeviceSeat {
    /// The seat of the ENI that has this route table, as ``RouteTable/ofENI(card:deviceIndex:)`` numbers them.
    init(of table: RouteTable) {
        let number = Int(table.number)
        if table == .main {
            self.init(deviceIndex: 0)
        } else if number >= 10_000 {
            self.init(card: (number - 10_000) / 100, deviceIndex: number % 100)
        } else {
            self.init(deviceIndex: max(0, number - 1))
        }
    }
}
