import ArgumentParser
import ClusterImport
import ClusterSurvey
import Foundation
import Logging
import SnapshotReading

/// Where a cluster's objects are read from: saved lists, or its API server.
struct KubernetesOptions: ParsableArguments {
    @Option(
        name: .customLong("from-kubectl"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Saved outputs of kubectl get nodes,pods,deployments,statefulsets,daemonsets,replicasets,hpa,eniconfigs -A -o json, in any "
                + "order; Kubernetes is not asked then.",
            valueName: "file"))
    var files: [String] = []

    @Option(help: "The kubeconfig file; left out, KUBECONFIG or ~/.kube/config. Not asked beside --from-aws unless it is given.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context; left out, its own choice.")
    var context: String?

    @Flag(help: "Ask no Kubernetes: nodes are found by their tags, and there are no workloads.")
    var withoutKubernetes = false

    /// - Parameter isOffline: Whether what is told of AWS was saved: then Kubernetes is asked only when a kubeconfig is named.
    func cluster(isOffline: Bool) async throws -> ClusterSnapshot {
        guard files.isEmpty else { return try SnapshotInput.cluster(files) }
        guard !withoutKubernetes, !isOffline || kubeconfig != nil || context != nil else { return ClusterSnapshot() }
        let logger = Logger(label: "berth") { _ in SwiftLogNoOpLogHandler() }
        do throws(SnapshotFaults) {
            return try await KubernetesSurvey.withAccess(
                kubeconfig: kubeconfig, context: context, environment: ProcessInfo.processInfo.environment, logger: logger
            ) { survey throws(SnapshotFaults) in try await survey.snapshot() }
        } catch {
            throw SnapshotOptions.refused(error)
        }
    }
}
