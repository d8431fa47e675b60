public import Addressing
import IPAMEngine
import KubernetesAdapter
import Logging
public import NodeConfiguration
import NodeReports
public import NodeRuntime
import Synchronization

// What the cluster says while the node runs, and what the node does about it.
extension ClusterMember {
    /// How a node is to work by what file and cluster say together, with a trunk ENI among its own or not.
    public typealias Directing = @Sendable (NodeFile, _ hasTrunk: Bool) throws(ConfigurationFaults) -> Directions

    /// Follows the cluster until the task is cancelled.
    ///
    /// - Parameters:
    ///   - begun: How the daemon began.
    ///   - direct: Makes directions of file and cluster; an ENI is kept for a trunk that is to come.
    ///   - apply: Has the node work by them.
    ///   - findTrunk: Returns the MAC address of the node's trunk ENI as EC2 shows it; nil while there is none.
    public func run(
        _ node: Node, begun: Directions, direct: @escaping Directing, apply: @escaping @Sendable (Directions) async -> Void,
        findTrunk: @escaping @Sendable () async throws -> MACAddress?
    ) async {
        state.withLock {
            $0.begun = begun.variables
            $0.directions = begun
        }
        let (views, viewChanged) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followNode(node, viewChanged) }
            group.addTask { await self.followENIConfigs(viewChanged) }
            group.addTask { await self.followPods(node) }
            group.addTask { await self.followNamespaces() }
            group.addTask {
                for await _ in views { await self.redirect(direct, apply) }
            }
            group.addTask { await self.releaseLeaked(node) }
            group.addTask { await self.keepTrunk(findTrunk) { viewChanged.yield() } }
            guard begun.variables.cluster.writes else { return }
            group.addTask { await self.tellOfPods(node) }
            group.addTask { await self.tellOfNode(node) }
        }
    }

    // MARK: - Following

    private func followNode(_ node: Node, _ viewChanged: AsyncStream<Void>.Continuation) async {
        var condition = NodeCondition.schedulable
        for await news in client.follow(NodeResource.self, .named(name)) {
            note(news, of: "nodes")
            let now = state.withLock { state in
                state.node.take(news)
                switch news {
                case .listed(let all): state.object = all.first.map(NodeStatement.part)
                case .changed(let object): state.object = NodeStatement.part(of: object)
                case .removed: state.object = nil
                case .interrupted: break
                }
                return state.node.condition
            }
            if now != condition { node.send(.nodeChanged(now)) }
            condition = now
            viewChanged.yield()
        }
    }

    /// Only where ENIConfigs decide anything: many clusters do not have the kind.
    private func followENIConfigs(_ viewChanged: AsyncStream<Void>.Continuation) async {
        for await _ in eniConfigsWanted.stream {
            for await news in client.follow(ENIConfigResource.self) {
                note(news, of: "eniconfigs")
                state.withLock { $0.node.take(news) }
                viewChanged.yield()
            }
        }
    }

    private func followPods(_ node: Node) async {
        var told: [PodName: PoolName?] = [:]
        for await news in client.follow(PodResource.self, .onNode(name)) {
            note(news, of: "pods")
            let expected = state.withLock { state in
                state.pods.take(news)
                return state.pods.expected
            }
            if expected != told { node.send(.podsExpected(expected)) }
            told = expected
        }
    }

    private func followNamespaces() async {
        for await news in client.follow(NamespaceResource.self) {
            note(news, of: "namespaces")
            state.withLock { $0.pods.take(news) }
        }
    }

    private func note<R: Resource>(_ news: Followed<R>, of resource: String) {
        switch news {
        case .listed, .changed, .removed:
            let wasInterrupted = state.withLock { state in
                (state.contact, state.problem) = (.reached, nil)
                return state.interruptions.removeValue(forKey: resource) != nil
            }
            if wasInterrupted { logger.notice("cluster followed again", metadata: ["resource": "\(resource)"]) }
        case .interrupted(let failure):
            let isNew = state.withLock { state in
                (state.contact, state.problem) = (.away, "\(failure)")
                return state.interruptions.updateValue("\(failure)", forKey: resource) == nil
            }
            if isNew {
                logger.warning("cluster not followed", metadata: ["resource": "\(resource)", "failure": "\(failure)"])
            }
        }
    }

    func note(_ failure: KubernetesFailure?) {
        state.withLock { ($0.contact, $0.problem) = (failure == nil ? .reached : .away, failure.map { "\($0)" }) }
    }

    // MARK: - Settings

    /// Has the node work as the cluster says now. What cannot be followed leaves everything as it was, and is told.
    private func redirect(_ direct: Directing, _ apply: (Directions) async -> Void) async {
        let (view, hasENIConfigs, hasTrunk) = state.withLock { ($0.node.view, $0.node.hasENIConfigs, $0.trunk != nil) }
        guard let view else { return }
        guard hasENIConfigs || !wantsENIConfigs(view) else {
            eniConfigsWanted.continuation.yield()
            return
        }
        do throws(ConfigurationFaults) {
            let directions = try direct(try file.under(view), hasTrunk)
            let (isChanged, needingStart): (Bool, [String]) = state.withLock { state in
                state.faults = []
                guard state.directions != directions else { return (false, []) }
                let before = state.begun.flatMap { state.directions?.needingStart(since: $0) } ?? []
                state.directions = directions
                return (true, state.begun.map { directions.needingStart(since: $0).filter { !before.contains($0) } } ?? [])
            }
            keep(view)
            guard isChanged else { return }
            logger.notice("node works as the cluster says now")
            await apply(directions)
            if !needingStart.isEmpty {
                let text = "\(needingStart.joined(separator: ", ")) changed; the daemon follows at its next start: restart its pod"
                logger.notice("settings wait for a start", metadata: ["settings": "\(needingStart)"])
                await tellOfNode(.normal, "SettingsNeedStart", text)
            }
        } catch {
            let isNew = state.withLock { state in
                defer { state.faults = error.faults }
                return state.faults != error.faults
            }
            guard isNew else { return }
            for fault in error.faults { logger.error("the cluster's wish for the node not followed", metadata: ["fault": "\(fault)"]) }
            await tellOfNode(.warning, "InvalidSettings", error.faults.map(\.description).joined(separator: "; "))
        }
    }

    private func tellOfNode(_ severity: EventResource.Severity, _ reason: String, _ message: String) async {
        guard state.withLock({ $0.begun?.cluster.writes ?? false }) else { return }
        await events.record(severity, about: nodeSubject, reason: reason, message)
    }

    // MARK: - Addresses of pods that are gone

    /// From one look to the next, on average: a list of the node's own pods, twice an hour.
    static let leakInterval: Duration = .seconds(1800)

    private func releaseLeaked(_ node: Node) async {
        while !Task.isCancelled {
            do {
                try await sleep(Self.leakInterval * Double.random(in: 0.5...1.5))
                try await releaseLeakedOnce(node)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("pods of the cluster not compared with the node's", metadata: ["failure": "\(error)"])
            }
        }
    }

    /// A list that is asked for now is younger than every allocation that counts as old.
    package func releaseLeakedOnce(_ node: Node) async throws {
        let live = try await client.list(PodResource.self, .onNode(name)).items.filter { !$0.isFinished }
        let found = try node.release(podsMissingFrom: Set(live.map(PodName.init)))
        if !found.kept.isEmpty {
            logger.warning(
                "pods run that the cluster does not have",
                metadata: ["pods": "\(found.kept)", "remedy": "look for sandboxes with crictl pods"])
        }
    }
}
