import JSON
import KubernetesAdapter
import KubernetesTesting
import Testing

/// What a follower is told while the server is well, and while it is not.
@Suite(.timeLimit(.minutes(2)))
struct FollowTests {
    typealias Events = AsyncStream<Followed<PodResource>>.Iterator

    /// Runs with a server that has the pods `a` and `b` on node `n1`, a follower of that node, and its list taken.
    private func following(
        clock: TestClock = TestClock(), limits: RequestLimits = RequestLimits(), bookmarks: FakeAPIServer.Bookmarks = .sent,
        _ body: @escaping @Sendable (FakeAPIServer, KubernetesClient, inout Events) async throws -> Void
    ) async throws {
        try await FakeAPIServer.run { server in
            server.set(bookmarks: bookmarks)
            try server.putPod("a")
            try server.putPod("b")
            try server.putPod("z", node: "n2")
            try await server.withClient(clock: clock.clock, limits: limits) { client in
                var events = client.follow(PodResource.self, .onNode("n1")).makeAsyncIterator()
                #expect(await events.next()?.text == "listed a b")
                try await body(server, client, &events)
            }
        }
    }

    @Test func aNodeSeesItsOwnPodsAndTheirChangesAlone() async throws {
        try await following { server, _, events in
            try server.putPod("y", node: "n2")
            try server.putPod("c")
            try server.putPod("a", label: "b")
            server.remove("pods", "b", namespace: "default")
            #expect(await events.next()?.text == "changed c=a")
            #expect(await events.next()?.text == "changed a=b")
            #expect(await events.next()?.text == "removed b")
            let selectors = Set(server.requests.map { $0.query["fieldSelector"] })
            #expect(selectors == ["spec.nodeName=n1"])
        }
    }

    @Test func aPodThatLeavesTheSelectionIsRemoved() async throws {
        try await following { server, _, events in
            try server.putPod("a", node: "n2")
            #expect(await events.next()?.text == "removed a")
        }
    }

    @Test func unknownFieldsAreKeptAndTheServersOwnNotesAreNot() async throws {
        try await following { server, _, events in
            try server.put(
                """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c", "namespace": "x", "managedFields": [{}]},
                "spec": {"nodeName": "n1", "fromTheFuture": {"deep": [1, 2.50, null]}}}
                """)
            guard case .changed(let pod) = await events.next() else {
                Issue.record("no change")
                return
            }
            #expect("\(pod.object["spec"]?["fromTheFuture"] ?? .null)" == #"{"deep":[1,2.50,null]}"#)
            #expect(pod.object["metadata"]?["managedFields"] == nil)
        }
    }

    @Test func aWatchThatEndsInOrderGoesOnWhereItWasAndIsNoInterruption() async throws {
        try await following { server, _, events in
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            server.endWatches()
            #expect(await server.until { $0.requests.filter(\.isWatch).count == 2 && $0.watchCount == 1 })
            try server.putPod("d")
            #expect(await events.next()?.text == "changed d=a")
            #expect(server.requests.filter { !$0.isWatch }.count == 1, "nothing was listed again")
        }
    }

    @Test func aStreamThatIsCutGoesOnWhereItWas() async throws {
        try await following { server, _, events in
            #expect(await server.until { $0.watchCount == 1 })
            server.cutWatches()
            #expect(await events.next()?.text == "interrupted broken")
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            #expect(server.requests.filter { !$0.isWatch }.count == 1, "nothing was listed again")
        }
    }

    @Test(arguments: [1, 20, 100, 250, 400])
    func aStreamThatIsCutInTheMiddleOfAnEventLosesNothing(bytes: Int) async throws {
        try await following { server, _, events in
            server.inject(.cutAfter(bytes: bytes)) { $0.isWatch }
            server.endWatches()
            var texts: Set<String> = []
            try server.putPod("c")
            try server.putPod("d")
            while !texts.contains("changed d=a"), let event = await events.next() { texts.insert(event.text) }
            #expect(texts.isSuperset(of: ["changed c=a", "changed d=a"]))
            #expect(server.requests.filter { !$0.isWatch }.count == 1, "nothing was listed again")
        }
    }

    @Test func aStreamOfSingleBytesIsReadAsAnyOther() async throws {
        try await following { server, _, events in
            server.inject(.trickle) { $0.isWatch }
            server.endWatches()
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            server.remove("pods", "c", namespace: "default")
            #expect(await events.next()?.text == "removed c")
        }
    }

