import CommandLineTool
import Foundation
import NodeConfiguration
import Testing

/// What operators apply to a cluster, made by the tools that they use.
@Suite(
    .enabled(
        if: ManifestTool.missing.isEmpty || ManifestTool.areRequired,
        "needs helm, kubectl and kubernetes-validate in .build-python: make setup-test"))
struct ManifestTests {
    /// The oldest and the youngest version of Kubernetes that the objects are held to.
    static let kubernetesVersions = ["1.28", "1.37"]
    /// What the daemon reads besides the settings.
    private static let otherVariables: Set<String> = ["MY_NODE_NAME"]

    @Test func theToolsAreInstalled() {
        #expect(ManifestTool.missing == [], "install them: make setup-test")
    }

    @Test func everyFolderIsHeldToTheRules() throws {
        let known = Rendering.all.compactMap { if case .kustomize(let folder) = $0 { folder } else { nil } }
        #expect(try Rendering.folders == known.sorted())
    }

    // MARK: - Schemas

    @Test(arguments: kubernetesVersions)
    func theAPIsSchemasTakeEveryObject(version: String) throws {
        let text = try Rendering.all.map { try $0.made().text }.joined(separator: "\n---\n")
        let objects = try Manifest(text).objects.count
        let outcome = try validate(text, version)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").count { $0.hasPrefix("INFO") && $0.contains(" passed ") } == objects)
    }

    @Test func aFieldThatTheAPIDoesNotKnowIsSeen() throws {
        let text = try Rendering.base.made().text
        let broken = text.replacing("hostNetwork: true", with: "hostNetworks: true")
        #expect(broken != text)
        let outcome = try validate(broken, "1.37")
        #expect(outcome.status != 0 && outcome.output.contains("hostNetworks"), "\(outcome.output)")
    }

    private func validate(_ text: String, _ version: String) throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "berth-manifests-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try ManifestTool.validator.outcome(["--strict", "--kubernetes-version", version, file.path])
    }

    // MARK: - Least privilege

    @Test(arguments: Rendering.installations)
    func podsHaveNoPrivilegeBeyondTheOneCapability(rendering: Rendering) throws {
        #expect(try LeastPrivilege.faults(in: rendering.made()) == [])
    }

    @Test(arguments: LeastPrivilege.breaches)
    func aPrivilegeThatIsAddedIsSeen(breach: LeastPrivilege.Breach) throws {
        let text = try Rendering.base.made().text
        let broken = text.replacing(breach.written, with: breach.insteadWritten)
        #expect(broken != text, "the manifest does not say \(breach.written)")
        #expect(LeastPrivilege.faults(in: try Manifest(broken)).contains { $0.contains(breach.fault) })
    }

    // MARK: - Rights in the cluster

    @Test func theRightsAreThoseOfTheTableInTheDocumentation() throws {
        let page = try String(
            contentsOf: ManifestTool.repository.appending(path: "Docs/Operating/Kubernetes.md"), encoding: .utf8)
        #expect(try ClusterRight.table(in: page) == ClusterRight.all(in: Rendering.base.made()))
    }

    @Test(arguments: [Rendering.withoutWrites, .kustomize("overlays/read-only")])
    func oneValueTakesEveryRightToWriteAwayAndTellsTheDaemon(rendering: Rendering) throws {
        let manifest = try rendering.made()
        let rights = ClusterRight.all(in: manifest)
        #expect(rights.allSatisfy { Set($0.verbs).isSubset(of: ["get", "list", "watch"]) } && !rights.isEmpty, "\(rights)")
        #expect(manifest.variables["BERTH_KUBERNETES_WRITES"] == "false")
        #expect(try Rendering.base.made().variables["BERTH_KUBERNETES_WRITES"] == "true")
    }

    @Test(arguments: Rendering.installations)
    func everyRoleIsBoundToTheAccountOfThePodsAndNoOther(rendering: Rendering) throws {
        let manifest = try rendering.made()
        for (role, binding) in [("ClusterRole", "ClusterRoleBinding"), ("Role", "RoleBinding")] {
            let roles = manifest.objects(ofKind: role).compactMap { $0["metadata"]["name"].text }
            let bindings = manifest.objects(ofKind: binding)
            #expect(bindings.compactMap { $0["roleRef"]["name"].text } == roles)
            #expect(bindings.allSatisfy { $0["roleRef"]["kind"].text == role })
            for subjects in bindings.map({ $0["subjects"].list }) {
                #expect(
                    subjects.map { [$0["kind"].text, $0["name"].text, $0["namespace"].text] } == [
                        ["ServiceAccount", "berth", "kube-system"]
                    ])
            }
        }
        #expect(manifest.pod["serviceAccountName"].text == "berth")
    }

    // MARK: - Settings

    @Test(arguments: Rendering.installations)
    func everyVariableIsOneThatTheDaemonKnows(rendering: Rendering) throws {
        let variables = try rendering.made().variables
        #expect(Set(variables.keys).subtracting(NodeVariables.names).subtracting(Self.otherVariables) == [])
        let settings = variables.compactMapValues { $0 }.filter { !Self.otherVariables.contains($0.key) }
        var faults: [ConfigurationFault] = []
        _ = NodeVariables(environment: settings, known: [], faults: &faults)
        #expect(faults.map(\.description) == [])
    }

    // MARK: - Chart and base

    @Test func theChartMakesWhatTheBaseDoes() throws {
        let (base, chart) = (try Rendering.base.made(), try Rendering.chart.made())
        #expect(base.names == chart.names)
        for object in base.objects {
            let kind = object["kind"].text ?? ""
            #expect(chart.objects(ofKind: kind).contains(object), "\(kind)/\(object["metadata"]["name"].text ?? "")")
        }
    }

    @Test(arguments: [("read-only", Rendering.withoutWrites), ("take-over", .takingOver)])
    func theChartMakesWhatAnOverlayDoesToo(overlay: String, chart: Rendering) throws {
        let (overlay, chart) = (try Rendering.kustomize("overlays/\(overlay)").made(), try chart.made())
        #expect(Set(overlay.objects) == Set(chart.objects) && !overlay.objects.isEmpty)
    }

    @Test(arguments: ["settings.WARM_IP_TARGET=5", "rbac.write=false", "image.digest=latest", "nodeFolders.cniBin=relative"])
    func aValueThatTheChartDoesNotTakeIsRefused(value: String) throws {
        let outcome = try ManifestTool.helm.outcome(["template", "berth", Rendering.chartFolder, "--set", value])
        #expect(outcome.status != 0 && outcome.output.contains("schema"), "\(outcome.output)")
    }

    @Test func theChartPassesHelmsOwnLint() throws {
        #expect(try ManifestTool.helm.run(["lint", "--strict", Rendering.chartFolder]).contains("0 chart(s) failed"))
    }

    @Test(arguments: [Rendering.base, .chart])
    func theImageIsOfTheReleaseOfThePrograms(rendering: Rendering) throws {
        let pod = try rendering.made().pod
        let images = (pod["initContainers"].list + pod["containers"].list).compactMap { $0["image"].text }
        #expect(images == ["localhost/berth:\(Release.version)", "localhost/berth:\(Release.version)"])
    }
}
