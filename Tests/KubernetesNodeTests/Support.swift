import Foundation
import KubernetesAdapter
import KubernetesTesting
import Logging

extension FakeAPIServer {
    /// A client of this server, through a kubeconfig that is gone afterwards.
    func withClient<Outcome: Sendable>(
        _ body: (KubernetesClient, ClusterAccess) async throws -> Outcome
    ) async throws -> Outcome {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("kubeconfig-\(UUID().uuidString)").path
        try kubeconfig.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let access = try ClusterAccess.kubeconfig(path: file, environment: [:])
        let client = try KubernetesClient(access, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let outcome = try await body(client, access)
            await client.shutdown()
            return outcome
        } catch {
            await client.shutdown()
            throw error
        }
    }

    var kubeconfig: String {
        """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "\(url)"}}]
        users: [{name: test, user: {token: secret}}]
        contexts: [{name: test, context: {cluster: test, user: test}}]
        """
    }
}
