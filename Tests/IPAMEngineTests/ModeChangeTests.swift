import Addressing
import IPAMEngine
import Testing
import Timeline

/// A node that is told to run otherwise while pods run.
@Suite struct ModeChangeTests {
    typealias Addressing = EngineConfiguration.Addressing

    private static func node(_ addressing: Addressing, pods: Int = 4) -> SimulatedNode {
        .atRest(.small(addressing, .addresses(2), enis: 4, slotsPerENI: 4, cooldown: .seconds(10)), pods: pods)
    }

    @Test(arguments: Addressing.all, Addressing.all) func podsKeepWhatTheyHaveAndOthersFollowTheMode(from: Addressing, to: Addressing) {
        var node = Self.node(from)
        let before = node.running
        node.configure { $0.addressing = to }
        node.settle()
        #expect(node.running == before)
        node.add(pods: 4..<8)
        node.settle()
        #expect(node.running.filter { before[$0.key] != nil } == before)
        #expect((4..<8).allSatisfy { node.running[.pod($0)]?.families == to.families })
        #expect(node.violations == [])
    }

    @Test(arguments: Addressing.all, Addressing.all) func whatIsLeftOfAModeDrainsWithItsPods(from: Addressing, to: Addressing) {
        var node = Self.node(from)
        node.configure { $0.addressing = to }
        node.settle()
        node.delete(pods: 0..<4)
        node.settle()
        node.add(pods: 4..<8)
        node.settle()
        let kept = node.ec2.attached
        #expect(kept.allSatisfy { to.ipv4Unit == .prefix ? $0.addresses.isEmpty : $0.prefixes.isEmpty })
        #expect(to.ipv4Unit != nil || kept.allSatisfy { $0.slots == 0 })
        #expect(node.running.count == 4)
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.violations == [])
    }

    /// Addresses that are left in a prefix with pods are not what the mode asks for.
    @Test(arguments: [Addressing.prefix, .dual(.prefix)], [Addressing.secondary, .dual(.secondary)])
    func whatIsLeftOfAModeEmptiesThoughPodsComeAndGo(from: Addressing, to: Addressing) {
        for (from, to) in [(from, to), (to, from)] {
            var node = Self.node(from)
            node.configure { $0.addressing = to }
            for pod in 4..<64 {
                node.run(for: .seconds(60))
                node.add(.pod(pod))
                node.delete(.pod(pod - 4))
            }
            node.settle()
            #expect(node.ec2.attached.allSatisfy { to.ipv4Unit == .prefix ? $0.addresses.isEmpty : $0.prefixes.isEmpty })
            #expect(node.running.count == 4)
            #expect(node.violations == [])
        }
    }

    @Test(arguments: Addressing.all, Addressing.all) func podsThatWaitAreServedInTheModeThatTheyLiveToSee(from: Addressing, to: Addressing)
    {
        var node = Self.node(from, pods: 1)
        for call in ["assignAddresses", "assignPrefixes", "assignIPv6Prefix", "createENI"] {
            node.failures[call] = Array(repeating: .throttled, count: 3)
        }
        node.add(pods: 1..<60, within: .seconds(300))
        node.run(for: .milliseconds(500))
        let served = Set(node.running.keys)
        node.configure { $0.addressing = to }
        node.run(for: .seconds(200))
        let late = node.running.filter { !served.contains($0.key) }.values
        #expect(late.allSatisfy { $0.families == to.families || $0.families == from.families })
        #expect(node.violations == [])
    }

    /// Back and forth at any moment, with the daemon dying in between.
    @Test(arguments: UInt64(1)...60) func noModeLosesAnAddress(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var node = SimulatedNode(.small(.secondary, .addresses(2), enis: 3, slotsPerENI: 4, cooldown: .seconds(10), seed: seed), seed: seed)
        node.send(.started)
        for pod in 0..<80 {
            if random.chance(15) { node.configure { $0.addressing = Addressing.all.randomElement(using: &random) ?? .prefix } }
            if random.chance(10) { node.effectsUntilCrash = Int.random(in: 0...8, using: &random) }
            if random.chance(50) { node.delete(.pod(Int.random(in: 0...pod, using: &random))) }
            node.add(.pod(pod), within: .seconds(20))
            node.run(for: .milliseconds(Int.random(in: 0...10_000, using: &random)))
            node.checkCompaction()
        }
        node.effectsUntilCrash = nil
        node.run(for: .seconds(60))
        for view in node.engine.allocations { node.delete(view.allocation.attachment) }
        node.settle()
        #expect(node.engine.allocations == [] && node.engine.coolings == [], "seed \(seed)")
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions, "seed \(seed)")
        #expect(node.ec2.interfaces.values.allSatisfy { $0.seat != nil }, "seed \(seed)")
        #expect(node.violations == [], "seed \(seed)")
    }

    // MARK: - Targets and limits

    @Test(arguments: Addressing.ofIPv4) func aChangedKindOfTargetIsFollowed(addressing: Addressing) {
        let perSlot = addressing == .prefix ? 16 : 1
        var node = Self.node(addressing, pods: 3)
        node.configure { $0.targets = WarmTargets(enis: 1, prefixes: 2) }
        node.settle()
        #expect(node.engine.count.attached == (addressing == .prefix ? 48 : 8))
        node.configure { $0.targets = .addresses(5, minimum: 3 * perSlot) }
        node.settle()
        #expect(node.engine.count.attached == (addressing == .prefix ? 48 : 8))
        node.configure { $0.targets = .addresses(1) }
        node.settle()
        #expect(node.engine.count.attached == (addressing == .prefix ? 16 : 4))
        #expect(node.violations == [])
    }

    @Test func aLowerLimitOnPodsKeepsThePoolFromGrowingAndTakesNothingFromPods() {
        var node = Self.node(.secondary, pods: 4)
        node.configure { $0.limits.maxPods = 2 }
        node.add(.pod(4))
        node.settle()
        // The kubelet admitted it before it heard of the limit.
        #expect(node.running.count == 5)
        #expect(node.engine.count.attached == 6)
        node.configure { $0.limits.maxPods = 20 }
        node.settle()
        #expect(node.engine.count.attached == 7)
        #expect(node.violations == [])
    }

    @Test func aCooldownLastsAsLongAsWasSaidWhenItBegan() {
        var node = Self.node(.secondary, pods: 2)
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.configuration.cooldown = .zero
        node.send(.configured(node.configuration))
        node.delete(.pod(1))
        node.run(for: .seconds(1))
        #expect(node.engine.coolings.count == 1)
        node.run(for: .seconds(9))
        #expect(node.engine.coolings.count == 0)
    }

    @Test func aLongerWaitingLineHoldsMoreAtOnce() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1, waitingMax: 1), pods: 3)
        node.add(pods: 3..<5)
        #expect(node.refusals == [.pod(4): [.tooManyWaiting(1)]])
        node.configure { $0.waitingMax = 2 }
        node.add(pods: 5..<7)
        #expect(node.engine.waitingRequests.map(\.attachment) == [.pod(3), .pod(5)])
        #expect(node.refusals[.pod(6)] == [.tooManyWaiting(2)])
    }
}

extension EngineConfiguration.Addressing {
    /// The families of a pod's addresses, as ``PodAddresses/families`` writes them.
    var families: String {
        switch self {
        case .ipv4: "v4"
        case .ipv6: "v6"
        case .dual: "v4+v6"
        }
    }
}
