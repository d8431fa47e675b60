import KubernetesAdapter
import KubernetesTesting
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListTests {
    private func withPods(
        _ count: Int, pageObjects: Int, listObjects: Int = 100_000,
        _ body: @escaping @Sendable (FakeAPIServer, KubernetesClient) async throws -> Void
    ) async throws {
        try await FakeAPIServer.run { server in
            for number in 0..<count { try server.putPod("p\(1000 + number)") }
            var limits = RequestLimits()
            limits.pageObjects = pageObjects
            limits.listObjects = listObjects
            try await server.withClient(limits: limits) { try await body(server, $0) }
        }
    }

    @Test(arguments: [1, 3, 10, 11]) func everyPageIsRead(pageObjects: Int) async throws {
        try await withPods(10, pageObjects: pageObjects) { server, client in
            let list = try await client.list(PodResource.self)
            #expect(list.items.map(\.name) == (1000..<1010).map { "p\($0)" })
            #expect(list.resourceVersion == "1010")
            #expect(server.requests.count == (10 + pageObjects - 1) / pageObjects)
        }
    }

    @Test func aListOfNothingIsEmpty() async throws {
        try await withPods(0, pageObjects: 10) { server, client in
            let nothing = try await client.list(PodResource.self)
            #expect(nothing.items.isEmpty)
            server.inject(
                .answer(
                    status: 200, contentType: "application/json",
                    body: #"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":null}"#))
            let null = try await client.list(PodResource.self)
            #expect(null == ResourceList(items: [], resourceVersion: "7"))
        }
    }

    @Test func aListWhoseBeginningIsForgottenBeginsAnew() async throws {
        try await withPods(5, pageObjects: 2) { server, client in
            server.inject(.refuse(Refusal(410, "Expired", "too old"))) { $0.query["continue"] != nil }
            let whole = try await client.list(PodResource.self)
            #expect(whole.items.map(\.name) == (1000..<1005).map { "p\($0)" })
            #expect(server.requests.map { $0.query["continue"] != nil } == [false, true, false, true, true])
        }
    }

    @Test func aServerThatForgetsFasterThanItAnswersIsNotAskedForEver() async throws {
        try await withPods(5, pageObjects: 2) { server, client in
            server.inject(.refuse(Refusal(410, "Expired", "too old")), times: 100) { $0.query["continue"] != nil }
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(PodResource.self) }
            #expect(failure?.kind == .gone)
            #expect(server.requests.count == 8)
        }
    }

    @Test func aListHasItsBound() async throws {
        try await withPods(12, pageObjects: 4, listObjects: 10) { server, client in
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(PodResource.self) }
            #expect(failure?.message == "the list has more than 10 objects")
            _ = server
        }
    }

    @Test func selectionsAreAppliedByTheServer() async throws {
        try await withPods(3, pageObjects: 10) { server, client in
            try server.putPod("q", node: "n2", namespace: "kube-system", label: "b")
            let onNode = try await client.list(PodResource.self, .onNode("n2"))
            #expect(onNode.items.map(\.name) == ["q"])
            let inNamespace = try await client.list(PodResource.self, Selection(namespace: "default"))
            #expect(inNamespace.items.count == 3)
            let marked = try await client.list(PodResource.self, Selection(labelSelector: "mark=b"))
            #expect(marked.items.map(\.name) == ["q"])
            let named = try await client.list(PodResource.self, .named("p1001", namespace: "default"))
            #expect(named.items.map(\.name) == ["p1001"])
        }
    }
}
