import Foundation
import Testing

/// A way in which an operator has the objects made.
enum Rendering: Hashable, CustomTestStringConvertible {
    /// A folder below `Install/kustomize`.
    case kustomize(String)
    /// The chart with values of the command line.
    case helm([String])

    static let base = Rendering.kustomize("base")
    static let chart = Rendering.helm([])
    static let overlays = ["custom-networking", "ipv6", "prefix-delegation", "read-only", "take-over"]

    /// Those that install the daemon.
    static let installations: [Rendering] =
        [base, chart, withoutWrites, takingOver, everything] + overlays.map { .kustomize("overlays/\($0)") }
    static let all = installations + [.kustomize("eniconfig-crd")]
    static let takingOver = Rendering.helm(["--set=takeOver=true"])
    static let withoutWrites = Rendering.helm(["--set=rbac.writes=false"])
    /// Every branch of the templates.
    static let everything = Rendering.helm([
        "--set=takeOver=true,eniConfigCRD=true,image.digest=sha256:\(String(repeating: "0", count: 64))",
        "--set=imagePullSecrets[0].name=registry,podLabels.team=network,podAnnotations.note=text",
        "--set=serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::111122223333:role/berth",
        "--set=extraArguments={--log-level,debug},installArguments={--bandwidth}",
        "--set=nodeAffinity[0].key=pool,nodeAffinity[0].operator=In,nodeAffinity[0].values={a}",
        "--set-string=settings.ENABLE_PREFIX_DELEGATION=true,settings.WARM_PREFIX_TARGET=2",
    ])

    var testDescription: String {
        switch self {
        case .kustomize(let folder): "kubectl kustomize \(folder)"
        case .helm(let values): "helm template \(values.joined(separator: " "))"
        }
    }

    private static let install = ManifestTool.repository.appending(path: "Install")
    static let chartFolder = install.appending(path: "helm/berth").path

    /// The folders of Kustomize that there are.
    static var folders: [String] {
        get throws {
            let kustomize = install.appending(path: "kustomize")
            return try FileManager.default.subpathsOfDirectory(atPath: kustomize.path).filter { $0.hasSuffix("/kustomization.yaml") }
                .map { String($0.dropLast("/kustomization.yaml".count)) }.sorted()
        }
    }

    func made() throws -> Manifest {
        switch self {
        case .kustomize(let folder):
            try Manifest(ManifestTool.kubectl.run(["kustomize", Self.install.appending(path: "kustomize/\(folder)").path]))
        case .helm(let values):
            try Manifest(ManifestTool.helm.run(["template", "berth", Self.chartFolder, "--namespace", "kube-system"] + values))
        }
    }
}
