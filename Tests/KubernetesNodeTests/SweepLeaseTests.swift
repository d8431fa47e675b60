import JSON
import KubernetesAdapter
import KubernetesNode
import KubernetesTesting
import Testing

@Suite struct SweepLeaseTests {
    private static let now = Timestamp(secondsSince1970: 1_767_323_045)
    private static func lease(_ node: String) -> SweepLease { SweepLease(namespace: "kube-system", holder: node) }

    @Test func oneNodeAtATimeHasTheTurn() async throws {
        try await FakeAPIServer.run { server in
            try await server.withClient { client, _ in
                #expect(try await Self.lease("node-a").take(client, at: Self.now) == .taken)
                #expect(try await Self.lease("node-b").take(client, at: Self.now + .seconds(599)) == .heldByAnother("node-a"))
                #expect(try await Self.lease("node-b").take(client, at: Self.now + .seconds(600)) == .taken)
                let lease = try await client.get(LeaseResource.self, SweepLease.name, namespace: "kube-system")
                #expect(lease.holderIdentity == "node-b" && lease.leaseTransitions == 1)
                #expect(lease.renewTime == Self.now + .seconds(600) && lease.leaseDuration == .seconds(600))
            }
        }
    }

    @Test(arguments: [Refusal(409, "Conflict", "the object has been modified"), Refusal(409, "AlreadyExists", "leases already exists")])
    func ofTwoThatTakeItAtOnceOneHasIt(refusal: Refusal) async throws {
        try await FakeAPIServer.run { server in
            try await server.withClient { client, _ in
                server.inject(.refuse(refusal)) { ["POST", "PUT"].contains($0.method) }
                let answer = try await Self.lease("node-a").take(client, at: Self.now)
                #expect(answer == .heldByAnother("another node"))
            }
        }
    }

    @Test func aNodeThatMayNotIsToldSo() async throws {
        try await FakeAPIServer.run { server in
            server.deny("get leases.coordination.k8s.io")
            try await server.withClient { client, _ in
                let failure = await #expect(throws: KubernetesFailure.self) {
                    try await Self.lease("node-a").take(client, at: Self.now)
                }
                #expect(failure?.kind == .forbidden)
            }
        }
    }
}
