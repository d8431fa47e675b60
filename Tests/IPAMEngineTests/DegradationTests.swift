import Addressing
import IPAMEngine
import Testing
import Timeline

/// Keeping away from EC2 because an operator says so.
@Suite struct DegradationTests {
    private func node(
        _ order: Degradation, pods: Int = 1, _ targets: WarmTargets = .addresses(1, minimum: 3)
    ) -> SimulatedNode {
        var node = SimulatedNode.atRest(.small(.secondary, targets), pods: pods)
        node.send(.degradationOrdered(order))
        return node
    }

    /// Setting up a link is the kernel's work.
    private func askedOfEC2(_ node: SimulatedNode) -> [String: Int] { node.ec2.calls.filter { $0.key != "setUpENI" } }

    @Test func whileCallsAreStoppedPodsAreServedFromThePoolAndEC2IsAskedForNothing() {
        var node = node(.stopCalls)
        let calls = node.ec2.calls
        node.add(pods: 1...2)
        node.add(.pod(3), within: .seconds(30))
        node.run(for: .seconds(3600))
        #expect(node.running.keys.count == 3)
        let since = node.engine.restraint.orderedAt
        #expect(since != nil && node.refusals[.pod(3)] == since.map { [.callsStopped(since: $0)] })
        #expect(node.ec2.calls == calls)
        #expect(node.violations == [])
    }

    @Test func whenCallsAreAllowedAgainWhoWaitsIsServed() {
        var node = node(.stopCalls)
        node.add(pods: 1...5)
        node.run(for: .seconds(10))
        #expect(node.running.count == 3)
        node.send(.degradationOrdered(.normal))
        node.run(for: .seconds(30))
        #expect(node.running.count == 6)
        node.settle()
        #expect(node.violations == [])
    }

    @Test func aPodOfAFullNodeHearsThatCallsWouldNotHelp() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1), pods: 3)
        node.send(.degradationOrdered(.stopCalls))
        node.add(.pod(3), within: .seconds(1))
        node.run(for: .seconds(2))
        #expect(node.refusals[.pod(3)] == [.eniSlotsUsedUp(enis: 1, addressesPerENI: 3)])
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(4), within: .seconds(1))
        node.run(for: .seconds(2))
        #expect(node.refusals[.pod(4)]?.first?.code == "cooling")
    }

    @Test(arguments: [Degradation.stopReleases, .stopCalls]) func whileReleasesAreStoppedNothingIsGivenBack(order: Degradation) {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 8)
        node.send(.degradationOrdered(order))
        node.delete(pods: 0..<8)
        let held = node.ec2.descriptions
        node.run(for: .seconds(7200))
        #expect(node.ec2.descriptions == held && held.count == 3)
        node.send(.degradationOrdered(.normal))
        node.settle()
        #expect(node.ec2.descriptions.map(\.secondaryAddresses.count).reduce(0, +) == 1)
        #expect(node.violations == [])
    }

    @Test func whileReleasesAreStoppedPoolsStillGrow() {
        var node = node(.stopReleases)
        node.add(pods: 1...7)
        node.settle()
        #expect(node.running.count == 8)
        #expect(node.violations == [])
    }

    @Test func anENIThatWasMadeWhenCallsWereStoppedIsAttachedWhenTheyAreAllowed() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(0, minimum: 1)), pods: 3)
        node.add(.pod(3), within: .seconds(600))
        while node.calls("createENI") == 0 { node.run(for: .milliseconds(10)) }
        node.send(.degradationOrdered(.stopCalls))
        node.run(for: .seconds(300))
        #expect(node.calls("attachENI") == 0 && node.engine.callsInFlight.map(\.purpose).contains { $0.hasPrefix("attach") })
        node.send(.degradationOrdered(.normal))
        node.settle()
        #expect(node.calls("createENI") == 1 && node.calls("attachENI") == 1 && node.calls("deleteENI") == 0)
        #expect(node.running[.pod(3)] != nil)
        #expect(node.violations == [])
    }

    @Test(arguments: [false, true]) func anOrderOutlivesTheDaemonAndTheCompactionOfItsJournal(isCompacted: Bool) {
        var node = node(.stopCalls, pods: 3)
        let since = node.engine.restraint.orderedAt
        node.run(for: .seconds(60))
        if isCompacted { node.journal = node.engine.journal }
        let calls = askedOfEC2(node)
        node.crash()
        node.run(for: .seconds(600))
        #expect(node.engine.restraint.order == .stopCalls && node.engine.restraint.orderedAt == since)
        #expect(askedOfEC2(node) == calls)
        node.send(.degradationOrdered(.normal))
        node.settle()
        node.crash()
        #expect(node.engine.restraint == Restraint())
        node.settle()
        #expect(node.violations == [])
    }

    @Test func theSameOrderAgainIsNotWrittenDownAgain() {
        var node = node(.stopReleases)
        node.send(.degradationOrdered(.stopReleases))
        node.send(.degradationOrdered(.stopReleases))
        let orders = node.journal.filter { if case .degradationOrdered = $0 { true } else { false } }
        #expect(orders.count == 1)
    }
}
