import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct WaitingTests {
    private static let full = EngineConfiguration.small(.secondary, WarmTargets(enis: 0), enis: 1, waitingMax: 4)

    @Test func anAddThatFindsNoAddressWaitsForCapacity() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0)))
        node.add(pods: 0..<5)
        #expect(node.engine.waitingRequests.map(\.attachment) == [.pod(3), .pod(4)])
        node.settle()
        #expect(node.running.count == 5)
        #expect(node.refusals == [:])
    }

    @Test func thoseThatWaitAreServedOldestFirst() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(pods: 3..<6)
        for pod in 0..<3 {
            node.delete(.pod(pod))
            node.run(for: .seconds(1))
        }
        node.run(for: .seconds(28))
        #expect(node.running.keys.map(\.containerID) == ["pod-3"])
        node.run(for: .seconds(10))
        #expect(Set(node.running.keys) == [.pod(3), .pod(4), .pod(5)])
    }

    @Test func anAddIsAnsweredAtItsDeadline() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(.pod(3), within: .seconds(7))
        node.run(for: .seconds(6))
        #expect(node.refusals == [:])
        node.run(for: .seconds(1))
        #expect(node.refusals[.pod(3)] == [.eniSlotsUsedUp(enis: 1, addressesPerENI: 3)])
        #expect(node.engine.waitingRequests == [])
    }

    @Test func aFullLineTakesNoMore() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(pods: 3..<8)
        #expect(node.refusals == [.pod(7): [.tooManyWaiting(4)]])
        #expect(node.engine.waitingRequests.count == 4)
    }

    @Test func aRepeatedAddGetsTheSameAddress() {
        var node = SimulatedNode.atRest(Self.full, pods: 1)
        let allocation = node.engine.allocation(of: .pod(0))
        node.add(.pod(0))
        #expect(node.effects == allocation.map { [.wire($0)] })
        node.run(for: .seconds(1))
        #expect(node.engine.allocation(of: .pod(0)) == allocation)
        #expect(node.engine.count.held == 1)
    }

    @Test func aLaterAddTakesThePlaceOfAnEarlierOne() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(.pod(3), within: .seconds(5))
        node.add(.pod(3), within: .seconds(50))
        #expect(node.refusals == [.pod(3): [.superseded]])
        #expect(node.engine.waitingRequests.map(\.deadline) == [node.now + .seconds(50)])
    }

    @Test func aDelEndsAnAddThatWaits() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(.pod(3))
        node.delete(.pod(3))
        #expect(node.effects == [.refuse(.pod(3), .deleted), .confirmDeleted(.pod(3))])
        #expect(node.engine.waitingRequests == [])
    }

    @Test func aDelOfAnUnknownSandboxIsConfirmed() {
        var node = SimulatedNode.atRest(Self.full)
        node.delete(.pod(9))
        #expect(node.effects == [.confirmDeleted(.pod(9))])
    }

    @Test func anAddOfASandboxThatIsBeingDeletedIsRefused() {
        var node = SimulatedNode.atRest(Self.full, pods: 1)
        node.delete(.pod(0))
        node.add(.pod(0))
        #expect(node.effects == [.refuse(.pod(0), .deleted)])
    }

    @Test func wordOfAnEarlierDelDoesNotEndALaterAllocation() {
        var node = SimulatedNode.atRest(Self.full, pods: 1)
        node.delete(.pod(0))
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(0))
        node.send(.podUnwired(.pod(0)))
        #expect(node.effects == [])
        node.run(for: .seconds(1))
        #expect(node.running[.pod(0)]?.ipv4 == node.address(of: 0))
    }

    @Test func nobodyWaitsForADaemonThatEnds() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(.pod(3))
        node.send(.stopping)
        node.add(.pod(4))
        #expect(node.refusals == [.pod(3): [.stopping], .pod(4): [.stopping]])
        #expect(node.engine.waitingRequests == [])
    }

    @Test func garbageIsWhatTheRuntimeDoesNotNameAndIsOldEnough() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0)), pods: 3)
        node.add(.pod(9, network: "other"))
        let old = node.now + .seconds(1)
        node.run(for: .seconds(2))
        node.add(.pod(4))
        node.run(for: .seconds(2))
        node.send(.garbageCollected(network: "berth", keeping: [.pod(0)], olderThan: old))
        node.run(for: .seconds(1))
        #expect(Set(node.engine.allocations.map(\.allocation.attachment)) == [.pod(0), .pod(4), .pod(9, network: "other")])
    }

    @Test func aSteadyStreamOfPodsHasFewEffects() {
        var node = SimulatedNode.atRest(.small(.prefix, .addresses(4, minimum: 40), enis: 3), pods: 10)
        node.add(.pod(20))
        #expect(node.effects.map(\.callName) == ["record", "wire"])
        node.run(for: .milliseconds(1))
        #expect(node.effects.map(\.callName) == ["record"])
        node.delete(.pod(20))
        #expect(node.effects.map(\.callName) == ["unwire"])
        node.run(for: .milliseconds(1))
        #expect(node.effects.map(\.callName) == ["record"])
        node.run(for: .milliseconds(20))
        #expect(node.effects.map(\.callName) == ["record"])
    }
}
