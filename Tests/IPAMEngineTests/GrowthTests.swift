import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct GrowthTests {
    @Test func aBurstThatFitsAnENITakesOneCall() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(5), enis: 3, slotsPerENI: 49))
        let before = node.mutatingCalls
        node.add(.pod(0))
        // The first pod's call is on its way while the others come; what they need goes into one more.
        node.add(pods: 1..<40)
        node.settle()
        #expect(node.running.count == 40)
        #expect(node.mutatingCalls == before + 2)
        #expect(node.slots == [45])
    }

    @Test func aBurstThatIsGatheredTakesOneCall() {
        var configuration = EngineConfiguration.small(.secondary, .addresses(5), enis: 3, slotsPerENI: 49)
        configuration.gathering = .milliseconds(10)
        var node = SimulatedNode.atRest(configuration)
        let before = node.mutatingCalls
        for pod in 0..<40 {
            node.add(.pod(pod))
            if pod % 10 == 9 { node.run(for: .milliseconds(2)) }
        }
        #expect(node.mutatingCalls == before)
        node.settle()
        #expect(node.running.count == 40)
        #expect(node.mutatingCalls == before + 1)
        #expect(node.slots == [45])
    }

    @Test func aShortageThatNothingHelpsIsNotGatheredFor() {
        var configuration = EngineConfiguration.small(.secondary, .addresses(1), enis: 1, slotsPerENI: 3)
        configuration.gathering = .milliseconds(10)
        var node = SimulatedNode.atRest(configuration)
        node.add(pods: 0..<6, within: .seconds(30))
        node.run(for: .seconds(1))
        #expect(node.running.count == 3)
        let deadline = node.engine.nextDeadline
        #expect(deadline.map { $0 > node.now + .seconds(1) } ?? true, "woken at \(deadline as Any)")
    }

    @Test func aLargeBurstMakesSeveralENIsAtOnce() {
        var node = SimulatedNode.atRest(.small(.prefix, .addresses(1), enis: 8, slotsPerENI: 2))
        node.add(pods: 0..<100)
        node.run(for: .milliseconds(600))
        #expect(node.ec2.calls["createENI"] == 3)
        node.settle()
        #expect(node.running.count == 100)
        #expect(node.slots.sorted() == [1, 2, 2, 2])
        #expect(node.violations == [])
    }

    @Test func anENIIsMadeWithAllThatItShallHold() {
        let node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 2), enis: 4, slotsPerENI: 9))
        #expect(node.slots == [9, 9])
        // A node that begins looks twice, as the first answer may be old.
        #expect(node.ec2.calls == ["describeENIs": 2, "assignAddresses": 1, "createENI": 1, "attachENI": 1, "setUpENI": 1])
    }

    @Test func noENIIsMadeForWhatFitsIntoOneThatIsBusy() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 3, slotsPerENI: 9))
        for pod in 0..<8 {
            node.add(.pod(pod))
            node.run(for: .milliseconds(10))
        }
        node.settle()
        #expect(node.slots == [9])
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func limitsHoldWhateverIsAskedFor(addressing: EngineConfiguration.Addressing) {
        let size = addressing == .prefix ? 16 : 1
        var node = SimulatedNode.atRest(.small(addressing, WarmTargets(enis: 9, prefixes: 9), enis: 3, slotsPerENI: 2))
        node.add(pods: 0..<(6 * size + 5), within: .seconds(30))
        node.settle()
        #expect(node.slots == [2, 2, 2])
        #expect(node.running.count == 6 * size)
        #expect(node.refusals.values.map { $0 } == Array(repeating: [.eniSlotsUsedUp(enis: 3, addressesPerENI: 2 * size)], count: 5))
        #expect(node.violations == [])
    }

    @Test func aPodThatHasAnAddressIsNotHeldUpByEC2() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2)))
        node.failuresPercent = 100
        node.add(.pod(0))
        #expect(node.effects.map(\.callName).prefix(2) == ["record", "wire"])
        node.run(for: .milliseconds(1))
        #expect(node.running.count == 1)
    }

    @Test func aNodeAtRestSetsNoTimer() {
        for addressing in EngineConfiguration.Addressing.ofIPv4 {
            let node = SimulatedNode.atRest(.small(addressing), pods: 5)
            #expect(node.engine.nextDeadline == nil)
            #expect(node.engine.callsInFlight == [])
        }
    }

    @Test func aFullNodeWithAFailureBehindItSetsNoTimer() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1), enis: 2))
        node.failures["createENI"] = [.throttled, .throttled]
        node.add(pods: 0..<6)
        node.settle()
        #expect(node.running.count == 6)
        #expect(node.engine.nextDeadline == nil)
    }

    @Test func anAnswerThatComesTwiceOrTooLateChangesNothing() {
        var node = SimulatedNode(.small(.secondary, .addresses(2)))
        node.send(.started)
        node.settle()
        let stranger = node.ec2.descriptions[0]
        let journal = node.engine.journal
        for id in (0..<10).map({ CallID(number: $0) }) {
            let events: [IPAMEngine.Event] = [
                .enisDescribed(id, []), .eniCreated(id, stranger), .eniAttached(id), .eniReady(id),
                .addressesAssigned(id, [IPv4Address(192, 0, 2, 1)]), .prefixesAssigned(id, []), .unassigned(id), .eniDetached(id),
                .eniDeleted(id), .callFailed(id, .throttled),
            ]
            for event in events {
                node.send(event)
                #expect(node.effects == [])
            }
        }
        #expect(node.engine.journal == journal)
        #expect(node.engine.nextDeadline == nil)
    }
}

extension SimulatedNode {
    /// Calls so far that changed something in EC2.
    var mutatingCalls: Int {
        ec2.calls.filter { $0.key != "describeENIs" && $0.key != "setUpENI" }.values.reduce(0, +)
    }
}
