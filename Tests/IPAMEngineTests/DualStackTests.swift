import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct DualStackTests {
    private static func node(_ addressing: EngineConfiguration.Addressing, pods: Int) -> SimulatedNode {
        .atRest(.small(addressing, .addresses(1), enis: 3, slotsPerENI: addressing == .dual(.prefix) ? 1 : 4), pods: pods)
    }

    @Test(arguments: EngineConfiguration.Addressing.dual, [1, 8, 11]) func bothAddressesOfAPodAreOfOneENI(
        addressing: EngineConfiguration.Addressing, pods: Int
    ) throws {
        let node = Self.node(addressing, pods: pods)
        #expect(node.running.count == pods)
        for view in node.engine.allocations {
            let allocation = view.allocation
            let eni = try #require(node.ec2.interfaces[allocation.eni])
            #expect(allocation.addresses.families == "v4+v6")
            #expect(allocation.addresses.allSatisfy { eni.holds($0) })
        }
        #expect(node.violations == [])
    }

    @Test(arguments: EngineConfiguration.Addressing.dual) func eachENIGetsOneBlock(addressing: EngineConfiguration.Addressing) {
        let node = Self.node(addressing, pods: 11)
        #expect(node.ec2.attached.count == (addressing == .dual(.prefix) ? 1 : 3))
        #expect(node.ec2.attached.allSatisfy { $0.ipv6Prefixes.count == 1 })
        // Others than the primary are made with theirs.
        #expect(node.calls("assignIPv6Prefix") == 1)
    }

    @Test(arguments: EngineConfiguration.Addressing.dual) func theJournalLeadsToTheSameAllocations(
        addressing: EngineConfiguration.Addressing
    ) {
        var node = Self.node(addressing, pods: 9)
        node.delete(pods: 0..<3)
        node.run(for: .seconds(5))
        node.checkCompaction()
        let (allocations, coolings) = (node.engine.allocations, node.engine.coolings)
        #expect(coolings.count == 6)
        node.journal = node.engine.journal
        node.restart()
        #expect(node.engine.allocations == allocations)
        #expect(node.engine.coolings.map(\.address) == coolings.map(\.address))
        node.settle()
        #expect(node.running.count == 6)
        #expect(node.violations == [])
    }

    @Test func anENIWithoutItsBlockServesNobody() {
        var node = SimulatedNode(.small(.dual(.secondary), .addresses(2)))
        node.failures["assignIPv6Prefix"] = Array(repeating: .throttled, count: 3)
        node.send(.started)
        node.add(.pod(0))
        node.run(for: .seconds(3))
        #expect(node.freeCount > 0)
        #expect(node.running == [:])
        node.settle()
        #expect(node.running[.pod(0)]?.families == "v4+v6")
        #expect(node.violations == [])
    }

    /// Free IPv4 addresses of an ENI without a /80 are none that a pod could have.
    @Test func aPodThatWaitsForABlockHearsWhatStandsInTheWay() {
        var node = SimulatedNode(.small(.dual(.secondary), .addresses(2)))
        let denied = CallFailure(code: "UnauthorizedOperation", message: "ec2:AssignIpv6Addresses")
        node.failures["assignIPv6Prefix"] = Array(repeating: denied, count: 100)
        node.send(.started)
        node.add(.pod(0), within: .seconds(30))
        node.run(for: .seconds(30))
        #expect(node.refusals[.pod(0)] == [.permissionDenied(code: denied.code, message: denied.message)])
        #expect(node.engine.obstacle(at: node.now)?.code == "permission-denied")
    }

    @Test(arguments: UInt64(1)...30, EngineConfiguration.Addressing.dual) func pairsStayTogetherWhateverHappens(
        seed: UInt64, addressing: EngineConfiguration.Addressing
    ) {
        var node = SimulatedNode(.small(addressing, .addresses(2), slotsPerENI: 4, cooldown: .seconds(10), seed: seed), seed: seed)
        var random = SeededGenerator(seed: seed)
        node.failuresPercent = 10
        node.lostAnswersPercent = 10
        node.send(.started)
        for pod in 0..<80 {
            node.add(.pod(pod), within: .seconds(20))
            if pod > 8 { node.delete(.pod(pod - Int.random(in: 1...8, using: &random))) }
            if random.chance(10) { node.effectsUntilCrash = Int.random(in: 0...8, using: &random) }
            node.run(for: .milliseconds(Int.random(in: 0...8000, using: &random)))
            node.checkCompaction()
        }
        #expect(node.engine.allocations.allSatisfy { $0.allocation.addresses.families == "v4+v6" })
        #expect(node.violations == [], "seed \(seed)")
    }
}
