import JSON
import KubernetesAdapter
import KubernetesNode
import KubernetesTesting
import Logging
import Synchronization
import Testing
import Timeline

@Suite struct EventRecorderTests {
    private static let pod = EventResource.Subject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "shop", uid: "uid-0")

    /// A clock that the test sets.
    private final class Clock: Sendable {
        private let now = Mutex(Instant(nanoseconds: 1_000_000_000))
        var moment: Instant { now.withLock { $0 } }
        func advance(by duration: Duration) { now.withLock { $0 = $0 + duration } }
    }

    private func recorder(_ client: KubernetesClient, _ clock: Clock) -> EventRecorder {
        EventRecorder(
            client, node: "node-a", clock: { clock.moment }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func whatIsRepeatedIsOneEventWithACount() async throws {
        try await FakeAPIServer.run { server in
            try await server.withClient { client, _ in
                let clock = Clock()
                let recorder = recorder(client, clock)
                for second in 0..<90 {
                    await recorder.record(.warning, about: Self.pod, reason: "SubnetFull", "for \(second) s")
                    clock.advance(by: .seconds(1))
                }
                let events = server.objects("events").map(EventResource.init)
                #expect(events.count == 1)
                let event = try #require(events.first)
                #expect(event.namespace == "shop" && event.reason == "SubnetFull" && event.type == "Warning")
                #expect(event.count == 61 && event.message == "for 60 s")
                #expect(event.object["involvedObject"]?["uid"]?.string == "uid-0" && event.object["source"]?["host"]?.string == "node-a")
                #expect(server.requests.count == 2)
            }
        }
    }

    @Test func anEventThatHasEndedIsToldAsANewOne() async throws {
        try await FakeAPIServer.run { server in
            try await server.withClient { client, _ in
                let clock = Clock()
                let recorder = recorder(client, clock)
                await recorder.record(.warning, about: Self.pod, reason: "SubnetFull", "first")
                let name = try #require(server.objects("events").first.map(EventResource.init)).name
                server.remove("events", name, namespace: "shop")
                clock.advance(by: .seconds(70))
                await recorder.record(.warning, about: Self.pod, reason: "SubnetFull", "second")
                #expect(server.objects("events").isEmpty)
                await recorder.record(.warning, about: Self.pod, reason: "SubnetFull", "third")
                #expect(server.objects("events").map { EventResource($0).message } == ["third"])
            }
        }
    }

    @Test func aClusterThatTakesNoEventsIsNotAskedWithoutEnd() async throws {
        try await FakeAPIServer.run { server in
            server.deny("create events")
            try await server.withClient { client, _ in
                let recorder = recorder(client, Clock())
                for number in 0..<200 {
                    await recorder.record(.warning, about: Self.pod, reason: "Reason\(number % 3)", "x")
                }
                #expect(server.requests.count <= EventLedger.burst)
            }
        }
    }
}
