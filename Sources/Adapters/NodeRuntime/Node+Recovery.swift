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
            let links = try host.links().filter { $0.group != PodWiring.doomedGroup }
            let found = try pods(behind: links, in: host)
            adopt(found)
            try removeStrays(found, in: host)
            letGo(missingFrom: links)
        } catch {
            logger.error("kernel not compared with the journal", metadata: ["error": "\(error)"])
        }
    }

    /// A pod's link on the node, and the address routed to it.
    private struct FoundPod {
        var link: LinkState
        var attachment: PodAttachment
        var pod: PodName?
        var address: IPv4Address?
        var table: RouteTable
    }

    private func pods(behind links: [LinkState], in host: any KernelNamespace) throws(KernelError) -> [FoundPod] {
        let routes = try host.routes().filter { $0.origin == .berth && $0.table == .main && $0.destination.isHost }
        let rules = try host.rules().filter { $0.origin == .berth && $0.priority == PodNetworkPlan.fromPodPriority }
        return links.compactMap { link in
            guard let (attachment, pod) = PodAlias.parse(link.alias) else { return nil }
            let destination = routes.first { $0.device == link.name }?.destination
            guard case .v4(let block) = destination else {
                return FoundPod(link: link, attachment: attachment, pod: pod, address: nil, table: .main)
            }
            let table = rules.first { $0.source == destination }?.table ?? .main
            return FoundPod(link: link, attachment: attachment, pod: pod, address: block.network, table: table)
        }
    }

    /// Pods that work and that the journal has lost are taken in as they are.
    private func adopt(_ found: [FoundPod]) {
        let unknown = found.compactMap { pod -> Allocation? in
            guard let address = pod.address, read({ $0.allocation(of: pod.attachment) }) == nil else { return nil }
            let deviceIndex = pod.table == .main ? 0 : Int(pod.table.number) - 1
            let eni = read { $0.eni(atDeviceIndex: deviceIndex) } ?? ENIID(unchecked: "eni-unknown")
            return Allocation(
                attachment: pod.attachment, pod: pod.pod, address: address, eni: eni, deviceIndex: deviceIndex, since: clock(),
                hostLink: pod.link.name.rawValue)
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
    /// Aliases are compared as they were written, since one that was cut may not name its attachment.
    private func letGo(missingFrom links: [LinkState]) {
        let aliases = Dictionary(links.map { ($0.name.rawValue, $0.alias) }) { first, _ in first }
        for allocation in read(\.wiredAllocations)
        where aliases[allocation.hostLink] != PodAlias.text(allocation.attachment, allocation.pod) {
            logger.warning("pod is gone without a DEL", metadata: ["address": "\(allocation.address)"])
            send(.podDeleted(allocation.attachment))
        }
    }
}
