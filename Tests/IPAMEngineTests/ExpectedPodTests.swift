import Addressing
import IPAMEngine
import Testing
import Timeline

/// Pods that the cluster has bound to the node, and whose ADDs are on the way.
@Suite struct ExpectedPodTests {
    private static func names(_ numbers: Range<Int>, pool: PoolName? = nil) -> [PodName: PoolName?] {
        Dictionary(uniqueKeysWithValues: numbers.map { (PodName(namespace: "default", name: "web-\($0)"), pool) })
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4)
    func whatPodsWillNeedIsThereBeforeTheyAsk(addressing: EngineConfiguration.Addressing) {
        var node = SimulatedNode.atRest(.small(addressing, .addresses(1), enis: 4, slotsPerENI: 9))
        let before = node.engine.count.available
        node.send(.podsExpected(Self.names(0..<20)))
        node.settle()
        #expect(node.engine.count.available >= max(21, before))
        let calls = node.mutatingCalls
        node.add(pods: 0..<20)
        node.run(for: .milliseconds(5))
        #expect(node.running.count == 20)
        #expect(node.mutatingCalls == calls || addressing == .secondary)
        #expect(node.violations == [])
    }

    @Test func aPodThatHasAskedIsNotExpectedAnyLonger() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 4, slotsPerENI: 9))
        node.send(.podsExpected(Self.names(0..<6)))
        node.settle()
        #expect(node.engine.poolExplanations(at: node.now).map(\.expected) == [6])
        for number in 0..<6 { node.add(.pod(number), named: PodName(namespace: "default", name: "web-\(number)")) }
        node.settle()
        #expect(node.engine.poolExplanations(at: node.now).map(\.expected) == [0])
        #expect(node.engine.count.attached == 7)
        // The cluster's list may be older than the ADDs.
        node.send(.podsExpected(Self.names(0..<7)))
        #expect(node.engine.poolExplanations(at: node.now).map(\.expected) == [1])
    }

    @Test func whatNobodyAsksForGoesBackWhenThePodsAreGone() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 4, slotsPerENI: 9))
        node.send(.podsExpected(Self.names(0..<20)))
        node.run(for: .seconds(600))
        #expect(node.engine.count.attached == 21, "given back while the pods were still to come")
        node.send(.podsExpected([:]))
        node.settle()
        #expect(node.engine.count.attached == 1)
        #expect(node.ec2.calls["deleteENI"] == 2)
    }

    @Test func theSameListTwiceChangesNothing() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 4, slotsPerENI: 9))
        node.send(.podsExpected(Self.names(0..<20)))
        node.settle()
        let calls = node.mutatingCalls
        node.send(.podsExpected(Self.names(0..<20)))
        node.settle()
        #expect(node.mutatingCalls == calls)
    }

    @Test func podsOfANamedPoolAreExpectedThere() throws {
        let name = try #require(PoolName("databases"))
        var configuration = EngineConfiguration.small(.secondary, .addresses(1), enis: 4, slotsPerENI: 9)
        configuration.namedPools = [name: PoolSource(subnet: FakeEC2.subnet)]
        var node = SimulatedNode.atRest(configuration)
        node.send(.podsExpected(Self.names(0..<3, pool: name)))
        node.settle()
        #expect(node.engine.poolExplanations(at: node.now).map(\.count.attached) == [1, 3])
    }
}
