/// A program that tells who we are (kubernetes.io, "Authenticating", client-go credential plugins).
struct ExecPlugin: Hashable, Sendable {
    var apiVersion: String
    /// A path, or a name to be looked for in `PATH`.
    var command: String
    var arguments: [String] = []
    /// The process's environment with the file's additions.
    var environment: [String: String] = [:]
    /// Told to the plugin when it asks to know the cluster.
    var cluster: ClusterInfo?
    /// What to tell a user who does not have the program.
    var installHint: String?

    struct ClusterInfo: Hashable, Sendable {
        var server: String
        var certificateName: String?
        var isUnverified: Bool
        /// As the file has them, in base64.
        var authorities: String?
    }

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
}
