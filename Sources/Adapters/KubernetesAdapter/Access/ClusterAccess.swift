/// Where the API server is and who we are to it.
///
/// Credentials are sources that are asked again, not texts: a token that the kubelet has rotated is taken within a minute, and at once
/// when the server refuses the old one.
public struct ClusterAccess: Sendable {
    var address: ServerAddress
    /// The authorities that the server's certificate is held against; nil for those of the machine.
    var authorities: PEMSource?
    /// The name in the server's certificate, where it is not the host's.
    var certificateName: String?
    /// Whether any certificate is believed: only because the file says so.
    var isUnverified = false
    /// An HTTP proxy before the server.
    var proxy: ServerAddress?
    var credential: CredentialSource
    /// Where this was read, for messages, such as `kubeconfig /root/.kube/config, context admin`.
    public internal(set) var source: String
    /// Where the reader of this is at home: the pod's own namespace, or the context's.
    public internal(set) var namespace: String?

    /// The address, such as `https://10.100.0.1`.
    public var server: String { "\(address)" }
}

extension ClusterAccess: CustomStringConvertible {
    /// Without anything secret.
    public var description: String { "\(server) (\(source))" }
}

extension ClusterAccess {
    /// Where Kubernetes mounts a pod's service account (kubernetes.io, "Accessing the Kubernetes API from a Pod").
    public static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The access that a pod has from its service account.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - folder: Holds `token`, `ca.crt` and `namespace`.
    /// - Returns: Nil when `KUBERNETES_SERVICE_HOST` is not set: this is no pod.
    /// - Throws: When it is set and the rest does not fit, or the token or the authorities are not there.
    public static func inCluster(
        environment: [String: String], folder: String = serviceAccountFolder
    ) throws(ClusterAccessFailure) -> ClusterAccess? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else { return nil }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        guard let address = ServerAddress(serviceHost: host, port: port) else {
            throw ClusterAccessFailure(
                problem: "KUBERNETES_SERVICE_HOST \"\(host)\" and KUBERNETES_SERVICE_PORT \"\(port)\" are no address",
                remedy: "Set them to the API server's host and port, or unset both")
        }
        let (token, authorities) = ("\(folder)/token", "\(folder)/ca.crt")
        do throws(FileFailure) {
            _ = try SmallFile.read(token)
            _ = try SmallFile.read(authorities)
        } catch {
            throw ClusterAccessFailure(
                problem: "The pod's service account cannot be used: \(error)",
                remedy: "Set automountServiceAccountToken in the pod or its service account to true")
        }
        let namespace = try? SmallFile.read("\(folder)/namespace")
        return ClusterAccess(
            address: address, authorities: .file(authorities), credential: CredentialSource(token: .file(token)),
            source: "service account in \(folder)", namespace: namespace.map { SmallFile.word($0) })
    }
}
