import Addressing
import IPAMEngine
import Testing
import Timeline

/// What has left the node, what was asked and not answered, and what is only hinted at.
@Suite struct DeparturesTests {
    typealias Addressing = EngineConfiguration.Addressing

    /// How a node gets rid of what it does not need, so that each kind of thing leaves once.
    enum Leaving: String, Sendable, CaseIterable {
        case address, prefix, eni

        var configuration: EngineConfiguration {
            switch self {
            case .address: .small(.secondary, .addresses(1), enis: 1)
            case .prefix: .small(.prefix, .addresses(1), enis: 1)
            case .eni: .small(.secondary, WarmTargets(enis: 0), enis: 2)
            }
        }
        var pods: Int { self == .prefix ? 20 : self == .eni ? 4 : 3 }
        var call: String { self == .eni ? "detachENI" : "unassign" }
    }

    /// A node that has just heard that what it gave back has left, and what EC2 showed before.
    private static func justLeft(_ leaving: Leaving) -> (SimulatedNode, [AttachedENI]) {
        var node = SimulatedNode.atRest(leaving.configuration, pods: leaving.pods)
        let before = node.ec2.descriptions
        node.delete(pods: 0..<leaving.pods)
        node.runUntilCall(leaving == .eni ? "deleteENI" : "unassign")
        while !node.engine.callsInFlight.isEmpty { node.run(for: .milliseconds(100)) }
        return (node, before)
    }

    // MARK: - Old descriptions

