import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct IPv6Tests {
    private static let plain = EngineConfiguration.small(.ipv6, WarmTargets(enis: 2, prefixes: 2))

    @Test func oneBlockServesEveryPodOfTheNode() throws {
        let node = SimulatedNode.atRest(Self.plain, pods: 300)
        #expect(node.running.count == 300)
        #expect(node.slots == [0])
        #expect(node.mutatingCalls == 1)
        let block = try #require(node.ec2.attached.first?.ipv6Prefixes.first)
        let addresses = (0..<300).compactMap { node.ipv6Address(of: $0) }
        #expect(addresses.allSatisfy { block.contains($0) } && !addresses.contains(block.network))
        #expect(Set(addresses).count == 300)
        #expect(node.violations == [])
    }

    /// What the policy for nodes with IPv6 alone allows (Docs/Reference/IAM.md).
    @Test(arguments: UInt64(1)...10) func aNodeWithIPv6AloneAsksForNothingButItsBlock(seed: UInt64) {
        var node = SimulatedNode.atRest(.small(.ipv6, .addresses(5, minimum: 20), seed: seed))
        for round in 0..<5 {
            node.add(pods: (round * 20)..<(round * 20 + 20), within: .seconds(60))
            node.settle()
        }
        #expect(node.running.count == 100)
        let calls = Set(node.ec2.calls.keys)
        #expect(calls.isSubset(of: ["describeENIs", "describeSubnets", "assignIPv6Prefix", "setUpENI"]), "\(calls)")
    }

    @Test func addressesAreHandedOutUpward() {
        var node = SimulatedNode.atRest(Self.plain, pods: 10)
        var last = IPv6Address(bits: 0)
        for pod in 10..<100 {
            node.delete(.pod(pod - 10))
            node.add(.pod(pod))
            let address = node.ipv6Address(of: pod) ?? IPv6Address(bits: 0)
            #expect(address.bits > last.bits)
            last = address
            node.run(for: .seconds(20))
        }
        #expect(node.violations == [])
    }

    /// With the daemon restarted or dead at any effect in between, and links that outlive their pods.
    @Test(arguments: UInt64(1)...40) func noAddressIsGivenTwiceWhileOneRemembersIt(seed: UInt64) {
        var node = SimulatedNode(Self.plain.with { $0.seed = seed }, seed: seed)
        node.send(.started)
        var random = SeededGenerator(seed: seed)
        for pod in 0..<60 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: node.restart()
            case 1: node.effectsUntilCrash = Int.random(in: 0...6, using: &random)
            case 2: node.reaping = .seconds(Int.random(in: 0...200, using: &random))
            case 3...6: node.delete(.pod(Int.random(in: 0...pod, using: &random)))
            default: break
            }
            node.add(.pod(pod))
            node.run(for: .milliseconds(Int.random(in: 0...20_000, using: &random)))
            node.checkCompaction()
        }
        node.effectsUntilCrash = nil
        node.settle()
        #expect(node.running.count > 20)
        #expect(node.violations == [], "seed \(seed)")
    }

    @Test func theAddressOfARunningPodIsNotGivenAgainAfterARestart() {
        var node = SimulatedNode.atRest(Self.plain, pods: 5)
        node.restart()
        node.add(pods: 5..<10)
        node.settle()
        #expect(Set((0..<10).compactMap { node.ipv6Address(of: $0) }).count == 10)
        #expect(node.violations == [])
    }

    /// Not that it would be given soon: but what remembers a link must not forget it.
    @Test func anAddressCoolsUntilItsLinkIsGone() {
        var node = SimulatedNode.atRest(Self.plain, pods: 1)
        node.reaping = .seconds(100)
        node.delete(.pod(0))
        node.run(for: .seconds(90))
        #expect(node.engine.coolings.map(\.isLinkGone) == [false])
        #expect(node.engine.enis[0].ipv6InUse == 1)
        node.settle()
        #expect(node.engine.coolings == [])
        #expect(node.engine.enis[0].ipv6InUse == 0)
    }

    // MARK: - The block

    @Test func aBlockWhoseAnswerWasLostIsFoundAndUsed() {
        var node = SimulatedNode(Self.plain)
        node.callsWithoutAnswer = ["assignIPv6Prefix"]
        node.send(.started)
        node.add(pods: 0..<3)
        node.settle()
        #expect(node.running.count == 3)
        #expect(node.calls("assignIPv6Prefix") == 1)
        #expect(node.violations == [])
    }

    @Test func aBlockThatIsThereIsNotAskedForAgain() {
        var node = SimulatedNode.atRest(Self.plain, pods: 2)
        node.journal = []
        node.restart()
        node.add(.pod(2))
        node.settle()
        #expect(node.calls("assignIPv6Prefix") == 1)
        #expect(node.running.count == 3)
        #expect(node.violations == [])
    }

    @Test(arguments: [("UnauthorizedOperation", "permission-denied"), ("RequestLimitExceeded", "throttled")])
    func aPodHearsWhyThereIsNoBlock(code: String, refusal: String) {
        var node = SimulatedNode(Self.plain)
        node.failures["assignIPv6Prefix"] = Array(repeating: CallFailure(code: code, message: "for a test"), count: 3)
        node.send(.started)
        node.add(.pod(0), within: .seconds(2))
        node.run(for: .seconds(2))
        #expect(node.refusals[.pod(0)]?.map(\.code) == [refusal])
        node.add(.pod(1), within: .seconds(600))
        node.settle()
        #expect(Set(node.running.keys) == [.pod(1)])
        #expect(node.violations == [])
    }

    @Test func aPodThatComesBeforeTheBlockHearsThatEC2IsAsked() {
        var node = SimulatedNode(Self.plain)
        node.send(.started)
        while node.engine.callsInFlight.allSatisfy({ !$0.purpose.contains("/80") }) { node.run(for: .milliseconds(10)) }
        let asked = node.now
        node.add(.pod(0), within: .milliseconds(20))
        node.run(for: .milliseconds(20))
        let refusals = node.refusals[.pod(0)] ?? []
        #expect(refusals.map(\.code) == ["waiting-for-ec2"])
        #expect(refusals.allSatisfy { !$0.explanation(at: asked).contains("0 addresses") })
    }

    // MARK: - Without the primary ENI

    @Test func anENIIsMadeWhereThePrimaryIsNotForPods() {
        var node = SimulatedNode.begun(.custom(.ipv6, WarmTargets(), [.podsA])) { $0.ec2[.podsA] = .number(1) }
        node.add(pods: 0..<50)
        node.settle()
        #expect(node.engine.enis.map(\.eni.subnet) == [FakeEC2.subnet, .podsA])
        #expect(node.ec2.attached.map(\.ipv6Prefixes.count) == [0, 1])
        #expect(Set(node.engine.allocations.map(\.allocation.deviceIndex)) == [1])
        #expect(node.running.count == 50)
        #expect(node.violations == [])
    }

    /// The only ENI with a block is kept, though nobody uses it.
    @Test func theENIOfTheBlockStaysWithoutPods() {
        var node = SimulatedNode.begun(.custom(.ipv6, WarmTargets(), [.podsA])) { $0.ec2[.podsA] = .number(1) }
        node.add(.pod(0))
        node.settle()
        node.delete(.pod(0))
        node.settle()
        node.run(for: .seconds(3600))
        #expect(node.engine.enis.count == 2)
        #expect(node.calls("createENI") == 1)
    }

    /// EC2 gives the next ENI the very block of the one that somebody deleted.
    @Test func addressesOfAnENIThatVanishedAreNotGivenToOthersWhileTheirPodsRun() throws {
        var node = SimulatedNode.begun(.custom(.ipv6, WarmTargets(), [.podsA])) { $0.ec2[.podsA] = .number(1) }
        node.add(pods: 0..<3)
        node.settle()
        let running = node.running
        let vanished = try #require(node.ec2.attached.last)
        node.isMeddledWith = true
        node.ec2.revoke(vanished.id)
        node.restart()
        node.add(pods: 3..<9)
        node.settle()
        #expect(node.ec2.attached.last?.id != vanished.id)
        #expect(node.ec2.attached.last?.ipv6Prefixes == vanished.ipv6Prefixes)
        #expect(node.running.filter { running[$0.key] != nil } == running)
        #expect(Set(node.engine.allocations.map(\.allocation.addresses)).count == 9)
        #expect(node.violations == [])
    }
}
