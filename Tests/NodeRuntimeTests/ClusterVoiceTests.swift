import Addressing
import CNISpec
import IPAMEngine
import NodePortsTesting
import NodeRuntime
import Synchronization
import Testing

/// What the cluster says of pods, and what it hears of them.
@Suite(.timeLimit(.minutes(1))) struct ClusterVoiceTests {
    /// What was told, in order.
    private final class Ear: Sendable {
        let words = Mutex<[String]>([])

        func voice(_ wishes: ClusterVoice.Wishes = ClusterVoice.Wishes(), refusing error: CNIError? = nil) -> ClusterVoice {
            ClusterVoice(
                wishes: { (_, _) throws(CNIError) in
                    if let error { throw error }
                    return wishes
                },
                podWaits: { pod in self.words.withLock { $0.append("\(pod) waits") } },
                podWasRefused: { pod, refusal in self.words.withLock { $0.append("\(pod) \(refusal.code)") } },
                podWasWired: { pod, addresses in self.words.withLock { $0.append("\(pod) \(addresses)") } })
        }

        var heard: [String] { words.withLock { $0 } }
    }

    private static let pool = PoolName("red")

    @Test func aPodIsServedFromThePoolThatItWishes() throws {
        let ear = Ear()
        let node = TestNode(cluster: ear.voice(ClusterVoice.Wishes(pool: Self.pool)))
        let call = try node.call("ADD", TestPod("web", on: node))
        #expect(call.answered?.details.contains("unknown-pool") == true, "\(call.answered?.text ?? "")")
        #expect(ear.heard == ["default/web unknown-pool"])
        #expect(node.held == [:] && node.kernel.openDescriptorCount == 0)
    }

    @Test func aWishThatCannotBeFollowedRefusesThePodAndHoldsNothing() throws {
        let node = TestNode(cluster: Ear().voice(refusing: .refused(.unknownPool, "The annotation is wrong")))
        let call = try node.call("ADD", TestPod("web", on: node))
        #expect(call.answered?.exitStatus == 1 && call.answered?.text.contains("The annotation is wrong") == true)
        #expect(node.held == [:] && node.kernel.openDescriptorCount == 0)
    }

    @Test(arguments: [(Duration?.none, 1), (.zero, 0), (.seconds(90), 1)])
    func aPodsWishForItsAddressIsBeforeTheNodesSettings(hold: Duration?, kept: Int) async throws {
        let node = TestNode(cooldown: .zero, adjust: { $0.stickyNamespaces = ["default"] }, cluster: Ear().voice(.init(hold: hold)))
        let first = TestPod("db-0", on: node)
        let address = try #require(node.call("ADD", first).answered?.address)
        #expect(try node.call("DEL", first).answered == .silent)
        await node.until { (try? $0.hostObjects().contains { $0.hasPrefix("link eni") }) == false }
        // Longest out of use comes first: without a promise the next pod of the name has another address.
        let second = TestPod("db-0", on: node, containerID: "sandbox-again")
        let answer = try await node.call("ADD", second).awaitAnswer()
        #expect((answer?.address == address) == (kept == 1), "\(answer?.text ?? "")")
    }

    @Test func theClusterHearsOfPodsThatWaitAreRefusedAndRun() throws {
        let ear = Ear()
        let node = TestNode(addresses: 1, addressesMax: 1, cluster: ear.voice())
        _ = try node.call("ADD", TestPod("web", on: node))
        _ = try node.call("ADD", TestPod("late", on: node))
        #expect(ear.heard == ["default/web [\(SmallEC2.address(0))]", "default/late waits"])
        let late = PodName(namespace: "default", name: "late")
        #expect(node.node.wait(ofPod: late)?.code == "eni-slots-used-up" || node.node.wait(ofPod: late)?.code == "starting")
        #expect(node.node.wait(ofPod: PodName(namespace: "default", name: "web")) == nil)
        node.clock.advance(by: .seconds(61))
        node.node.send(.deadlineReached)
        #expect(ear.heard.last?.hasPrefix("default/late ") == true && ear.heard.count == 3)
    }

    // MARK: - Pods that the cluster lost

    @Test func aPodThatIsGoneFromClusterAndKernelIsLetGoAndNoOther() throws {
        let node = TestNode()
        let pods = ["gone", "runs", "lives"].map { TestPod($0, on: node) }
        for pod in pods { try #require(node.call("ADD", pod).answered?.exitStatus == 0) }
        node.kernel.destroyNamespace(pods[0].namespace)
        node.clock.advance(by: .seconds(1))
        let live: Set = [PodName(namespace: "default", name: "lives")]
        let found = try node.node.release(podsMissingFrom: live)
        #expect(found.released.map(\.name) == ["gone"] && found.kept.map(\.name) == ["runs"])
        #expect(Set(node.held.keys) == ["sandbox-runs", "sandbox-lives"])
        #expect(try node.node.release(podsMissingFrom: live).released == [])
    }

    @Test func aPodThatIsYoungerThanTheClustersListMayBeIsLeftAlone() throws {
        let node = TestNode(garbageAgeMin: .seconds(120))
        let pod = TestPod("new", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        node.kernel.destroyNamespace(pod.namespace)
        node.clock.advance(by: .seconds(119))
        let young = try node.node.release(podsMissingFrom: [])
        #expect(young.released == [] && young.kept == [])
        node.clock.advance(by: .seconds(2))
        #expect(try node.node.release(podsMissingFrom: []).released.count == 1)
    }

    // MARK: - Other settings

    @Test func aNodeWorksByOtherSettingsFromOneMomentToTheNext() throws {
        let node = TestNode(addresses: 1, addressesMax: 1)
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        var settings = NodeSettings(engine: node.node.engineConfiguration)
        settings.addBudget = .seconds(5)
        settings.engine.waitingMax = 1
        node.node.reconfigure(settings)
        let late = try node.call("ADD", TestPod("late", on: node))
        let later = try node.call("ADD", TestPod("later", on: node))
        #expect(late.answered == nil && later.answered?.details.contains("too-many-waiting") == true)
        node.clock.advance(by: .seconds(6))
        node.node.send(.deadlineReached)
        #expect(late.answered?.exitStatus == 1)
        #expect(node.held.count == 1)
    }
}
