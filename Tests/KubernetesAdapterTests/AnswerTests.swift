import JSON
import KubernetesAdapter
import KubernetesTesting
import Logging
import Testing

/// What single requests come to when the server is not well.
@Suite(.timeLimit(.minutes(2)))
struct AnswerTests {
    private func withNode(
        clock: TestClock = TestClock(), limits: RequestLimits = RequestLimits(),
        _ body: @escaping @Sendable (FakeAPIServer, KubernetesClient) async throws -> Void
    ) async throws {
        try await FakeAPIServer.run { server in
            try server.put(#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": []}}"#)
            try await server.withClient(clock: clock.clock, limits: limits) { try await body(server, $0) }
        }
    }

    private static let refusals: [(Refusal, KubernetesFailure.Kind)] = [
        (Refusal(400, "BadRequest", "m"), .badRequest), (Refusal(401, "Unauthorized", "m"), .unauthorized),
        (Refusal(403, "Forbidden", "m"), .forbidden), (Refusal(404, "NotFound", "m"), .notFound),
        (Refusal(409, "Conflict", "m"), .conflict), (Refusal(409, "AlreadyExists", "m"), .alreadyExists),
        (Refusal(410, "Expired", "m"), .gone), (Refusal(422, "Invalid", "m"), .invalid),
        (Refusal(429, "TooManyRequests", "m", retryAfter: 99), .tooManyRequests(retryAfter: .seconds(99))),
        (Refusal(500, "InternalError", "m"), .serverError), (Refusal(418, "Teapot", "m"), .serverError),
    ]

    @Test(arguments: refusals.indices) func eachRefusalIsAKindOfItsOwn(row: Int) async throws {
        let (refusal, kind) = Self.refusals[row]
        try await withNode { server, client in
            server.inject(.refuse(refusal), times: 10)
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.kind == kind)
            #expect(failure?.status == refusal.status)
            #expect(failure?.reason == refusal.reason)
            #expect(failure?.request == "GET /api/v1/nodes/n1")
            #expect(failure?.description.hasPrefix("GET /api/v1/nodes/n1: \(refusal.status) \(refusal.reason): m. ") == true)
        }
    }

