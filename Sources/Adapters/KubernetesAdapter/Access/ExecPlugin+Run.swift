import Glibc
import JSON
import NIOPosix
import Synchronization

extension ExecPlugin {
    static let outputBytesMax = 1 << 20
    static let limit = Duration.seconds(60)

    /// Runs the program and reads its answer, within a minute.
    func run(source: String, within limit: Duration = Self.limit) async throws(ClusterAccessFailure) -> ExecCredential {
        let outcome: Result<ExecCredential, ExecFailure>
        do {
            outcome = try await NIOThreadPool.singleton.runIfActive { [self] in
                Result { () throws(ExecFailure) in
                    let output = try ChildRun(
                        [command] + arguments, environment: variables, limit: limit, outputBytesMax: Self.outputBytesMax)
                    return try ExecCredential(parsing: output.bytes, apiVersion: apiVersion)
                }
            }
        } catch {
            throw ClusterAccessFailure(problem: "The credential plugin \(command) of \(source) was not run: \(error)", remedy: "Ask again")
        }
        do throws(ExecFailure) {
            return try outcome.get()
        } catch {
            throw ClusterAccessFailure(
                problem: "The credential plugin \(command) of \(source) \(error.problem)",
                remedy: installHint?.cut(toBytes: 300) ?? "Run it by hand and mend what it says")
        }
    }

    /// What the plugin finds in its environment.
    private var variables: [String: String] {
        var spec: JSONObject = ["interactive": false]
        if let cluster {
            var told: JSONObject = ["server": .string(cluster.server)]
            if let name = cluster.certificateName { told["tls-server-name"] = .string(name) }
            if cluster.isUnverified { told["insecure-skip-tls-verify"] = true }
            if let authorities = cluster.authorities { told["certificate-authority-data"] = .string(authorities) }
            spec["cluster"] = .object(told)
        }
        let info: JSONValue = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": .object(spec)]
        return environment.merging(["KUBERNETES_EXEC_INFO": "\(info)"]) { _, told in told }
    }
}