    /// EC2 shows for a minute and a half what was before, and others have it already.
    @Test(arguments: Leaving.allCases, [true, false]) func whatLeftIsNotTakenInFromAnOldDescription(leaving: Leaving, restarts: Bool) {
        var (node, before) = Self.justLeft(leaving)
        let lost = before.flatMap { $0.secondaryAddresses + $0.prefixes.flatMap(\.addresses) }.filter { !node.ec2.hasGiven(.v4($0)) }
        #expect(!lost.isEmpty)
        for address in lost { node.ec2.occupy(address) }
        node.ec2.shownInstead = before
        if restarts { node.restart() } else { node.hint(before) }
        node.add(pods: 100..<103, within: .seconds(80))
        node.run(for: .seconds(90))
        #expect(node.calls("describeENIs") > 2)
        #expect(node.running.values.allSatisfy { !lost.contains($0.ipv4 ?? .zero) })
        node.ec2.shownInstead = nil
        node.settle()
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.running.count == 3)
        #expect(node.violations == [])
    }

    /// Somebody gives it back by hand.
    @Test(arguments: [Leaving.address, .prefix]) func whatComesBackLongAfterIsTakenIn(leaving: Leaving) {
        var (node, before) = Self.justLeft(leaving)
        node.settle()
        node.run(for: .seconds(200))
        let eni = before[0]
        for address in eni.secondaryAddresses where !node.ec2.hasGiven(.v4(address)) {
            _ = try? node.ec2.perform(.claimAddress(CallID(number: 0), eni.id, address))
        }
        if leaving == .prefix { _ = try? node.ec2.perform(.assignPrefixes(CallID(number: 0), eni.id, count: 1)) }
        #expect(node.engine.enis.map(\.eni) != node.ec2.descriptions)
        node.hint(node.ec2.descriptions)
        node.run(for: .seconds(5))
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.violations == [])
    }

    @Test(arguments: Leaving.allCases) func whatEC2GivesAgainIsUsedAtOnce(leaving: Leaving) {
        var (node, _) = Self.justLeft(leaving)
        node.add(pods: 100..<(100 + leaving.pods))
        node.run(for: .seconds(20))
        #expect(node.running.count == leaving.pods)
        node.restart()
        node.settle()
        #expect(node.running.count == leaving.pods)
        #expect(node.violations == [])
    }

    // MARK: - Lost answers

    /// For two minutes EC2 does all it is asked and nobody hears of it.
    @Test(arguments: Leaving.allCases, [true, false]) func whatIsGivenBackIsAskedForUntilItIsDone(leaving: Leaving, crashes: Bool) {
        var node = SimulatedNode.atRest(leaving.configuration, pods: leaving.pods)
        node.delete(pods: 0..<leaving.pods)
        node.run(for: .seconds(60))
        node.lostAnswersPercent = 100
        node.runUntilCall(leaving.call)
        node.run(for: .seconds(60))
        if crashes { node.crash() }
        node.run(for: .seconds(60))
        #expect(node.calls(leaving.call) > 1)
        node.lostAnswersPercent = 0
        node.settle()
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.ec2.interfaces.values.allSatisfy { $0.seat != nil })
        #expect(node.engine.count.attached == (leaving == .prefix ? 16 : leaving == .eni ? 3 : 1))
        #expect(node.violations == [])
    }

    @Test(arguments: [1, 2, 5], [true, false]) func anENIWithoutAnAnswerIsAskedForWithTheSameToken(lost: Int, crashes: Bool) {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 2)
        node.lostAnswersPercent = 100
        node.add(.pod(2))
        for _ in 0..<lost { node.runUntilCall("createENI") }
        if crashes { node.crash() }
        node.lostAnswersPercent = 0
        node.settle()
        #expect(node.calls("createENI") >= lost + 1)
        #expect(Set(node.requestedENIs.map(\.clientToken)).count == 1)
        #expect(node.ec2.interfaces.count == 2)
        #expect(node.running.count == 2 + (node.running[.pod(2)] == nil ? 0 : 1))
        #expect(node.violations == [])
    }

    @Test func noTwoENIsHaveOneTokenAlsoAfterRestarts() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 4, slotsPerENI: 1))
        for pod in 0..<12 {
            node.add(.pod(pod))
            node.run(for: .seconds(10))
            if pod % 3 == 2 {
                node.delete(pods: 0...pod)
                node.settle()
                node.restart()
            }
        }
        let tokens = node.requestedENIs.map(\.clientToken)
        #expect(tokens.count > 6)
        #expect(Set(tokens).count == tokens.count)
        #expect(tokens.allSatisfy { $0.utf8.count <= 64 })
    }

    // MARK: - Hints

    @Test func aHintLeadsToADescriptionAMinuteAtMostAndToNothingElse() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2)), pods: 2)
        var hinted = node.ec2.descriptions
        hinted[0].secondaryAddresses.append(IPv4Address(10, 0, 9, 9))
        let (described, changed, enis) = (node.calls("describeENIs"), node.mutatingCalls, node.engine.enis)
        for _ in 0..<120 {
            node.hint(hinted)
            node.run(for: .seconds(5))
        }
        #expect((5...10).contains(node.calls("describeENIs") - described))
        #expect(node.mutatingCalls == changed)
        #expect(node.engine.enis == enis)
        #expect(node.violations == [])
    }

    @Test func aHintThatSaysWhatIsKnownLeadsToNothing() {
        var node = SimulatedNode.atRest(.small(.prefix, .addresses(2)), pods: 2)
        let described = node.calls("describeENIs")
        for _ in 0..<20 {
            node.hint(node.ec2.descriptions)
            node.run(for: .seconds(60))
        }
        #expect(node.calls("describeENIs") == described)
    }

    @Test func whatAHintWasRightAboutIsFoundOut() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 4)
        node.isMeddledWith = true
        let second = node.ec2.descriptions[1]
        node.ec2.revoke(second.id)
        for address in second.secondaryAddresses { node.ec2.occupy(address) }
        node.hint(node.ec2.descriptions)
        node.settle()
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.engine.allocations.count { $0.isQuarantined } == 1)
        #expect(node.running.count == 4)
        #expect(node.violations == [])
    }

    @Test func aHintOfNoENIsTakesNothingAway() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 4)
        node.hint([])
        node.settle()
        #expect(node.engine.count.held == 4)
        #expect(node.running.count == 4)
        #expect(node.violations == [])
    }
}

extension SimulatedNode {
    /// Tells the engine what the metadata of the instance shows.
    fileprivate mutating func hint(_ enis: [AttachedENI]) {
        send(.enisHinted(enis.map { HintedENI(id: $0.id, secondaryAddresses: $0.secondaryAddresses, prefixes: $0.prefixes) }))
    }
}
