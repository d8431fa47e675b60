import CNISpec
import IPAMEngine
import NodePorts
import PodNetwork
import Synchronization

/// ADDs that have a sandbox and no answer yet, by attachment.
///
/// One attachment can have two for a moment: the runtime lost patience and asked again.
final class PendingAdds: Sendable {
    /// One ADD from its arrival to its answer.
    final class Add: @unchecked Sendable {
        // The namespace is used by one thread at a time: by whoever took the ADD out of the table.
        let sandbox: SandboxRequest
        let netnsPath: String
        /// Nil for addresses alone, with which another plugin furnishes the pod.
        let pod: PodNamespace?
        let isAbandoned: @Sendable () -> Bool
        let answer: @Sendable (PluginAnswer) -> Void
        /// What was made for it already, and what is to be made behind it: more than one for a pod on several network cards.
        var made: [(allocation: Allocation, wiring: PodWiring)] = []
        var left: [CardInterface] = []
        var wishes = ClusterVoice.Wishes()

        init(sandbox: SandboxRequest, netnsPath: String, pod: PodNamespace?, call: PluginCall) {
            self.sandbox = sandbox
            self.netnsPath = netnsPath
            self.pod = pod
            isAbandoned = call.isAbandoned
            answer = call.answer
        }

        var version: CNIVersion { sandbox.configuration.version }
    }

    private let adds = Mutex<[PodAttachment: [Add]]>([:])

    func insert(_ add: Add, for attachment: PodAttachment) {
        adds.withLock { $0[attachment, default: []].append(add) }
    }

    /// Takes out the ADD that came last, which is the one the engine serves.
    func takeLast(_ attachment: PodAttachment) -> Add? {
        take(attachment) { $0.popLast() }
    }

    /// Takes out the ADD that came first, whose place a later one took.
    func takeFirst(_ attachment: PodAttachment) -> Add? {
        take(attachment) { $0.isEmpty ? nil : $0.removeFirst() }
    }

    private func take(_ attachment: PodAttachment, _ choose: (inout [Add]) -> Add?) -> Add? {
        adds.withLock { adds in
            guard var list = adds[attachment] else { return nil }
            let add = choose(&list)
            adds[attachment] = list.isEmpty ? nil : list
            return add
        }
    }
}
