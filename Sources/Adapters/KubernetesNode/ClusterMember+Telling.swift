import Addressing
import IPAMEngine
import JSON
package import KubernetesAdapter
import Logging
import NodeConfiguration
import NodeRuntime
import Synchronization

// What the cluster hears of the node and its pods.
extension ClusterMember {
    // MARK: - Pods

    /// How long a pod waits before its owner hears of it: most have their address long before.
    private static let patience: Duration = .seconds(3)
    /// The annotation in which the incumbent leaves a pod's addresses (`ANNOTATE_POD_IP`).
    package static let addressAnnotation = "vpc.amazonaws.com/pod-ips"

    func tellOfPods(_ node: Node) async {
        await withDiscardingTaskGroup { group in
            for await notice in notices.stream {
                group.addTask {
                    switch notice {
                    case .waits(let pod):
                        guard (try? await self.sleep(Self.patience)) != nil, let refusal = node.wait(ofPod: pod) else { return }
                        await self.tell(of: pod, refusal, node.explanation(of: refusal), isRefused: false)
                    case .refused(let pod, let refusal):
                        guard !refusal.isOfTheRuntime else { return }
                        await self.tell(of: pod, refusal, node.explanation(of: refusal), isRefused: true)
                    case .wired(let pod, let addresses): await self.annotate(pod, addresses)
                    }
                }
            }
        }
    }

    private func tell(of pod: PodName, _ refusal: Refusal, _ explanation: String, isRefused: Bool) async {
        guard let subject = await subject(of: pod) else { return }
        let severity: EventResource.Severity = refusal.isPassing && !isRefused ? .normal : .warning
        let state = isRefused ? "No address" : "Waiting for an address"
        await events.record(severity, about: subject, reason: refusal.word, "\(state) on \(name): \(explanation)")
        if case .permissionDenied(let code, let message) = refusal {
            await events.record(.warning, about: nodeSubject, reason: "MissingIAMPermissions", "\(code): \(message)")
        }
    }

    /// Nil where the cluster does not know the pod, and so shows its events to nobody.
    private func subject(of pod: PodName) async -> EventResource.Subject? {
        if let uid = state.withLock({ $0.pods.uid(of: pod) }) {
            return EventResource.Subject(apiVersion: "v1", kind: "Pod", name: pod.name, namespace: pod.namespace, uid: uid)
        }
        guard let found = try? await client.get(PodResource.self, pod.name, namespace: pod.namespace) else { return nil }
        return EventResource.Subject(found)
    }

    private func annotate(_ pod: PodName, _ addresses: [IPAddress]) async {
        let text = addresses.map(\.description).joined(separator: ",")
        do throws(KubernetesFailure) {
            _ = try await client.patch(
                PodResource.self, pod.name, namespace: pod.namespace,
                ["metadata": ["annotations": .object([Self.addressAnnotation: .string(text)])]], as: .merge)
        } catch {
            logger.warning("pod not annotated with its addresses", metadata: ["pod": "\(pod)", "failure": "\(error)"])
        }
    }

    // MARK: - The node

    /// Between two looks at what the node is to say; a change is told within this.
    private static let look: Duration = .seconds(10)

    func tellOfNode(_ node: Node) async {
        var pause = Self.look
        while !Task.isCancelled {
            do throws(KubernetesFailure) {
                try await say(statement(of: node))
                pause = Self.look
            } catch {
                // What it may not say now it may say when its rights have been mended.
                pause = min(pause * 2, Self.lookMax)
                logger.debug("node's status not told", metadata: ["failure": "\(error)"])
            }
            do { try await sleep(pause) } catch { return }
        }
    }

    private static let lookMax: Duration = .seconds(300)

    private func statement(of node: Node) -> NodeStatement {
        let problem = node.unavailability.map {
            NodeStatement.Problem(reason: $0.refusal?.word ?? "PodsCutOff", message: $0.explanation)
        }
        return NodeStatement(
            problem: problem, addresses: node.addressSupply, taint: state.withLock { $0.directions?.variables.cluster.taint })
    }

    /// Writes what the node's object does not say yet; nothing when it does, or while it has not been read.
    package func say(_ statement: NodeStatement) async throws(KubernetesFailure) {
        guard let object = state.withLock({ $0.object }) else { return }
        if let patch = statement.statusPatch(of: object, at: .now) {
            let told = try await client.patch(NodeResource.self, name, subresource: "status", patch, as: .strategic)
            state.withLock { $0.object = NodeStatement.part(of: told) }
        }
        guard let object = state.withLock({ $0.object }), let patch = statement.taintPatch(of: object) else { return }
        let told = try await client.patch(NodeResource.self, name, patch, as: .merge)
        state.withLock { $0.object = NodeStatement.part(of: told) }
    }
}
