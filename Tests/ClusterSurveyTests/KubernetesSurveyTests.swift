import ClusterImport
import ClusterSurvey
import Foundation
import JSON
import KubernetesTesting
import Logging
import SnapshotReading
import Testing

@Suite(.timeLimit(.minutes(2))) struct KubernetesSurveyTests {
    private static let workloads = [
        ServedKind("apps/v1", "Deployment", "deployments", isNamespaced: true),
        ServedKind("apps/v1", "StatefulSet", "statefulsets", isNamespaced: true),
        ServedKind("apps/v1", "DaemonSet", "daemonsets", isNamespaced: true),
        ServedKind("apps/v1", "ReplicaSet", "replicasets", isNamespaced: true),
        ServedKind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", isNamespaced: true),
    ]

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static func saved(_ name: String) throws -> JSONValue {
        let bytes = Array(try Data(contentsOf: tests.appending(path: "SnapshotReadingTests/Resources/\(name).json")))
        return try SnapshotReading.document(bytes, name: name)
    }

    /// The saved objects in an API server, as it is asked by a kubeconfig.
    private static func survey(_ change: @escaping @Sendable (FakeAPIServer) throws -> Void = { _ in }) async throws -> ClusterSnapshot {
        try await FakeAPIServer.run { server in
            for kind in workloads { server.serve(kind) }
            for name in ["cluster", "pods"] {
                for item in try saved(name)["items"]?.array ?? [] where item["kind"]?.string != "ConfigMap" {
                    var object = item.object ?? JSONObject()
                    if object["kind"] == nil { (object["kind"], object["apiVersion"]) = ("Pod", "v1") }
                    try server.put(object)
                }
            }
            try change(server)
            let file = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)").path
            try """
            apiVersion: v1
            kind: Config
            current-context: test
            clusters: [{name: test, cluster: {server: "\(server.url)"}}]
            users: [{name: test, user: {token: secret}}]
            contexts: [{name: test, context: {cluster: test, user: test}}]
            """.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            return try await KubernetesSurvey.withAccess(kubeconfig: file, environment: [:], logger: logger) {
                survey throws(SnapshotFaults) in try await survey.snapshot()
            }
        }
    }

    @Test func aServerTellsWhatKubectlSaves() async throws {
        let asked = try await Self.survey()
        let saved = try SnapshotReading.kubernetes(["cluster", "pods"].map { ($0, try Self.saved($0)) })
        #expect(Set(asked.nodes) == Set(saved.nodes) && Set(asked.controllers) == Set(saved.controllers))
        #expect(Set(asked.pods) == Set(saved.pods) && asked.autoscalers == saved.autoscalers && asked.cni == saved.cni)
        #expect(asked.nodes.count == 2 && asked.pods.count == 4 && asked.controllers.count == 6)
    }

    @Test func aClusterThatKnowsNoENIConfigsIsReadWithoutThem() async throws {
        let asked = try await Self.survey { $0.unserve("eniconfigs") }
        #expect(asked.eniConfigs.isEmpty && asked.nodes.count == 2)
    }

    @Test func aRightThatIsMissingIsNamed() async throws {
        let outcome = await #expect(throws: SnapshotFaults.self) { try await Self.survey { $0.deny("list deployments.apps") } }
        let fault = try #require(outcome?.faults.first)
        #expect(fault.problem.hasPrefix("403") && fault.remedy.hasPrefix("Allow list on deployments.apps"), "\(fault)")
    }

    /// The role of the page is enough, and nothing in it is of no use.
    @Test func theRoleOfThePageHasTheListsThatAreAskedForAndNoOthers() async throws {
        let page = Self.tests.deletingLastPathComponent().appending(path: "Docs/Reference/PlanImport.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let rights = text.split(separator: "\n").filter { $0.hasPrefix("  - {apiGroups: [") }.flatMap { line -> [String] in
            let lists = line.split(separator: "[").dropFirst().map { $0.prefix { $0 != "]" }.split(separator: ",") }
            guard lists.count == 3 else { return [] }
            let group = lists[0].first.map { $0.filter { $0 != "\"" } } ?? ""
            return lists[1].map { $0.trimmingCharacters(in: .whitespaces) }.map { "list \($0)" + (group.isEmpty ? "" : ".\(group)") }
        }
        #expect(rights.count == 8, "\(rights)")
        #expect(try await Self.survey { $0.allow(only: Set(rights)) }.nodes.count == 2)
        for right in rights where right != "list eniconfigs.crd.k8s.amazonaws.com" {
            await #expect(throws: SnapshotFaults.self) { try await Self.survey { $0.allow(only: Set(rights).subtracting([right])) } }
        }
    }

    @Test func withoutAKubeconfigItIsSaidWhatToGive() async {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let outcome = await #expect(throws: SnapshotFaults.self) {
            try await KubernetesSurvey.withAccess(environment: ["HOME": "/nowhere"], logger: logger) { survey throws(SnapshotFaults) in
                try await survey.snapshot()
            }
        }
        #expect(outcome?.faults.first?.remedy.contains("--from-kubectl") == true)
    }
}
