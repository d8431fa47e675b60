import Addressing
import IPAMEngine
import Testing
import Timeline

/// Prefix mode in subnets that have addresses and no free /28, and subnets that run out altogether.
@Suite struct FallbackTests {
    private static let prefixes = EngineConfiguration.small(.prefix, .addresses(1), enis: 3, slotsPerENI: 9)

    private static func fragmented(_ configuration: EngineConfiguration = prefixes) -> SimulatedNode {
        .begun(configuration) { $0.ec2.fragment() }
    }

    @Test func podsAreServedWithSingleAddressesWhereASubnetHasNoFreeBlock() {
        var node = Self.fragmented()
        node.add(pods: 0..<5)
        node.run(for: .seconds(5))
        #expect(node.running.count == 5)
        #expect(node.engine.enis.allSatisfy { $0.prefixes.isEmpty })
        #expect(node.violations == [])
    }

    /// That a block is missing is no reason to wait before single addresses are asked for.
    @Test func singleAddressesDoNotShareThePauseOfBlocks() {
        var node = Self.fragmented()
        for pod in 0..<20 {
            node.add(.pod(pod), within: .seconds(3))
            node.run(for: .seconds(3))
        }
        #expect(node.refusals == [:])
        #expect(node.running.count == 20)
        #expect(node.violations == [])
    }