    @Test(arguments: [FakeAPIServer.Forgetting.inStatus, .inEvent])
    func aForgottenMomentHasEverythingListedAnew(forgetting: FakeAPIServer.Forgetting) async throws {
        try await following(bookmarks: .ignored) { server, _, events in
            server.set(forgetting: forgetting)
            #expect(await server.until { $0.watchCount == 1 })
            server.inject(.refuse(Refusal(503, "ServiceUnavailable", "restarting")), times: 1) { $0.isWatch }
            server.cutWatches()
            #expect(await events.next()?.text == "interrupted broken")
            try server.putPod("c")
            server.remove("pods", "a", namespace: "default")
            server.compact()
            var texts: [String] = []
            while texts.last != "listed b c", let event = await events.next() { texts.append(event.text) }
            #expect(
                texts.dropLast().allSatisfy { $0 == "interrupted serverError 503" || $0.hasPrefix("changed") || $0.hasPrefix("removed") })
            try server.putPod("d")
            #expect(await events.next()?.text == "changed d=a")
        }
    }

    @Test func aBookmarkSavesTheListAfterAQuietTime() async throws {
        try await following { server, _, events in
            #expect(await server.until { $0.watchCount == 1 })
            for number in 0..<20 { try server.putPod("other\(number)", node: "n2") }
            server.sendBookmarks()
            server.compact()
            server.endWatches()
            #expect(await server.until { $0.requests.filter(\.isWatch).count == 2 && $0.watchCount == 1 })
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            #expect(server.requests.filter { !$0.isWatch }.count == 1, "nothing was listed again")
        }
    }

    @Test(arguments: [FakeAPIServer.Bookmarks.refused, .refusedInEvent])
    func aServerThatRefusesBookmarksIsAskedWithoutThemFromThenOn(bookmarks: FakeAPIServer.Bookmarks) async throws {
        try await following(bookmarks: bookmarks) { server, client, events in
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            var nodes = client.follow(NodeResource.self, .named("n1")).makeAsyncIterator()
            _ = await nodes.next()
            #expect(await server.until { $0.watchCount == 2 })
            let asked = server.requests.filter(\.isWatch).map { $0.query["allowWatchBookmarks"] ?? "none" }
            #expect(asked == ["true", "none", "none"])
        }
    }

    @Test func aServerThatDoesNotKnowBookmarksIsAskedWithoutThem() async throws {
        try await following(bookmarks: .ignored) { server, _, events in
            server.inject(.refuse(Refusal(400, "BadRequest", "unknown parameter")), times: 9) { $0.query["allowWatchBookmarks"] != nil }
            server.endWatches()
            #expect(await server.until { $0.requests.last?.isWatch == true && $0.requests.last?.query["allowWatchBookmarks"] == nil })
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
        }
    }

    @Test func otherErrorsInAWatchAreWaitedOutAndItGoesOnWhereItWas() async throws {
        let clock = TestClock()
        try await following(clock: clock) { server, _, events in
            #expect(await server.until { $0.watchCount == 1 })
            server.failWatches(Refusal(504, "Timeout", "etcdserver: request timed out"))
            #expect(await events.next()?.text == "interrupted serverError 504")
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            #expect(server.requests.filter { !$0.isWatch }.count == 1, "nothing was listed again")
            #expect(!clock.slept.isEmpty)
        }
    }

    @Test func whatCannotBeReadHasEverythingListedAnew() async throws {
        try await following { server, _, events in
            for line in ["{\"type\":\"ADDED\"", "[]", "{\"type\":\"ADDED\",\"object\":null}", "\u{0}", "{}"] {
                #expect(await server.until { $0.watchCount == 1 })
                server.sendLine(line)
                #expect(await events.next()?.text == "interrupted unreadable 200")
                #expect(await events.next()?.text == "listed a b")
            }
        }
    }

    @Test func aLineWithoutAnEndIsGivenUp() async throws {
        var limits = RequestLimits()
        limits.changeBytes = 10_000
        try await following(limits: limits) { server, _, events in
            #expect(await server.until { $0.watchCount == 1 })
            server.sendLine(String(repeating: "x", count: 10_001))
            #expect(await events.next()?.text == "interrupted unreadable 200")
            #expect(await events.next()?.text == "listed a b")
        }
    }

    @Test func anEventOfAnUnknownTypeIsPassedOver() async throws {
        try await following { server, _, events in
            #expect(await server.until { $0.watchCount == 1 })
            server.sendLine(#"{"type":"DREAMED","object":{"metadata":{"resourceVersion":"999999"}}}"#)
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
        }
    }

    @Test func aServerThatSaysNothingToAWatchIsGivenUp() async throws {
        var limits = RequestLimits()
        limits.watchHead = .milliseconds(200)
        try await following(limits: limits) { server, _, events in
            server.inject(.hang) { $0.isWatch }
            server.endWatches()
            #expect(await events.next()?.text == "interrupted timedOut")
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
        }
    }

    @Test func aWatchThatOutlivesItsTimeIsGivenUp() async throws {
        var limits = RequestLimits()
        limits.watchSeconds = 1...1
        limits.watchMargin = .milliseconds(-700)
        try await following(limits: limits) { server, _, events in
            #expect(await events.next()?.text == "interrupted timedOut")
            try server.putPod("c")
            var text = await events.next()?.text
            while text == "interrupted timedOut" { text = await events.next()?.text }
            #expect(text == "changed c=a")
        }
    }

    @Test func watchesAskForFiveToTenMinutesEachForItsOwn() async throws {
        try await following { server, _, _ in
            #expect(await server.until { $0.watchCount == 1 })
            for count in 2...6 {
                server.endWatches()
                #expect(await server.until { $0.requests.filter(\.isWatch).count == count && $0.watchCount == 1 })
            }
            let seconds = server.requests.filter(\.isWatch).compactMap { $0.query["timeoutSeconds"].flatMap { Int($0) } }
            #expect(seconds.count == 6 && seconds.allSatisfy { (300...600).contains($0) } && Set(seconds).count > 1)
        }
    }

    @Test func aServerThatIsAwayIsAskedEverMoreRarely() async throws {
        let clock = TestClock()
        try await following(clock: clock) { server, _, events in
            let refusal = ServerFault.refuse(Refusal(500, "InternalError", "no"))
            server.inject(refusal, times: 40)
            server.endWatches()
            for _ in 0..<40 { #expect(await events.next()?.text == "interrupted serverError 500") }
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            let pauses = clock.slept
            #expect(pauses.allSatisfy { $0 <= .seconds(30) })
            #expect(pauses.suffix(30).reduce(.zero, +) > .seconds(200), "full jitter up to 30 s each")
            #expect(pauses.prefix(3).allSatisfy { $0 <= .seconds(2) })
        }
    }

    @Test func theServersWishToBeLeftAloneIsKept() async throws {
        let clock = TestClock()
        try await following(clock: clock) { server, _, events in
            server.inject(.refuse(Refusal(429, "TooManyRequests", "wait", retryAfter: 17)))
            server.endWatches()
            #expect(await events.next()?.text == "interrupted tooManyRequests(retryAfter: Optional(17.0 seconds)) 429")
            try server.putPod("c")
            #expect(await events.next()?.text == "changed c=a")
            #expect(clock.slept.contains { $0 >= .seconds(17) && $0 <= .milliseconds(25_500) })
        }
    }

    @Test func whoTakesSlowlyGetsEverythingInOrder() async throws {
        try await following { server, _, events in
            for number in 0..<500 { try server.putPod("p\(number)") }
            for number in 0..<500 { #expect(await events.next()?.text == "changed p\(number)=a") }
        }
    }

    @Test func aCancelledTakerEndsTheFollowing() async throws {
        try await following { server, client, _ in
            let taking = Task {
                var count = 0
                for await _ in client.follow(NodeResource.self) { count += 1 }
                return count
            }
            #expect(await server.until { $0.watchCount == 2 })
            taking.cancel()
            #expect(await taking.value == 1)
            #expect(await server.until { $0.watchCount == 1 })
        }
    }

    @Test func aStreamThatNobodyHoldsEndsItsWatch() async throws {
        try await following { server, client, _ in
            for await _ in client.follow(NodeResource.self) { break }
            #expect(await server.until { $0.watchCount == 1 && $0.requests.count >= 3 })
        }
    }

    @Test func aClientThatIsShutDownEndsItsFollowings() async throws {
        try await following { server, client, events in
            #expect(await server.until { $0.watchCount == 1 })
            await client.shutdown()
            #expect(await events.next() == nil)
            var late = client.follow(NodeResource.self).makeAsyncIterator()
            #expect(await late.next() == nil)
        }
    }

    @Test func aRightThatIsMissingIsToldAndTheRestGoesOnOnceItIsThere() async throws {
        try await FakeAPIServer.run { server in
            server.deny("list pods")
            try await server.withClient { client in
                var events = client.follow(PodResource.self).makeAsyncIterator()
                guard case .interrupted(let failure) = await events.next() else {
                    Issue.record("nothing was interrupted")
                    return
                }
                #expect(
                    "\(failure)"
                        == "GET /api/v1/pods?limit=200: 403 Forbidden: pods is forbidden: User \"test\" cannot list pods. "
                        + "Grant the verb on the resource in the ClusterRole.")
                server.permit("list pods")
                var text = await events.next()?.text
                while text == "interrupted forbidden 403" { text = await events.next()?.text }
                #expect(text == "listed")
            }
        }
    }
}
