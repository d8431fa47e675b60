import Yams

extension Kubeconfig {
    func access(context: String?, source: String, environment: [String: String]) throws(ClusterAccessFailure) -> ClusterAccess {
        guard let context = context ?? currentContext else {
            throw ClusterAccessFailure(
                problem: "The \(source) has no current-context", remedy: "Name one of \(Self.names(contexts))")
        }
        let source = "\(source), context \(context)"
        guard let chosen = contexts[context] else {
            throw ClusterAccessFailure(
                problem: "The \(source), is not among its contexts", remedy: "Name one of \(Self.names(contexts))")
        }
        guard let clusterName = chosen.fields["cluster"]?.text, let cluster = clusters[clusterName] else {
            throw ClusterAccessFailure(
                problem: "The \(source), has no cluster that exists", remedy: "Name one of \(Self.names(clusters)) in it")
        }
        var user: Entry?
        if let name = chosen.fields["user"]?.text {
            user = users[name]
            guard user != nil else {
                throw ClusterAccessFailure(
                    problem: "The \(source), names the user \(name), who is not there", remedy: "Name one of \(Self.names(users)) in it")
            }
        }
        let place = Place(source: source, environment: environment)
        var access = try place.cluster(cluster)
        access.namespace = chosen.fields["namespace"]?.text
        if let user { access.credential = try place.credential(user, of: access, cluster) }
        return access
    }

    private static func names(_ entries: [String: Entry]) -> String {
        entries.isEmpty ? "none, there are none" : entries.keys.sorted().prefix(10).joined(separator: ", ")
    }
}

/// Reads the entries that a context has chosen, and says where they stand when they cannot be used.
private struct Place {
    let source: String
    let environment: [String: String]

    func cluster(_ entry: Kubeconfig.Entry) throws(ClusterAccessFailure) -> ClusterAccess {
        let fields = entry.fields
        guard let server = fields["server"]?.text, let address = ServerAddress(server) else {
            throw failure("has the server \"\(fields["server"]?.text ?? "")\", which is no address", "Give https://host:port")
        }
        var access = ClusterAccess(address: address, credential: CredentialSource(), source: source)
        access.authorities = try pem(fields, "certificate-authority", entry)
        access.certificateName = fields["tls-server-name"]?.text
        access.isUnverified = fields["insecure-skip-tls-verify"]?.isTrue ?? false
        if access.isUnverified, access.authorities != nil {
            throw failure("has authorities and insecure-skip-tls-verify", "Remove insecure-skip-tls-verify")
        }
        if let proxy = fields["proxy-url"]?.text {
            guard proxy.hasPrefix("http://"), let address = ServerAddress(proxy), address.prefix.isEmpty else {
                throw failure("has the proxy \"\(proxy)\", which is no http address", "Give http://host:port without a user")
            }
            access.proxy = address
        }
        return access
    }

    /// A token in a file counts before one that stands there, and a plugin is asked when there is neither: as client-go has it.
    func credential(
        _ entry: Kubeconfig.Entry, of access: ClusterAccess, _ cluster: Kubeconfig.Entry
    ) throws(ClusterAccessFailure) -> CredentialSource {
        let fields = entry.fields
        if fields["username"]?.text != nil || fields["password"]?.text != nil {
            throw failure("logs in with a password, which no API server since 1.19 takes", "Use a token, a certificate or a plugin")
        }
        if fields["auth-provider"] != nil {
            throw failure("uses an auth-provider, which is gone since 1.26", "Use the exec plugin of the provider")
        }
        for field in ["as", "as-uid", "as-groups", "as-user-extra"] where fields[field] != nil {
            throw failure("acts as somebody else (\(field)), which is not supported", "Use a user of its own")
        }
        var credential = CredentialSource()
        if let file = fields["tokenFile"]?.text {
            credential.token = .file(path(file, entry))
        } else if let token = fields["token"]?.text {
            credential.token = .text(token)
        }
        let (chain, key) = (try pem(fields, "client-certificate", entry), try pem(fields, "client-key", entry))
        switch (chain, key) {
        case (let chain?, let key?): credential.certificate = CredentialSource.Certificate(chain: chain, key: key)
        case (nil, nil): break
        default: throw failure("has one of client-certificate and client-key", "Give both")
        }
        if let exec = fields["exec"] { credential.plugin = try plugin(exec, entry, of: access, cluster) }
        return credential
    }

    private func plugin(
        _ fields: Yams.Node, _ entry: Kubeconfig.Entry, of access: ClusterAccess, _ cluster: Kubeconfig.Entry
    ) throws(ClusterAccessFailure) -> ExecPlugin {
        guard let apiVersion = fields["apiVersion"]?.text, ExecPlugin.apiVersions.contains(apiVersion) else {
            throw failure(
                "has a credential plugin of version \"\(fields["apiVersion"]?.text ?? "")\"",
                "Use one of \(ExecPlugin.apiVersions.joined(separator: ", "))")
        }
        guard let command = fields["command"]?.text else { throw failure("has a credential plugin without a command", "Give its path") }
        // Always means that a person has to answer the plugin's questions.
        if fields["interactiveMode"]?.text == "Always" {
            throw failure("has a credential plugin that needs a terminal", "Use one that does not")
        }
        // A command with a slash in it lies beside the file, one without is looked for in PATH: as client-go has it.
        var plugin = ExecPlugin(
            apiVersion: apiVersion, command: command.contains("/") ? path(command, entry) : command, environment: environment)
        plugin.arguments = (fields["args"]?.sequence.map(Array.init) ?? []).map { $0.string ?? "" }
        for variable in fields["env"]?.sequence.map(Array.init) ?? [] {
            if let name = variable["name"]?.text { plugin.environment[name] = variable["value"]?.string ?? "" }
        }
        plugin.installHint = fields["installHint"]?.text
        if fields["provideClusterInfo"]?.isTrue ?? false {
            plugin.cluster = ExecPlugin.ClusterInfo(
                server: cluster.fields["server"]?.text ?? "", certificateName: access.certificateName, isUnverified: access.isUnverified,
                authorities: cluster.fields["certificate-authority-data"]?.text)
        }
        return plugin
    }

    /// The bytes that stand in the file under `name-data`, or the path under `name`; the former count, as in client-go.
    private func pem(_ fields: Yams.Node, _ name: String, _ entry: Kubeconfig.Entry) throws(ClusterAccessFailure) -> PEMSource? {
        if let data = fields["\(name)-data"]?.text {
            guard let bytes = Base64.decode(data) else { throw failure("has a \(name)-data that is not base64", "Mend it") }
            return .bytes(bytes)
        }
        return fields[name]?.text.map { .file(path($0, entry)) }
    }

    private func path(_ path: String, _ entry: Kubeconfig.Entry) -> String {
        if path.hasPrefix("/") { return path }
        guard let slash = entry.file.lastIndex(of: "/") else { return path }
        return entry.file[...slash] + path
    }

    private func failure(_ problem: String, _ remedy: String) -> ClusterAccessFailure {
        ClusterAccessFailure(problem: "The \(source), \(problem)", remedy: remedy)
    }
}
