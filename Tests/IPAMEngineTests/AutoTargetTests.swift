import Addressing
import IPAMEngine
import Testing
import Timeline

/// The target that follows the pods that come, formula 28.
@Suite struct AutoTargetTests {
    /// 3,000 address slots, so that the instance sets no limit.
    private static func configuration(_ target: AutoTarget, minimum: Int? = nil) -> EngineConfiguration {
        .small(
            .secondary, WarmTargets(minimumAddresses: minimum, auto: target), enis: 50, slotsPerENI: 60, maxPods: 3000,
            cooldown: .seconds(5), waitingMax: 4096)
    }

    /// The least k with P(X > k) of at most the chance: the terms of the distribution one by one, from its mode to where they
    /// are nothing, each in proportion to the mode's.
    private static func slowQuantile(mean: Double, missProbability: Double) -> Int {
        let mode = Int(mean)
        var weights = [mode: 1.0]
        for k in stride(from: mode, to: 0, by: -1) { weights[k - 1] = (weights[k] ?? 0) * Double(k) / mean }
        for k in mode..<(mode * 3 + 200) { weights[k + 1] = (weights[k] ?? 0) * mean / Double(k + 1) }
        let total = weights.keys.sorted().reduce(0) { $0 + (weights[$1] ?? 0) }
        var tail = 0.0
        for k in weights.keys.sorted(by: >) {
            tail += (weights[k] ?? 0) / total
            if tail > missProbability { return k }
        }
        return 0
    }

    @Test(arguments: [0.5, 0.2, 0.1, 0.05, 0.01, 0.001, 1e-6], [1, 2, 3, 5, 8, 13, 30, 60, 100, 250, 600, 1200, 1900])
    func theTargetIsTheLeastThatKeepsTheChanceOfAWait(missProbability: Double, pods: Int) throws {
        var engine = IPAMEngine(Self.configuration(AutoTarget(missProbability: missProbability, least: 0, most: 4096)))
        let now = Instant.zero + .seconds(60_000)
        for pod in 0..<pods {
            _ = engine.handle(.podAdded(PodRequest(attachment: .pod(pod), pod: nil, deadline: now + .seconds(60), hostLink: "")), at: now)
        }
        let pool = try #require(engine.poolExplanations(at: now).first)
        // Before EC2 has answered an ENI is thought to take 15 s.
        #expect(abs(pool.demand.mean - Double(pods) / 4) < 0.01)
        #expect(pool.goal.free == Self.slowQuantile(mean: pool.demand.mean, missProbability: missProbability))
    }

    @Test(arguments: [2200, 3000, 4000]) func farBeyondWhatANodeSeesTheTargetIsNearAndNotBelow(pods: Int) throws {
        var engine = IPAMEngine(Self.configuration(AutoTarget(missProbability: 0.01, least: 0, most: 4096)))
        let now = Instant.zero + .seconds(60_000)
        for pod in 0..<pods {
            _ = engine.handle(.podAdded(PodRequest(attachment: .pod(pod), pod: nil, deadline: now + .seconds(60), hostLink: "")), at: now)
        }
        let pool = try #require(engine.poolExplanations(at: now).first)
        let exact = Self.slowQuantile(mean: pool.demand.mean, missProbability: 0.01)
        #expect((exact...(exact + exact / 10)).contains(pool.goal.free))
    }

    @Test(arguments: [0, 1, 5, 20]) func theTargetIsNeverBelowItsLeast(least: Int) {
        let node = SimulatedNode.atRest(Self.configuration(AutoTarget(least: least)))
        #expect(node.engine.count.attached == least)
        #expect(node.engine.nextDeadline == nil)
    }

    @Test(arguments: [3, 10, 50]) func theTargetIsNeverAboveItsMost(most: Int) {
        var node = SimulatedNode.atRest(Self.configuration(AutoTarget(missProbability: 0.0001, least: 1, most: most)))
        for pod in 0..<600 {
            node.add(.pod(pod))
            node.run(for: .milliseconds(100))
            #expect((node.ownPool?.goal.free ?? 0) + (node.ownPool?.goal.slack ?? 0) <= most)
        }
        #expect(node.ownPool?.goal.free == most)
    }

    @Test func aMinimumHoldsBesideIt() {
        var node = SimulatedNode.atRest(Self.configuration(AutoTarget(least: 2), minimum: 20), pods: 3)
        #expect(node.engine.count.attached == 20)
        node.add(pods: 3..<19)
        node.settle()
        #expect(node.engine.count.attached >= 21)
        #expect(node.violations == [])
    }

    @Test func itRisesWithArrivalsAtOnceAndFallsLongAfterThem() {
        var node = SimulatedNode.atRest(Self.configuration(AutoTarget(least: 1, most: 128)))
        for pod in 0..<240 {
            node.add(.pod(pod))
            node.run(for: .milliseconds(250))
        }
        let peak = node.ownPool?.goal.free ?? 0
        // Four pods a second, for which an address takes one to two seconds and an ENI up to fifteen.
        #expect((8...90).contains(peak))
        node.delete(pods: 0..<240)
        node.run(for: .seconds(300))
        #expect(node.ownPool?.goal.free == peak)
        node.settle()
        #expect(node.engine.count.attached == 1)
        #expect(node.ec2.attached.count == 1)
        #expect(node.violations == [])
    }

    /// Pods at random moments: of 500, no more wait than the chance allows, with room for luck.
    @Test(arguments: [0.01, 0.05], UInt64(1)...3) func fewPodsWaitForEC2(missProbability: Double, seed: UInt64) {
        var node = SimulatedNode.atRest(Self.configuration(AutoTarget(missProbability: missProbability, least: 1, most: 128)))
        var random = SeededGenerator(seed: seed)
        var waits = 0
        for pod in 0..<600 {
            node.run(for: .milliseconds(Int.random(in: 0...1000, using: &random)))
            node.add(.pod(pod))
            if pod >= 100, node.waiting[.pod(pod)] != nil { waits += 1 }
        }
        #expect(Double(waits) <= 2 * missProbability * 500, "\(waits) of 500 pods waited")
        #expect(node.violations == [])
    }

    @Test func podsThatComeAndGoCostFewCalls() {
        var node = SimulatedNode.atRest(Self.configuration(AutoTarget(least: 1, most: 128)))
        var random = SeededGenerator(seed: 5)
        node.add(pods: 0..<100)
        node.run(for: .seconds(900))
        let before = node.mutatingCalls
        for pod in 100..<500 {
            node.add(.pod(pod))
            node.delete(.pod(pod - Int.random(in: 80...100, using: &random)))
            node.run(for: .milliseconds(Int.random(in: 0...8000, using: &random)))
        }
        #expect(node.mutatingCalls - before <= 20, "\(node.mutatingCalls - before) calls for 400 pods")
        #expect(node.violations == [])
    }

    @Test func theReasonNamesItsNumbers() {
        let node = SimulatedNode.atRest(Self.configuration(AutoTarget(missProbability: 0.02, least: 3, most: 77)))
        let reason = node.ownPool?.reason ?? ""
        for number in ["2.0 %", "3 free", "from 3 to 77"] { #expect(reason.contains(number), "\(reason)") }
    }
}
