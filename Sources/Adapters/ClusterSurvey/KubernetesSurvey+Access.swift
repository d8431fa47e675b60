import Glibc
import KubernetesAdapter
public import Logging
public import SnapshotReading

extension KubernetesSurvey {
    /// Runs with the cluster that a kubeconfig names, or the pod's own where there is none.
    ///
    /// - Parameters:
    ///   - kubeconfig: A path; nil for `KUBECONFIG`, then `~/.kube/config`.
    ///   - context: One of the file's; nil for its own choice.
    /// - Throws: ``SnapshotFaults`` of the access, or the body's.
    public static func withAccess<Answer: Sendable>(
        kubeconfig: String? = nil, context: String? = nil, environment: [String: String], logger: Logger,
        _ body: (KubernetesSurvey) async throws(SnapshotFaults) -> Answer
    ) async throws(SnapshotFaults) -> Answer {
        let client: KubernetesClient
        do throws(ClusterAccessFailure) {
            client = try KubernetesClient(
                try access(kubeconfig, context, environment), logger: logger, userAgent: "berth", clock: .system)
        } catch {
            throw SnapshotFaults([SnapshotFault(place: "Kubernetes", problem: error.problem, remedy: error.remedy)])
        }
        let outcome: Result<Answer, SnapshotFaults>
        do throws(SnapshotFaults) {
            outcome = .success(try await body(KubernetesSurvey(client)))
        } catch {
            outcome = .failure(error)
        }
        await client.shutdown()
        return try outcome.get()
    }

    private static func access(
        _ named: String?, _ context: String?, _ environment: [String: String]
    ) throws(ClusterAccessFailure) -> ClusterAccess {
        let fromEnvironment = environment["KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let path = named ?? fromEnvironment {
            return try ClusterAccess.kubeconfig(path: path, context: context, environment: environment)
        }
        let home = environment["HOME"].map { "\($0)/.kube/config" }
        if let home, Glibc.access(home, R_OK) == 0 {
            return try ClusterAccess.kubeconfig(path: home, context: context, environment: environment)
        }
        if let access = try ClusterAccess.inCluster(environment: environment) { return access }
        throw ClusterAccessFailure(
            problem: "No kubeconfig is there: neither KUBECONFIG nor \(home ?? "~/.kube/config"), and this is no pod",
            remedy: "Give --kubeconfig, or saved lists with --from-kubectl")
    }
}