    @Test func aProxysPageIsQuotedAndCut() async throws {
        try await withNode { server, client in
            let page = "<html>\n" + String(repeating: "bad gateway ", count: 1000)
            server.inject(.answer(status: 404, contentType: "text/html", body: page))
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.message.hasPrefix("<html> bad gateway") == true)
            #expect((failure?.message.utf8.count ?? .max) <= 200)
        }
    }

    @Test(arguments: ["", "{", "[1]", "\"text\"", "\u{feff}{}"]) func aGoodStatusWithoutAnObjectIsUnreadable(body: String) async throws {
        try await withNode { server, client in
            server.inject(.answer(status: 200, contentType: "application/json", body: body))
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.kind == .unreadable)
        }
    }

    @Test func anAnswerHasItsBound() async throws {
        try await withNode { server, client in
            let body = #"{"x":""# + String(repeating: "x", count: 3 << 20) + #""}"#
            server.inject(.answer(status: 200, contentType: "application/json", body: body))
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.kind == .unreadable)
        }
    }

    @Test func aReadIsRepeatedAfterWhatMayPass() async throws {
        try await withNode { server, client in
            for fault in [ServerFault.refuse(Refusal(500, "InternalError", "no")), .cut, .cutAfter(bytes: 10)] {
                server.forgetRequests()
                server.inject(fault, times: 3)
                let node = try await client.get(NodeResource.self, "n1")
                #expect(node.name == "n1")
                #expect(server.requests.count == 4, "\(fault)")
            }
        }
    }

    @Test func aReadIsNotRepeatedForEver() async throws {
        try await withNode { server, client in
            server.inject(.cut, times: 100)
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.kind == .broken)
            #expect(server.requests.count == 4)
        }
    }

    @Test func aChangeThatMayHaveBeenMadeIsNotRepeated() async throws {
        try await withNode { server, client in
            for fault in [ServerFault.refuse(Refusal(500, "InternalError", "no")), .cut] {
                server.forgetRequests()
                server.inject(fault)
                await #expect(throws: KubernetesFailure.self) {
                    try await client.patch(NodeResource.self, "n1", ["metadata": ["labels": ["a": "b"]]], as: .merge)
                }
                #expect(server.requests.count == 1, "\(fault)")
            }
        }
    }

    @Test(arguments: [429, 503]) func aServerThatSaysWhenIsAskedAgainThen(status: Int) async throws {
        let clock = TestClock()
        try await withNode(clock: clock) { server, client in
            server.inject(.refuse(Refusal(status, "Busy", "wait", retryAfter: 7)))
            let patched = try await client.patch(NodeResource.self, "n1", ["metadata": ["labels": ["a": "b"]]], as: .merge)
            #expect(patched.labels == ["a": "b"])
            #expect(clock.slept.count == 1 && clock.slept.allSatisfy { $0 >= .seconds(7) && $0 <= .milliseconds(10_500) })
        }
    }

    @Test func aServerThatWantsLongerThanWeWaitIsLeftToTheCaller() async throws {
        let clock = TestClock()
        try await withNode(clock: clock) { server, client in
            server.inject(.refuse(Refusal(429, "TooManyRequests", "wait", retryAfter: 60)))
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, "n1") }
            #expect(failure?.kind == .tooManyRequests(retryAfter: .seconds(60)))
            #expect(clock.slept.isEmpty)
        }
    }

    @Test func aServerThatAcceptsAndIsSilentIsGivenUp() async throws {
        var limits = RequestLimits()
        limits.answer = .milliseconds(100)
        try await withNode(limits: limits) { server, client in
            server.inject(.hang, times: 100)
            let failure = await #expect(throws: KubernetesFailure.self) {
                try await client.patch(NodeResource.self, "n1", [:], as: .merge)
            }
            #expect(failure?.kind == .timedOut)
        }
    }

    @Test func aCancelledRequestSaysSo() async throws {
        try await withNode { server, client in
            server.inject(.hang, times: 100)
            let asking = Task { try await client.get(NodeResource.self, "n1") }
            #expect(await server.until { $0.requests.count == 1 })
            asking.cancel()
            let failure = await #expect(throws: KubernetesFailure.self) { try await asking.value }
            #expect(failure?.kind == .cancelled)
        }
    }

    @Test func aServerThatIsNotThereIsNotConnected() async throws {
        let folder = try TemporaryFolder()
        let port = try UnusedPort()
        let file = try folder.write(
            "config",
            """
            {current-context: t, contexts: [{name: t, context: {cluster: c}}],
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port.number)"}}]}
            """)
        let access = try ClusterAccess.kubeconfig(path: file, environment: [:])
        let clock = TestClock()
        try await FakeAPIServer.run { server in
            try await server.withClient(access, clock: clock.clock) { client in
                let failure = await #expect(throws: KubernetesFailure.self) {
                    try await client.patch(NodeResource.self, "n1", [:], as: .merge)
                }
                #expect(failure?.kind == .notConnected)
                #expect(clock.slept.count == 3, "nothing was sent, so it is tried again")
            }
        }
    }

    @Test func conflictsAreToldFromNamesThatAreTaken() async throws {
        try await withNode { server, client in
            var lease = LeaseResource(name: "l", namespace: "kube-system")
            lease.holderIdentity = "me"
            let created = try await client.create(lease)
            var failure = await #expect(throws: KubernetesFailure.self) { try await client.create(lease) }
            #expect(failure?.kind == .alreadyExists)
            var mine = created
            mine.leaseTransitions = 1
            let updated = try await client.update(mine)
            #expect(updated.leaseTransitions == 1 && updated.resourceVersion != created.resourceVersion)
            failure = await #expect(throws: KubernetesFailure.self) { try await client.update(mine) }
            #expect(failure?.kind == .conflict)
            failure = await #expect(throws: KubernetesFailure.self) {
                try await client.delete(LeaseResource.self, "l", namespace: "kube-system", uid: "another")
            }
            #expect(failure?.kind == .conflict)
            try await client.delete(LeaseResource.self, "l", namespace: "kube-system", uid: created.uid)
            failure = await #expect(throws: KubernetesFailure.self) {
                try await client.delete(LeaseResource.self, "l", namespace: "kube-system")
            }
            #expect(failure?.kind == .notFound)
            _ = server
        }
    }

    @Test func patchesOfEachKindDoWhatTheySay() async throws {
        try await withNode { _, client in
            func ready(_ status: String) -> JSONValue {
                ["status": ["conditions": [["type": "Ready", "status": .string(status)]]]]
            }
            func network(_ status: String) -> JSONValue {
                ["status": ["conditions": [["type": "NetworkUnavailable", "status": .string(status)]]]]
            }
            _ = try await client.patch(NodeResource.self, "n1", subresource: "status", ready("True"), as: .strategic)
            var node = try await client.patch(NodeResource.self, "n1", subresource: "status", network("False"), as: .strategic)
            #expect(node.conditions.map(\.type) == ["Ready", "NetworkUnavailable"])
            node = try await client.patch(NodeResource.self, "n1", subresource: "status", network("True"), as: .strategic)
            #expect(node.conditions.map(\.status) == ["True", "True"])
            node = try await client.patch(NodeResource.self, "n1", ready("False"), as: .strategic)
            #expect(node.condition("Ready")?.status == "True", "the status is changed through its subresource alone")
            node = try await client.patch(
                NodeResource.self, "n1", [["op": "add", "path": "/metadata/labels", "value": ["a~b/c": "d"]]], as: .json)
            #expect(node.labels == ["a~b/c": "d"])
            node = try await client.patch(NodeResource.self, "n1", ["metadata": ["labels": .null]], as: .merge)
            #expect(node.labels.isEmpty)
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", String(repeating: "x", count: 254)])
    func aNameThatNoPathCanHoldIsNotSent(name: String) async throws {
        try await withNode { server, client in
            let failure = await #expect(throws: KubernetesFailure.self) { try await client.get(NodeResource.self, name) }
            #expect(failure?.kind == .invalid)
            let missing = await #expect(throws: KubernetesFailure.self) { try await client.get(PodResource.self, "p") }
            #expect(missing?.message == "Pod is of a namespace, and none is named")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func requestsAreCountedByRight() async throws {
        try await withNode { server, client in
            _ = try await client.get(NodeResource.self, "n1")
            server.inject(.refuse(Refusal(500, "InternalError", "no")))
            _ = try await client.get(NodeResource.self, "n1")
            _ = try await client.patch(NodeResource.self, "n1", subresource: "status", ["status": [:]], as: .merge)
            let counts = client.requestCounts
            let gets = counts[RequestTally.Right(verb: "get", resource: "nodes")]
            #expect(gets?.requests == 3 && gets?.failures == 1)
            #expect((gets?.bytesReceived ?? 0) > 200)
            let patches = counts[RequestTally.Right(verb: "patch", resource: "nodes/status")]
            #expect(patches?.requests == 1 && patches?.bytesSent == #"{"status":{}}"#.utf8.count)
            #expect(counts.count == 2)
        }
    }
}
