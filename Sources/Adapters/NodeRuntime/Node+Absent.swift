public import IPAMEngine
import Logging
import NodePorts
import PodNetwork
import Timeline

// Pods that the cluster does not have any longer and whose DEL never came: their addresses would be lost until the instance ends.
extension Node {
    /// What became of allocations whose pods the cluster does not have.
    public struct AbsentPods: Hashable, Sendable {
        /// Ended: nothing of them was left on the node but their address.
        public var released: [PodName] = []
        /// Left alone, as their link is still there: something may run behind it.
        public var kept: [PodName] = []
    }

    /// Ends allocations of pods that the cluster does not have and whose links are gone.
    ///
    /// - Parameter live: The cluster's pods of this node, of a list that is younger than every allocation older than
    ///   ``NodeSettings/garbageAgeMin``.
    public func release(podsMissingFrom live: Set<PodName>) throws -> AbsentPods {
        let old = clock() - settings.garbageAgeMin
        let absent = read(\.allocations).filter { view in
            guard let pod = view.allocation.pod else { return false }
            return view.wiring == .wired && view.allocation.since < old && !live.contains(pod)
        }
        guard !absent.isEmpty else { return AbsentPods() }
        let host = try kernel.openHost()
        let links = Set(try host.links().map(\.name.rawValue))
        let worker = Worker(host: host)
        var found = AbsentPods()
        for allocation in absent.map(\.allocation) {
            guard let pod = allocation.pod else { continue }
            guard !links.contains(allocation.hostLink), !allocation.isWiredByOthers else {
                found.kept.append(pod)
                continue
            }
            try delete(allocation.attachment, on: worker)
            found.released.append(pod)
            logger.warning(
                "pod without a DEL let go", metadata: ["pod": "\(pod)", "addresses": "\(allocation.addresses)"])
        }
        return found
    }
}