    /// For as long as it lasts, within a pause of blocks and after one.
    @Test(arguments: [1, 20, 50, 120]) func aPodOfAFullNodeHearsThatTheSubnetHasNoBlock(seconds: Int) {
        let configuration = EngineConfiguration.small(.prefix, .addresses(1), enis: 1).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
        }
        var node = Self.fragmented(configuration)
        node.add(pods: 0..<3)
        node.run(for: .seconds(60))
        node.add(.pod(3), within: .seconds(seconds))
        node.run(for: .seconds(seconds))
        let refusal = node.refusals[.pod(3)]?.first
        #expect(refusal?.code == "no-free-block", "\(String(describing: refusal))")
        let free = node.ec2.freeAddresses(of: FakeEC2.subnet)
        #expect(
            refusal?.explanation(at: node.now).contains("\(free) free addresses") == true, "\(refusal?.explanation(at: node.now) ?? "")")
        #expect(node.violations == [])
    }

    @Test func blocksAreUsedAgainWhenThereAreSome() {
        var node = Self.fragmented()
        node.add(pods: 0..<5)
        node.run(for: .seconds(60))
        node.ec2.vacate()
        node.run(for: .seconds(900))
        #expect(node.engine.enis.contains { !$0.prefixes.isEmpty })
        node.add(pods: 5..<9)
        node.run(for: .seconds(5))
        let prefixes = node.engine.enis.flatMap(\.prefixes).map(\.prefix)
        #expect((5..<9).compactMap { node.address(of: $0) }.allSatisfy { address in prefixes.contains { $0.contains(address) } })
        node.delete(pods: 0..<5)
        node.settle()
        #expect(node.engine.enis.allSatisfy { $0.eni.secondaryAddresses.isEmpty })
        #expect(node.running.count == 4)
        #expect(node.violations == [])
    }

    /// A full ENI has no slot for the prefix that is to take over: one is made, and the pods are not touched.
    /// A deadline in the past would have the daemon woken without end.
    @Test func aNodeThatGetsNoMorePodsIsNotWokenToAskForABlock() {
        var node = Self.fragmented()
        node.add(pods: 0..<5)
        node.run(for: .seconds(5))
        node.send(.nodeChanged(.cordoned))
        node.now = node.now + .seconds(1500)
        node.send(.deadlineReached)
        #expect(node.engine.nextDeadline.map { $0 > node.now } ?? true)
    }

    @Test func aFullNodeThatWantsEveryAddressSleepsUntilOneGoes() {
        var node = Self.fragmented(.small(.prefix, .addresses(1), enis: 1, slotsPerENI: 4))
        node.add(pods: 0..<4)
        node.run(for: .seconds(2000))
        #expect(node.running.count == 4)
        #expect(node.engine.nextDeadline == nil)
        node.ec2.vacate()
        node.delete(pods: 0..<4)
        node.run(for: .seconds(2000))
        #expect(node.engine.enis.flatMap(\.prefixes).count == 1)
        #expect(node.engine.enis.allSatisfy { $0.eni.secondaryAddresses.isEmpty })
        #expect(node.violations == [])
    }

    @Test func blocksAreUsedAgainOnAFullNodeToo() {
        var node = Self.fragmented(.small(.prefix, .addresses(1), enis: 1))
        node.add(pods: 0..<2)
        node.run(for: .seconds(60))
        node.ec2.vacate()
        node.run(for: .seconds(2000))
        #expect(node.engine.enis.flatMap(\.prefixes).count == 1)
        #expect(node.running.count == 2)
        #expect(node.violations == [])
    }

    @Test(arguments: 0...8) func aPoolOnSingleAddressesDoesNotFlap(pods: Int) {
        var node = Self.fragmented()
        node.add(pods: 0..<pods)
        node.run(for: .seconds(300))
        let before = node.mutatingCalls
        node.run(for: .seconds(3600))
        // A prefix is asked for every ten minutes, and single addresses where the time of keeping none is over.
        #expect(node.mutatingCalls - before <= 24, "\(node.mutatingCalls - before) calls in an hour")
        #expect(node.running.count == pods)
        #expect(node.violations == [])
    }

    @Test(arguments: 0...8) func aFullNodeOnSingleAddressesDoesNotFlap(pods: Int) {
        var node = Self.fragmented(.small(.prefix, .addresses(1), enis: 2, slotsPerENI: 3))
        node.add(pods: 0..<pods, within: .seconds(30))
        node.run(for: .seconds(300))
        let before = node.mutatingCalls
        node.run(for: .seconds(3600))
        // Where a slot must be made first: an address goes, a prefix is asked for, an address comes back.
        #expect(node.mutatingCalls - before <= 24, "\(node.mutatingCalls - before) calls in an hour")
        #expect(node.running.count == min(6, pods))
        #expect(node.violations == [])
    }

    // MARK: - Subnets with less than is asked for

    @Test(arguments: 0...12) func aSubnetGivesAllThatItHas(free: Int) {
        var node = SimulatedNode.begun(.small(.secondary, .addresses(8), enis: 1, slotsPerENI: 14)) { $0.ec2.fill(leaving: free) }
        node.add(pods: 0..<(free + 1), within: .seconds(20))
        node.run(for: .seconds(20))
        #expect(node.running.count == free)
        #expect(node.ec2.freeAddresses(of: FakeEC2.subnet) == 0)
        #expect(node.refusals.values.map { $0.map(\.code) } == [["subnet-full"]])
        #expect(node.violations == [])
    }

    /// Seven are wanted: 7, 3 and so on until all that is there is used.
    @Test func lessIsAskedOfASubnetThatHasNotEnough() {
        var node = SimulatedNode.begun(.small(.secondary, WarmTargets(enis: 0), enis: 1, slotsPerENI: 9)) {
            $0.ec2.fill(leaving: 3)
        }
        node.add(pods: 0..<7, within: .seconds(15))
        node.run(for: .seconds(15))
        #expect(node.running.count == 3)
        #expect(node.calls("assignAddresses") <= 12)
        #expect(node.refusals.values.map { $0.map(\.code) } == Array(repeating: ["subnet-full"], count: 4))
        #expect(node.violations == [])
    }

    @Test(arguments: 0...4) func blocksThatAreLeftAreUsedBeforeSingleAddresses(blocks: Int) {
        var node = SimulatedNode.begun(.small(.prefix, WarmTargets(prefixes: 3), enis: 1, slotsPerENI: 60)) {
            $0.ec2.fragment(leaving: blocks)
        }
        node.add(pods: 0..<30)
        node.run(for: .seconds(60))
        #expect(node.running.count == 30)
        #expect(node.engine.enis.flatMap(\.prefixes).count { $0.count.held > 0 } == min(2, blocks))
        #expect(node.violations == [])
    }

    @Test func aFullSubnetIsLeftAloneBetweenTries() {
        var node = SimulatedNode.begun(.small(.secondary, .addresses(4), enis: 2)) { $0.ec2.fill(leaving: 0) }
        let before = node.mutatingCalls
        node.run(for: .seconds(3600))
        // Each pause is from 20 to 40 s; what is asked for then is halved from 3 to 1.
        #expect(node.mutatingCalls - before <= 2 * 3600 / 20)
        node.ec2.vacate()
        // Its nodes keep nothing warm until a pod comes and EC2 is asked how much is left.
        node.run(for: .seconds(900))
        node.add(.pod(0))
        node.run(for: .seconds(60))
        #expect(node.running.count == 1)
        #expect(node.engine.count.attached == 5)
        #expect(node.violations == [])
    }

    // MARK: - Several subnets

    /// What is counted decides at once; what is estimated is corrected by the first refusal.
    @Test(arguments: [true, false]) func aSubnetWithoutBlocksIsPassedOverForOneThatHasSome(areBlocksCounted: Bool) {
        var node = SimulatedNode.begun(.custom(.prefix, .addresses(1), [.podsA, .podsB])) { node in
            node.ec2[.podsA] = .number(1)
            node.ec2[.podsB] = .number(2, prefixLength: 24)
            node.ec2.fragment(.podsA)
            node.ec2[.podsA]?.showsFreeBlocks = areBlocksCounted
            node.ec2[.podsB]?.showsFreeBlocks = areBlocksCounted
        }
        node.add(pods: 0..<10)
        node.settle()
        #expect(node.engine.enis.dropFirst().map(\.eni.subnet) == [.podsB])
        #expect(node.engine.enis.flatMap(\.eni.secondaryAddresses) == [])
        #expect(node.running.count == 10)
        #expect(node.violations == [])
    }

    @Test func singleAddressesAreTakenWhenNoSubnetHasBlocks() {
        var node = SimulatedNode.begun(.custom(.prefix, .addresses(1), [.podsA, .podsB])) { node in
            node.ec2[.podsA] = .number(1, prefixLength: 24)
            node.ec2[.podsB] = .number(2)
            node.ec2.fragment(.podsA)
            node.ec2.fragment(.podsB)
        }
        node.add(pods: 0..<5)
        node.run(for: .seconds(20))
        #expect(node.running.count == 5)
        let block = FakeEC2.Subnet.number(2).block
        #expect(node.running.values.allSatisfy { $0.ipv4.map(block.contains) ?? false })
        #expect(node.violations == [])
    }
}
