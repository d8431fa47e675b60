import Addressing
import IPAMEngine
import Testing
import Timeline

/// What the pool does on a node that is cordoned or about to end.
@Suite struct NodeConditionTests {
    typealias Addressing = EngineConfiguration.Addressing

    private static func node(_ addressing: Addressing = .secondary, managesCordonedNode: Bool = false) -> SimulatedNode {
        .atRest(.small(addressing, .addresses(3), enis: 3).with { $0.managesCordonedNode = managesCordonedNode }, pods: 2)
    }

    @Test(arguments: [NodeCondition.cordoned, .terminating], Addressing.ofIPv4) func podsGetWhatIsThereAndThePoolDoesNotGrow(
        condition: NodeCondition, addressing: Addressing
    ) {
        var node = Self.node(addressing)
        let (attached, free) = (node.engine.count.attached, node.freeCount)
        node.send(.nodeChanged(condition))
        node.add(pods: 2..<(4 + free), within: .seconds(30))
        node.run(for: .seconds(31))
        #expect(node.running.count == attached)
        #expect(node.engine.count.attached == attached)
        let refusal: Refusal = condition == .cordoned ? .nodeCordoned : .nodeTerminating
        #expect(node.refusals.values.map { $0 } == [[refusal], [refusal]])
        #expect(node.violations == [])
    }

    /// What frees addresses for other nodes is done; the ENIs stay.
    @Test(arguments: [NodeCondition.cordoned, .terminating]) func whatIsFreeGoesBackAndTheENIsStay(condition: NodeCondition) {
        var node = Self.node()
        let enis = node.ec2.attached.map(\.id)
        node.send(.nodeChanged(condition))
        node.settle()
        #expect(node.engine.count == PoolCount(attached: 2, held: 2, cooling: 0, waiting: 0))
        #expect(node.ec2.attached.map(\.id) == enis)
        node.delete(pods: 0..<2)
        node.settle()
        #expect(node.engine.count.attached == 0)
        #expect(node.ec2.attached.map(\.id) == enis)
        #expect(node.violations == [])
    }

    @Test func anUncordonedNodeKeepsItsTargetsAgain() {
        var node = Self.node()
        node.send(.nodeChanged(.cordoned))
        node.settle()
        node.send(.nodeChanged(.schedulable))
        node.settle()
        #expect(node.engine.count.attached == 5)
        #expect(node.violations == [])
    }

    @Test func podsThatWaitOnACordonedNodeAreServedWhenItIsUncordoned() {
        var node = Self.node()
        node.send(.nodeChanged(.cordoned))
        node.add(pods: 2..<7)
        node.run(for: .seconds(10))
        #expect(node.running.count == 5)
        node.send(.nodeChanged(.schedulable))
        node.run(for: .seconds(10))
        #expect(node.running.count == 7)
        #expect(node.violations == [])
    }

    @Test func aCordonedNodeThatIsManagedIsAsAnyOther() {
        var node = Self.node(managesCordonedNode: true)
        node.send(.nodeChanged(.cordoned))
        node.add(pods: 2..<6)
        node.settle()
        #expect(node.running.count == 6)
        #expect(node.engine.count.attached == 9)
        #expect(node.violations == [])
    }

    @Test func aTerminatingNodeIsNotManagedWhateverTheSetting() {
        var node = Self.node(managesCordonedNode: true)
        node.send(.nodeChanged(.terminating))
        node.settle()
        #expect(node.engine.count.attached == 2)
        #expect(node.engine.refusal(at: node.now) == .nodeTerminating)
    }

    @Test(arguments: NodeCondition.allCases) func theConditionIsInTheExplanation(condition: NodeCondition) {
        var node = Self.node()
        node.send(.nodeChanged(condition))
        let words = [NodeCondition.cordoned: "cordoned", .terminating: "about to end", .schedulable: "WARM_IP_TARGET"]
        #expect(node.ownPool?.reason.contains(words[condition] ?? "") == true)
    }

    @Test(arguments: [NodeCondition.cordoned, .terminating], Addressing.all) func aDelIsServedInEveryCondition(
        condition: NodeCondition, addressing: Addressing
    ) {
        var node = Self.node(addressing)
        node.send(.nodeChanged(condition))
        node.delete(pods: 0..<2)
        node.settle()
        #expect(node.engine.allocations == [] && node.engine.coolings == [])
        #expect(node.violations == [])
    }
}
