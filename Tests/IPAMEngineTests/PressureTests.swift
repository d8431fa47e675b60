import Addressing
import IPAMEngine
import Testing
import Timeline

/// Nodes that share a subnet which has little left keep nothing warm.
@Suite struct PressureTests {
    /// A subnet of 64 addresses is under pressure below 12.8 that are free, and until there are 25.6.
    private static let configuration = EngineConfiguration.small(.secondary, .addresses(3), enis: 2).with {
        $0.pressureShare = 0.2
        $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
    }
    private static let subnet = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 26)

    private static func node(leaving free: Int, _ configuration: EngineConfiguration = configuration) -> SimulatedNode {
        var node = SimulatedNode.begun(configuration, subnet: subnet) { $0.ec2.fill(leaving: free) }
        node.settle()
        return node
    }

    /// A pod comes and goes, so that the node has a reason to ask EC2 for the subnets once more.
    private static func look(_ node: inout SimulatedNode, pod: Int) {
        node.run(for: .seconds(2000))
        node.add(.pod(pod))
        node.run(for: .seconds(10))
        node.delete(.pod(pod))
        node.settle()
    }

    @Test(arguments: [4, 10, 12]) func whatIsKeptWarmGoesBackWhereLittleIsLeft(free: Int) {
        let node = Self.node(leaving: free)
        #expect(node.engine.count.attached == 0)
        #expect(node.ec2.freeAddresses(of: FakeEC2.subnet) == free)
        #expect(node.ownPool?.reason.contains("short of addresses") == true)
        #expect(node.violations == [])
    }

    @Test(arguments: [20, 30, 59]) func targetsHoldWhereEnoughIsLeft(free: Int) {
        let node = Self.node(leaving: free)
        #expect(node.engine.count.attached == 3)
        #expect(node.violations == [])
    }

    @Test func podsAreServedByDemand() {
        var node = Self.node(leaving: 10)
        for pod in 0..<5 {
            node.add(.pod(pod))
            node.run(for: .seconds(20))
            #expect(node.running.count == pod + 1)
        }
        #expect(node.engine.count.attached == 5)
        node.delete(pods: 0..<5)
        node.settle()
        #expect(node.engine.count.attached == 0)
        #expect(node.violations == [])
    }

    @Test func aPodThatNobodyExpectedTakesNothingFromThoseThatAre() {
        var node = Self.node(leaving: 10)
        let names = (0..<5).map { PodName(namespace: "default", name: "web-\($0)") }
        node.send(.podsExpected(Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })))
        node.settle()
        #expect(node.engine.count.attached == 5)
        node.add(.pod(100))
        node.run(for: .seconds(10))
        #expect(node.engine.count.attached == 6)
        #expect(node.violations == [])
    }

    @Test func pressureEndsAtTwiceTheShareAtWhichItBegins() {
        var node = Self.node(leaving: 10)
        node.ec2.vacate()
        node.ec2.fill(leaving: 20)
        Self.look(&node, pod: 0)
        #expect(node.engine.count.attached == 0)
        node.ec2.vacate()
        Self.look(&node, pod: 1)
        #expect(node.engine.count.attached == 3)
        node.ec2.fill(leaving: 20)
        Self.look(&node, pod: 2)
        #expect(node.engine.count.attached == 3)
        node.ec2.fill(leaving: 5)
        Self.look(&node, pod: 3)
        #expect(node.engine.count.attached == 0)
        #expect(node.violations == [])
    }

    @Test func oneSubnetOfSeveralWithEnoughIsEnough() {
        var node = SimulatedNode.begun(
            Self.configuration.with { $0.source = PoolSource(.these([FakeEC2.subnet, .podsA])) }, subnet: Self.subnet
        ) { node in
            node.ec2[.podsA] = .number(1)
            node.ec2.fill(leaving: 5)
        }
        node.settle()
        #expect(node.engine.count.attached == 3)
        node.ec2.fill(.podsA, leaving: 5)
        Self.look(&node, pod: 0)
        #expect(node.engine.count.attached == 0)
        #expect(node.violations == [])
    }

    /// Its nodes do not take turns in asking for what another has just given back.
    @Test(arguments: [0, 1, 3]) func aSubnetThatHadNothingLeftIsNotAskedForMoreThanPodsNeed(free: Int) {
        var node = SimulatedNode.begun(.small(.secondary, .addresses(8), enis: 1, slotsPerENI: 14), subnet: Self.subnet) {
            $0.ec2.fill(leaving: free)
        }
        let before = node.mutatingCalls
        node.run(for: .seconds(3600))
        #expect(node.mutatingCalls - before <= 60)
        #expect(node.violations == [])
    }

    @Test func aShareOfNothingMeansNoPressure() {
        let node = Self.node(leaving: 3, Self.configuration.with { $0.pressureShare = 0 })
        #expect(node.engine.count.attached == 3)
    }
}
