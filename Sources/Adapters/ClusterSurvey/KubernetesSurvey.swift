public import ClusterImport
import JSON
public import KubernetesAdapter
public import SnapshotReading

/// Looks at a cluster through lists of the Kubernetes API; nothing is changed or watched.
public struct KubernetesSurvey: Sendable {
    private let client: KubernetesClient

    public init(_ client: KubernetesClient) {
        self.client = client
    }

    /// - Throws: ``SnapshotFaults`` with what was asked, what the server said and what to do.
    public func snapshot() async throws(SnapshotFaults) -> ClusterSnapshot {
        var cluster = try await list(Surveyed.Node.self)
        cluster.add(try await list(Surveyed.DaemonSet.self))
        cluster.add(try await list(Surveyed.Deployment.self))
        cluster.add(try await list(Surveyed.StatefulSet.self))
        cluster.add(try await list(Surveyed.ReplicaSet.self))
        cluster.add(try await list(Surveyed.Autoscaler.self))
        // A cluster without custom networking need not know the kind.
        cluster.add(try await list(Surveyed.ENIConfig.self, isOptional: true))
        cluster.add(try await list(Surveyed.Pod.self))
        return cluster
    }

    private func list<R: SurveyedResource>(_: R.Type, isOptional: Bool = false) async throws(SnapshotFaults) -> ClusterSnapshot {
        let objects: [JSONObject]
        do throws(KubernetesFailure) {
            objects = try await client.list(R.self).items.map(\.object)
        } catch {
            guard !isOptional || error.kind != .notFound else { return ClusterSnapshot() }
            throw SnapshotFaults([SnapshotFault(error, R.kind)])
        }
        return try SnapshotReading.kubernetes(objects, kind: R.kind.kind)
    }
}

extension SnapshotFault {
    /// A list that was not answered.
    init(_ failure: KubernetesFailure, _ kind: ResourceKind) {
        let words = [failure.status.map(String.init) ?? "", failure.reason, failure.message].filter { !$0.isEmpty }.joined(separator: " ")
        let remedy =
            failure.kind == .forbidden
            ? "Allow list on \(kind); Docs/Reference/PlanImport.md has the whole role, and --from-kubectl reads saved lists"
            : failure.remedy
        self.init(place: "Kubernetes \(failure.request)", problem: words, remedy: remedy)
    }
}
