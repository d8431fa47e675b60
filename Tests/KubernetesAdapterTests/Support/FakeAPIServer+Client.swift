import KubernetesAdapter
import KubernetesTesting
import Logging

extension FakeAPIServer {
    /// Access through a kubeconfig file with a token.
    func access(_ folder: TemporaryFolder, token: String = "secret-token") throws -> ClusterAccess {
        try access(folder, user: "{token: \(token)}")
    }

    /// Access through a kubeconfig file with what is given of the user and the cluster, as YAML.
    func access(
        _ folder: TemporaryFolder, user: String, cluster: String = "", environment: [String: String] = [:]
    ) throws -> ClusterAccess {
        let file = try folder.write(
            "config",
            """
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: here, user: me}}]
            clusters: [{name: here, cluster: {server: "\(url)"\(cluster.isEmpty ? "" : ", \(cluster)")}}]
            users:
            - name: me
              user: \(user)
            """)
        return try ClusterAccess.kubeconfig(path: file, environment: environment)
    }

    /// Runs with a client, which is shut down after it.
    func withClient<Outcome>(
        _ access: ClusterAccess? = nil, clock: ClientClock = TestClock().clock, limits: RequestLimits = RequestLimits(),
        _ body: (KubernetesClient) async throws -> Outcome
    ) async throws -> Outcome {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = try KubernetesClient(
            access ?? self.access(folder), logger: logger, userAgent: "berthd/test", clock: clock, limits: limits)
        do {
            let outcome = try await body(client)
            await client.shutdown()
            return outcome
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Writes a pod.
    func putPod(_ name: String, node: String = "n1", namespace: String = "default", label: String = "a") throws {
        try put(
            """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)", "namespace": "\(namespace)", "labels": {"mark": "\(label)"},
            "managedFields": [{"manager": "kubelet"}]}, "spec": {"nodeName": "\(node)"}, "status": {"phase": "Running"}}
            """)
    }
}

extension Followed<PodResource> {
    /// Such as `listed a b`, `changed a=x`, `removed a`, `interrupted serverError 500`.
    var text: String {
        switch self {
        case .listed(let pods): (["listed"] + pods.map(\.name)).joined(separator: " ")
        case .changed(let pod): "changed \(pod.name)=\(pod.labels["mark"] ?? "")"
        case .removed(let pod): "removed \(pod.name)"
        case .interrupted(let failure): "interrupted \(failure.kind)\(failure.status.map { " \($0)" } ?? "")"
        }
    }
}
