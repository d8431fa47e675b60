import KubernetesAdapter
import Logging
public import NodeConfiguration
import NodeReports
import Synchronization

// What the cluster says of the node before its pods are served.
extension ClusterMember {
    /// Returns environment and file with what the cluster says over them.
    ///
    /// Where the API server does not answer, what it said last counts, and where it has never said anything, the file alone. A node with
    /// custom networking whose ENIConfig nobody has told can serve no pod, and waits.
    ///
    /// - Throws: ``ConfigurationFaults`` for what is wrong with file and environment themselves, and when the task is cancelled.
    public func beginning() async throws -> NodeFile {
        while true {
            guard let view = await firstView() else {
                guard file.lacksENIConfig else { return file }
                logger.warning(
                    "waiting for the API server",
                    metadata: [
                        "why": "custom networking needs the node's ENIConfig, which neither the node's file nor the cluster has told"
                    ])
                try await sleep(Self.pause)
                continue
            }
            do throws(ConfigurationFaults) {
                let file = try file.under(view)
                try file.requireENIConfig()
                return file
            } catch {
                state.withLock { $0.faults = error.faults }
                for fault in error.faults { logger.error("the cluster's wish for the node not followed", metadata: ["fault": "\(fault)"]) }
                if !file.lacksENIConfig { return file }
                if let last = lastSeen.read(node: name), last != view, let file = try? file.under(last),
                    (try? file.requireENIConfig()) != nil
                {
                    return file
                }
                try await sleep(Self.pause)
            }
        }
    }

    /// Between two questions while there is nothing to serve pods with.
    private static let pause: Duration = .seconds(5)
    /// The API server has this long before what it said last is taken for what it would say.
    private static let patience: Duration = .seconds(5)

    private func firstView() async -> ClusterView? { await askedView() ?? lastSeen.read(node: name) }

    private func askedView() async -> ClusterView? {
        await withTaskGroup(of: ClusterView?.self) { group in
            group.addTask { await self.readView() }
            group.addTask {
                try? await self.sleep(Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func readView() async -> ClusterView? {
        var book = NodeBook(name: name)
        do throws(KubernetesFailure) {
            book.take(.changed(try await client.get(NodeResource.self, name)))
            guard let view = book.view else { return nil }
            if wantsENIConfigs(view) { book.take(.listed(try await client.list(ENIConfigResource.self).items)) }
            note(nil)
            return book.view
        } catch {
            note(error)
            logger.warning("the cluster not asked about the node", metadata: ["failure": "\(error)"])
            return nil
        }
    }

    /// Whether ENIConfigs decide where ENIs are made; what is wrong with the view itself is told by who applies it.
    func wantsENIConfigs(_ view: ClusterView) -> Bool {
        let plain = ClusterView(node: view.node, labels: view.labels, annotations: view.annotations)
        return ((try? file.under(plain)) ?? file).variables.placement.usesENIConfig
    }

    /// For a start without the API server. The folder is there once the node's journal is.
    func keep(_ view: ClusterView) {
        guard state.withLock({ $0.kept }) != view else { return }
        do throws(LastSeen.Failure) {
            try lastSeen.write(view)
            state.withLock { $0.kept = view }
        } catch {
            logger.warning("what the cluster says not kept", metadata: ["failure": "\(error)"])
        }
    }
}
