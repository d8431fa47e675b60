import Foundation
import JSON
import KubernetesAdapter
import KubernetesTesting
import Testing

/// Every request that a node may make, as it is sent: the file beside the tests holds them, and the table of rights names no other.
@Suite(.timeLimit(.minutes(2)))
struct RequestTests {
    private static let moment = Timestamp(secondsSince1970: 1_767_323_045)
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private let golden = folder.appending(path: "Resources/requests.txt")
    private let page = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Docs/Operating/Kubernetes.md")

    @Test func eachRequestIsSentAsItStandsInTheFile() async throws {
        let texts = try await Self.made().requests.map(\.text)
        let whole = texts.joined(separator: "\n\n") + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try whole.write(to: golden, atomically: true, encoding: .utf8) }
        let expected = try String(contentsOf: golden, encoding: .utf8)
        #expect(whole == expected, "If this is meant: UPDATE_GOLDEN=1 swift test -c release --filter RequestTests")
        #expect(!whole.contains("secret"))
    }

    /// As `PolicyTests` does for IAM: a rule of access that is too wide or too narrow fails here.
    @Test func theTableOfRightsNamesWhatIsAskedForAndNothingElse() async throws {
        let text = try String(contentsOf: page, encoding: .utf8)
        #expect(try Self.rights(inTable: text) == Set(await Self.made().rights.map(\.description)))
    }

    /// Makes each request once.
    private static func made() async throws -> (requests: [RecordedRequest], rights: [RequestTally.Right]) {
        try await FakeAPIServer.run { server in
            try server.put(#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}"#)
            try server.putPod("p1", namespace: "web")
            try server.put(#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}"#)
            try server.put(
                #"{"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "us-east-1a"}}"#)
            try server.put(#"{"apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode", "metadata": {"name": "n1"}}"#)
            return try await server.withClient { client in
                try await nodes(server, client)
                try await pods(server, client)
                _ = try await client.get(NamespaceResource.self, "web")
                try await read(NamespaceResource.self, .all, server, client)
                _ = try await client.get(ENIConfigResource.self, "us-east-1a")
                try await read(ENIConfigResource.self, .all, server, client)
                try await cniNodes(server, client)
                try await events(client)
                try await leases(client)
                return (server.requests, client.requestCounts.keys.sorted())
            }
        }
    }

    /// A list and the watch behind it.
    private static func read<R: Resource>(
        _: R.Type, _ selection: Selection, _ server: FakeAPIServer, _ client: KubernetesClient
    ) async throws {
        let watches = server.requests.filter(\.isWatch).count
        var followed = client.follow(R.self, selection).makeAsyncIterator()
        _ = await followed.next()
        #expect(await server.until { $0.requests.filter(\.isWatch).count > watches })
    }

    private static func nodes(_ server: FakeAPIServer, _ client: KubernetesClient) async throws {
        _ = try await client.get(NodeResource.self, "n1")
        try await read(NodeResource.self, .named("n1"), server, client)
        _ = try await client.patch(
            NodeResource.self, "n1", ["metadata": ["annotations": ["berth.dev/free": "3"]]], as: .merge)
        _ = try await client.patch(
            NodeResource.self, "n1", subresource: "status",
            ["status": ["conditions": [["type": "NetworkUnavailable", "status": "False"]]]], as: .strategic)
    }

    private static func pods(_ server: FakeAPIServer, _ client: KubernetesClient) async throws {
        _ = try await client.get(PodResource.self, "p1", namespace: "web")
        try await read(PodResource.self, .onNode("n1"), server, client)
        _ = try await client.patch(
            PodResource.self, "p1", namespace: "web", ["metadata": ["annotations": ["vpc.amazonaws.com/pod-ips": "10.0.0.7"]]], as: .merge)
    }

    private static func cniNodes(_ server: FakeAPIServer, _ client: KubernetesClient) async throws {
        let node = try await client.get(CNINodeResource.self, "n1")
        try await read(CNINodeResource.self, .named("n1"), server, client)
        _ = try await client.patch(
            CNINodeResource.self, "n1",
            [
                "metadata": ["resourceVersion": .string(node.resourceVersion ?? "")],
                "spec": ["features": [["name": "CustomNetworking", "value": "us-east-1a"]]],
            ], as: .merge)
    }

    private static func events(_ client: KubernetesClient) async throws {
        let subject = EventResource.Subject(
            apiVersion: "v1", kind: "Pod", name: "p1", namespace: "web", uid: "11111111-1111-4111-8111-111111111111")
        let event = EventResource(
            .warning, about: subject, name: "p1.17a", reason: "NoAddress", message: "subnet-1 has no free address", component: "berthd",
            host: "n1", at: moment)
        _ = try await client.create(event)
        _ = try await client.patch(
            EventResource.self, "p1.17a", namespace: "web",
            EventResource.repeated(count: 2, message: "subnet-1 has no free address", at: moment + .seconds(60)), as: .merge)
    }

    private static func leases(_ client: KubernetesClient) async throws {
        var lease = LeaseResource(name: "berth-sweep", namespace: "kube-system")
        lease.holderIdentity = "n1"
        lease.leaseDuration = .seconds(60)
        lease.acquireTime = moment
        lease.renewTime = moment
        _ = try await client.create(lease)
        var held = try await client.get(LeaseResource.self, "berth-sweep", namespace: "kube-system")
        held.renewTime = moment + .microseconds(1_500_000)
        // What the server made of the moment of creation is no part of what is compared.
        held.object["metadata"] = [
            "name": "berth-sweep", "namespace": "kube-system", "resourceVersion": .string(held.resourceVersion ?? ""),
        ]
        _ = try await client.update(held)
    }

    /// Reads rows such as `| nodes/status | patch | … |` of the table that the manifests are held to as well.
    private static func rights(inTable page: String) throws -> Set<String> {
        let parts = page.components(separatedBy: "<!-- rights -->")
        try #require(parts.count == 2)
        let section = parts[1].components(separatedBy: "<!-- end of rights -->")[0]
        var rights: Set<String> = []
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count >= 2)
            for verb in cells[1].split(separator: ",") {
                rights.insert("\(verb.trimmingCharacters(in: .whitespaces)) \(cells[0].filter { $0 != "`" })")
            }
        }
        return rights
    }
}
