import KubernetesAdapter
import Testing

/// What is read from files and variables, and what is refused with a reason.
struct KubeconfigTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func file(_ user: String, cluster: String = "server: https://api.example:6443", extra: String = "") throws -> String {
        try folder.write(
            "config",
            """
            apiVersion: v1
            kind: Config
            preferences: {}
            current-context: test
            contexts: [{name: test, context: {cluster: here, user: me, namespace: home}}, {name: other, context: {cluster: gone}}]
            clusters: [{name: here, cluster: {\(cluster)}}]
            users: [{name: me, user: {\(user)}}]
            \(extra)
            """)
    }

    private func failure(_ path: String, context: String? = nil) -> String {
        do throws(ClusterAccessFailure) {
            _ = try ClusterAccess.kubeconfig(path: path, context: context, environment: [:])
            return "none"
        } catch {
            return "\(error)".replacing(folder.path, with: "…")
        }
    }

    @Test func aFileTellsTheServerAndTheNamespace() throws {
        let access = try ClusterAccess.kubeconfig(path: file("token: abc"), environment: [:])
        #expect(access.server == "https://api.example:6443")
        #expect(access.namespace == "home")
        #expect(!"\(access)".contains("abc"))
        #expect("\(access)".replacing(folder.path, with: "…") == "https://api.example:6443 (kubeconfig …/config, context test)")
    }

    @Test(arguments: [
        ("https://api.example", "https://api.example"), ("https://10.0.0.1:443/", "https://10.0.0.1"),
        ("https://[fd00::1]:6443", "https://[fd00::1]:6443"), ("api.example:6443", "https://api.example:6443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("https://rancher/k8s/clusters/c-1", "https://rancher/k8s/clusters/c-1"),
    ])
    func serversAreReadAsClientsOfKubernetesDo(server: String, expected: String) throws {
        let access = try ClusterAccess.kubeconfig(path: file("token: abc", cluster: "server: \"\(server)\""), environment: [:])
        #expect(access.server == expected)
    }

    @Test(arguments: [
        "ftp://api.example", "https://", "https://me@api.example", "https://api.example:0", "https://api.example:99999", "https://a b",
        "https://fd00::1", "https://[fd00::1", "https://[]", "https://api.example?x", "",
    ])
    func addressesThatAreNoneAreRefused(server: String) throws {
        let words = failure(try file("token: abc", cluster: "server: \"\(server)\""))
        #expect(words.contains("which is no address. Give https://host:port."))
    }

    @Test func whatIsMissingIsNamed() throws {
        #expect(failure("\(folder.path)/none") == "The kubeconfig cannot be read: …/none: No such file or directory. Name a file that can.")
        let path = try file("token: abc")
        #expect(
            failure(path, context: "nowhere")
                == "The kubeconfig …/config, context nowhere, is not among its contexts. Name one of other, test.")
        #expect(
            failure(path, context: "other") == "The kubeconfig …/config, context other, has no cluster that exists. Name one of here in it."
        )
    }

    @Test(arguments: [
        ("username: me, password: pass", "logs in with a password"), ("auth-provider: {name: gcp}", "uses an auth-provider"),
        ("token: abc, as: admin", "acts as somebody else (as)"),
        ("client-certificate-data: YQ==", "has one of client-certificate and client-key"),
        ("client-certificate-data: '*', client-key-data: YQ==", "has a client-certificate-data that is not base64"),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "has a credential plugin of version"),
        ("exec: {apiVersion: client.authentication.k8s.io/v1}", "has a credential plugin without a command"),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
            "has a credential plugin that needs a terminal"
        ),
    ])
    func loginsThatAreNotSupportedAreRefusedWithTheReason(user: String, problem: String) throws {
        #expect(failure(try file(user)).contains(problem))
    }

    @Test func aFileWithAnchorsIsRefused() throws {
        #expect(failure(try file("token: abc", extra: "x: &a [1]")).contains("uses anchors"))
        #expect(failure(try file("token: 'abc&def'")) == "none")
    }

    @Test(arguments: ["", "[]", "a: [", "{", "\u{0}", "a: b: c"]) func aFileThatIsNoKubeconfigIsRefused(text: String) throws {
        #expect(failure(try folder.write("config", text)).hasPrefix("The kubeconfig …/config"))
    }

    @Test func aFileThatIsTooLargeIsRefused() throws {
        #expect(failure(try folder.write("config", String(repeating: "#", count: 1 << 20 + 1))).contains("larger than the 1048576 bytes"))
    }

    @Test func theFirstOfSeveralFilesThatSaysAThingIsRight() throws {
        let first = try folder.write(
            "first",
            "current-context: test\nclusters: [{name: here, cluster: {server: https://first}}]\nusers: [{name: me, user: {token: a}}]")
        let second = try file("token: b")
        let access = try ClusterAccess.kubeconfig(path: "\(first):\(folder.path)/none:\(second)", environment: [:])
        #expect(access.server == "https://first")
        #expect(failure("\(folder.path)/none:\(folder.path)/neither").contains("None of the kubeconfig files"))
    }

    // MARK: - In a pod

    private func serviceAccount() throws {
        try folder.write("token", "abc\n")
        try folder.write("ca.crt", "pem")
        try folder.write("namespace", "kube-system\n")
    }

    @Test func aPodUsesItsServiceAccount() throws {
        try serviceAccount()
        let environment = ["KUBERNETES_SERVICE_HOST": "10.100.0.1", "KUBERNETES_SERVICE_PORT": "443"]
        let access = try #require(try ClusterAccess.inCluster(environment: environment, folder: folder.path))
        #expect(access.server == "https://10.100.0.1")
        #expect(access.namespace == "kube-system")
    }

    @Test func anAddressOfIPv6IsPutInBrackets() throws {
        try serviceAccount()
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00:10:96::1", "KUBERNETES_SERVICE_PORT": "6443"]
        let access = try #require(try ClusterAccess.inCluster(environment: environment, folder: folder.path))
        #expect(access.server == "https://[fd00:10:96::1]:6443")
    }

    @Test func whatIsNoPodHasNoServiceAccount() throws {
        #expect(try ClusterAccess.inCluster(environment: [:], folder: folder.path) == nil)
    }

    @Test func aPodWithoutATokenIsToldWhatToDo() throws {
        let failure = #expect(throws: ClusterAccessFailure.self) {
            try ClusterAccess.inCluster(environment: ["KUBERNETES_SERVICE_HOST": "10.100.0.1"], folder: folder.path)
        }
        #expect(
            failure?.description.replacing(folder.path, with: "…")
                == "The pod's service account cannot be used: …/token: No such file or directory. "
                + "Set automountServiceAccountToken in the pod or its service account to true.")
        let wrong = #expect(throws: ClusterAccessFailure.self) {
            try ClusterAccess.inCluster(
                environment: ["KUBERNETES_SERVICE_HOST": "a b", "KUBERNETES_SERVICE_PORT": "0"], folder: folder.path)
        }
        #expect(wrong?.problem.contains("are no address") == true)
    }
}
