import Addressing
import IPAMEngine
import Testing
import Timeline

/// Pools beside the node's own, which pods ask for by name.
@Suite struct NamedPoolTests {
    private static func pool(_ name: String) throws -> PoolName { try #require(PoolName(name)) }

    private static func configuration(_ names: PoolName..., addressing: EngineConfiguration.Addressing = .secondary) -> EngineConfiguration
    {
        .small(addressing, .addresses(1), enis: 4).with { configuration in
            for (name, subnet) in zip(names, [SubnetID.podsA, .podsB]) {
                let groups = [SecurityGroupID(unchecked: "sg-\(name)")]
                configuration.namedPools[name] = PoolSource(subnet: subnet, securityGroups: groups)
            }
        }
    }

    private static func node(_ configuration: EngineConfiguration) -> SimulatedNode {
        var node = SimulatedNode.begun(configuration) { node in
            node.ec2[.podsA] = .number(1)
            node.ec2[.podsB] = .number(2)
        }
        node.settle()
        return node
    }

    @Test(arguments: EngineConfiguration.Addressing.all) func aPodHasAnAddressOfThePoolThatItAsksFor(
        addressing: EngineConfiguration.Addressing
    ) throws {
        let (red, blue) = (try Self.pool("red"), try Self.pool("blue"))
        var node = Self.node(Self.configuration(red, blue, addressing: addressing))
        node.add(.pod(0), in: red)
        node.add(.pod(1), in: blue)
        node.add(.pod(2))
        node.settle()
        let enis = (0..<3).map { pod in node.allocation(of: pod).flatMap { node.ec2.interfaces[$0.eni] } }
        #expect(enis.map { $0?.subnet } == [.podsA, .podsB, FakeEC2.subnet])
        #expect(enis.map { $0?.pool } == [red, blue, nil])
        #expect(node.requestedENIs.map(\.securityGroups.first?.rawValue) == ["sg-red", "sg-blue"])
        #expect(node.violations == [])
    }

    @Test func aPoolGrowsByDemandAloneAndGoesWithIt() throws {
        let red = try Self.pool("red")
        var node = Self.node(Self.configuration(red))
        #expect(node.ec2.attached.count == 1)
        for pod in 0..<4 { node.add(.pod(pod), in: red) }
        node.settle()
        let pool = node.engine.poolExplanations(at: node.now).first { $0.name == red }
        #expect(pool?.count == PoolCount(attached: 4, held: 4, cooling: 0, waiting: 0))
        node.delete(pods: 0..<4)
        node.settle()
        #expect(node.ec2.attached.count == 1)
        #expect(node.violations == [])
    }

    @Test func noPodIsServedFromAPoolThatItDidNotAskFor() throws {
        let red = try Self.pool("red")
        var node = Self.node(Self.configuration(red).with { $0.limits = NodeLimits(enis: 2, slotsPerENI: 3, maxPods: 110) })
        for pod in 0..<3 { node.add(.pod(pod), in: red) }
        node.settle()
        node.delete(pods: 0..<3)
        node.run(for: .seconds(40))
        // The three addresses of the pool are free, and those of the node's own are all held.
        node.add(pods: 3..<8, within: .seconds(5))
        node.run(for: .seconds(6))
        #expect(node.running.count == 3)
        #expect(node.refusals.count == 2)
        #expect(node.engine.allocations.allSatisfy { $0.allocation.deviceIndex == 0 })
        #expect(node.violations == [])
    }

    @Test func aPoolThatIsNotThereIsRefusedAtOnce() throws {
        let (red, green) = (try Self.pool("red"), try Self.pool("green"))
        var node = Self.node(Self.configuration(red))
        node.add(.pod(0), in: green)
        #expect(node.refusals[.pod(0)] == [.unknownPool(green)])
    }

    @Test func aPoolIsKnownAgainAfterARestartWithoutItsJournal() throws {
        let red = try Self.pool("red")
        var node = Self.node(Self.configuration(red))
        for pod in 0..<2 { node.add(.pod(pod), in: red) }
        node.settle()
        node.journal = []
        node.restart()
        node.settle()
        node.add(.pod(2), in: red)
        node.add(.pod(3))
        node.settle()
        #expect(node.running.count == 4)
        #expect((0..<4).map { node.allocation(of: $0)?.deviceIndex } == [1, 1, 1, 0])
        #expect(node.violations == [])
    }

    @Test func aPoolThatIsTakenAwayDrains() throws {
        let red = try Self.pool("red")
        var node = Self.node(Self.configuration(red))
        for pod in 0..<2 { node.add(.pod(pod), in: red) }
        node.settle()
        let before = node.running
        node.configure { $0.namedPools = [:] }
        node.settle()
        #expect(node.running == before)
        node.add(.pod(2), in: red)
        #expect(node.refusals[.pod(2)] == [.unknownPool(red)])
        node.delete(pods: 0..<2)
        node.settle()
        #expect(node.ec2.attached.count == 1)
        #expect(node.violations == [])
    }

    /// The line of one pool does not hold up another's.
    @Test func anExhaustedPoolDoesNotHoldUpOthers() throws {
        let (red, blue) = (try Self.pool("red"), try Self.pool("blue"))
        var node = Self.node(Self.configuration(red, blue))
        node.ec2.fill(.podsA, leaving: 0)
        node.add(.pod(0), in: red, within: .seconds(20))
        node.add(.pod(1), in: blue, within: .seconds(20))
        node.add(.pod(2), within: .seconds(20))
        node.run(for: .seconds(20))
        #expect(Set(node.running.keys) == [.pod(1), .pod(2)])
        #expect(node.refusals[.pod(0)]?.map(\.code) == ["subnet-full"])
        #expect(node.violations == [])
    }

    @Test(arguments: ["", "a/b", "a b", "ä", String(repeating: "a", count: 64)]) func whatIsNoLabelValueIsNoName(text: String) {
        #expect(PoolName(text) == nil)
    }
}
