import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct RecoveryTests {
    /// Pods come, go and wait while the pool grows and shrinks; the daemon dies at one effect after the other.
    @Test(arguments: 0..<60, EngineConfiguration.Addressing.ofIPv4)
    func aRestartAtAnyPointKeepsEveryPod(effects: Int, addressing: EngineConfiguration.Addressing) {
        let slots = addressing == .prefix ? 1 : 3
        var node = SimulatedNode.atRest(.small(addressing, .addresses(1), enis: 3, slotsPerENI: slots, cooldown: .seconds(1)), pods: 3)
        node.effectsUntilCrash = effects
        node.add(pods: 3..<6)
        node.run(for: .seconds(5))
        node.delete(pods: 0..<5)
        node.run(for: .seconds(200))
        node.effectsUntilCrash = nil
        node.settle()
        #expect(node.violations == [])
        // A pod that the crash cut off asks again; the others are where they were.
        node.add(.pod(5))
        node.settle()
        #expect(Set(node.engine.allocations.map(\.allocation.attachment)).isSuperset(of: node.running.keys))
        #expect(node.running[.pod(5)]?.ipv4 == node.address(of: 5))
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.ec2.interfaces.values.allSatisfy { $0.deviceIndex != nil })
        #expect(node.violations == [])
    }

    @Test func aSecondOwnerOfAnAddressIsDropped() {
        let (first, second) = (Allocation.test(1, "10.0.1.1"), Allocation.test(2, "10.0.1.1"))
        let engine = IPAMEngine(
            .small(), replaying: [Self.eni, .allocated(first), .wired(first.attachment), .allocated(second), .wired(second.attachment)],
            at: .zero)
        #expect(engine.allocations.map(\.allocation) == [second])
        #expect(engine.count.held == 1)
    }

    @Test func aReleaseThatCameAfterTheNextOwnerDoesNotTakeItsAddress() {
        let (first, second) = (Allocation.test(1, "10.0.1.1"), Allocation.test(2, "10.0.1.1"))
        let engine = IPAMEngine(
            .small(),
            replaying: [
                Self.eni, .allocated(first), .allocated(second), .released(first.attachment, first.addresses, until: .zero),
                .wired(second.attachment),
            ], at: .zero)
        #expect(engine.allocations.map(\.allocation) == [second])
        #expect(engine.coolings == [])
    }

    /// The daemon serves its socket a moment before its control plane begins.
    @Test func anADDThatComesBeforeTheStartIsNotTakenForOneThatWasCutOff() {
        let cutOff = Allocation.test(1, "10.0.1.1")
        var engine = IPAMEngine(.small(), replaying: [Self.eni, .allocated(cutOff)], at: .zero)
        let request = PodRequest(attachment: .pod(2), pod: nil, deadline: .zero + .seconds(60), hostLink: "")
        #expect(engine.handle(.podAdded(request), at: .zero).map(\.callName) == ["record", "wire"])
        let started = engine.handle(.started, at: .zero)
        #expect(started.filter { $0.callName == "unwire" } == [.unwire(cutOff)])
        #expect(engine.handle(.podWired(.pod(2)), at: .zero) == [.record(.wired(.pod(2)))])
    }

    // MARK: - Quarantine

    @Test func anAllocationOutsideAllENIsIsKeptInQuarantineUntilItsDel() {
        let stranger = Allocation.test(1, "10.0.9.1")
        var engine = IPAMEngine(.small(), replaying: [Self.eni, .allocated(stranger), .wired(stranger.attachment)], at: .zero)
        #expect(engine.allocations.map(\.isQuarantined) == [true])
        #expect(engine.count.held == 0)
        #expect(engine.handle(.podDeleted(stranger.attachment), at: .zero) == [.unwire(stranger)])
        let released = engine.handle(.podUnwired(stranger.attachment), at: .zero)
        #expect(released == [.record(.released(stranger.attachment, stranger.addresses, until: .zero + .seconds(30)))])
        #expect(engine.allocations == [])
    }

    @Test func anAddressInQuarantineIsNotHandedOutWhenEC2GivesItAgain() {
        let stranger = Allocation.test(1, "10.0.9.1")
        var engine = IPAMEngine(
            .small(.prefix, .addresses(16)), replaying: [.eniAttached(.test(0)), .allocated(stranger), .wired(stranger.attachment)],
            at: .zero)
        let describe = engine.handle(.started, at: .zero).first(named: "describeENIs")
        let assign = engine.handle(.enisDescribed(describe, [.test(0)]), at: .zero).first(named: "assignPrefixes")
        _ = engine.handle(.prefixesAssigned(assign, [IPv4CIDR(containing: stranger.addresses.ipv4 ?? .zero, prefixLength: 28)]), at: .zero)
        for pod in 10..<30 {
            _ = engine.handle(
                .podAdded(PodRequest(attachment: .pod(pod), pod: nil, deadline: .zero + .seconds(9), hostLink: "")), at: .zero)
        }
        #expect(engine.count.held == 16)
        #expect(engine.allocations.filter { $0.allocation.address == stranger.address }.map(\.allocation) == [stranger])
        #expect(engine.allocations.allSatisfy { !$0.isQuarantined })
    }

    @Test func podsKeepTheirAddressesWhenTheirENIVanishes() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 4)
        let second = node.engine.enis[1].eni
        node.isMeddledWith = true
        node.ec2.revoke(second.id)
        for address in second.secondaryAddresses { node.ec2.occupy(address) }
        node.restart()
        node.settle()
        #expect(node.running.count == 4)
        #expect(node.engine.allocations.filter(\.isQuarantined).map(\.allocation.eni) == [second.id])
        node.delete(pods: 0..<4)
        node.settle()
        #expect(node.engine.allocations == [])
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.violations == [])
    }

    @Test func podsKeepTheirAddressesWhenTheirPrefixVanishes() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 0), enis: 1), pods: 20)
        let lost = node.engine.enis[0].prefixes[0].prefix
        node.isMeddledWith = true
        node.ec2.revoke(lost)
        // The next machine of the subnet has it at once.
        for address in lost.addresses { node.ec2.occupy(address) }
        node.delete(.pod(19))
        node.restart()
        node.settle()
        let quarantined = node.engine.allocations.filter(\.isQuarantined).compactMap(\.allocation.addresses.ipv4)
        #expect(!quarantined.isEmpty && quarantined.allSatisfy(lost.contains))
        node.add(pods: 20..<40)
        node.settle()
        #expect((20..<40).compactMap { node.address(of: $0) }.allSatisfy { !lost.contains($0) })
        #expect(node.violations == [])
    }

    // MARK: - Adoption

    @Test func podsOfALostJournalAreAdopted() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 3), pods: 7)
        let running = node.running
        node.journal = []
        node.restart()
        node.settle()
        #expect(node.running == running)
        #expect(node.engine.allocations.count == 7)
        #expect(node.engine.allocations.allSatisfy { !$0.isQuarantined })
        node.restart()
        node.settle()
        #expect(node.engine.allocations.count == 7)
        #expect(node.violations == [])
    }

    @Test func aPodWhoseAddressCoolsIsNotAdopted() {
        let dead = Allocation.test(1, "10.0.1.1")
        let released = JournalEntry.released(dead.attachment, dead.addresses, until: .zero + .seconds(30))
        var engine = IPAMEngine(.small(), replaying: [Self.eni, released], at: .zero)
        #expect(engine.handle(.adopted([dead]), at: .zero) == [])
        #expect(engine.coolings.map(\.address) == [dead.address])
        // Its link had been seen to go: what is found is a later pod, of which the journal has lost the record.
        _ = engine.handle(.linkGone(dead.addresses), at: .zero)
        _ = engine.handle(.adopted([dead]), at: .zero)
        #expect(engine.allocations.map(\.allocation) == [dead])
        #expect(engine.coolings == [])
        #expect(engine.count.held == 1)
    }

    @Test func ofTwoPodsFoundWithOneAddressOneIsAdopted() {
        var engine = IPAMEngine(.small(), replaying: [Self.eni], at: .zero)
        _ = engine.handle(.adopted([.test(1, "10.0.1.1"), .test(2, "10.0.1.1")]), at: .zero)
        #expect(engine.allocations.map(\.allocation) == [.test(1, "10.0.1.1")])
    }

    // MARK: - Describing

    /// What EC2 shows was true when it looked: two calls are under way, one fails, so EC2 is asked what there is, and the
    /// other brings a prefix before or after the answer.
    @Test(arguments: [true, false]) func aDescriptionOlderThanACallTakesNothingAway(callEndsFirst: Bool) {
        let enis = [AttachedENI.test(0), .test(1)]
        let configuration = EngineConfiguration.small(.prefix, .addresses(32), enis: 2, slotsPerENI: 1)
        var engine = IPAMEngine(configuration, replaying: enis.map { .eniAttached($0) }, at: .zero)
        let started = engine.handle(.started, at: .zero)
        let growing = engine.handle(.enisDescribed(started.first(named: "describeENIs"), enis), at: .zero).compactMap(\.call)
        #expect(growing.count == 2)
        let failure = CallFailure(code: "InternalError", message: "for a test")
        let describing = engine.handle(.callFailed(growing[0], failure), at: .zero).first(named: "describeENIs")
        let events: [IPAMEngine.Event] = [
            .prefixesAssigned(growing[1], [IPv4CIDR(containing: IPv4Address(10, 0, 1, 0), prefixLength: 28)]),
            .enisDescribed(describing, enis),
        ]
        for event in callEndsFirst ? events : events.reversed() { _ = engine.handle(event, at: .zero + .milliseconds(1)) }
        #expect(engine.enis.flatMap(\.prefixes).map(\.count.free) == [16])
    }

    /// Two calls fail one after the other, and EC2 has carried out the second: what it showed before does not settle that.
    @Test func aDescriptionOlderThanADoubtDoesNotEndIt() {
        let enis = [AttachedENI.test(0), .test(1)]
        let configuration = EngineConfiguration.small(.prefix, .addresses(32), enis: 2, slotsPerENI: 1)
        var engine = IPAMEngine(configuration, replaying: enis.map { .eniAttached($0) }, at: .zero)
        let started = engine.handle(.started, at: .zero)
        let growing = engine.handle(.enisDescribed(started.first(named: "describeENIs"), enis), at: .zero).compactMap(\.call)
        let failure = CallFailure(code: "InternalError", message: "for a test")
        let descriptions = growing.map { engine.handle(.callFailed($0, failure), at: .zero).first(named: "describeENIs") }
        _ = engine.handle(.enisDescribed(descriptions[0], enis), at: .zero + .milliseconds(1))
        let truth = [enis[0], .test(1, prefixes: ["10.0.1.0/28"])]
        _ = engine.handle(.enisDescribed(descriptions[1], truth), at: .zero + .milliseconds(2))
        #expect(engine.enis.map(\.eni) == truth)
    }

    @Test func anENIThatTurnsOutToBeAttachedIsNotDeleted() {
        let (first, second) = (AttachedENI.test(0, addresses: ["10.0.1.1"]), AttachedENI.test(1, addresses: ["10.0.2.1"]))
        var engine = IPAMEngine(.small(), replaying: [.eniAttached(first), .eniCreated(second.id, clientToken: "")], at: .zero)
        let started = engine.handle(.started, at: .zero)
        #expect(started.map(\.callName) == ["describeENIs"])
        let described = engine.handle(.enisDescribed(started.first(named: "describeENIs"), [first, second]), at: .zero)
        #expect(described.contains(.setUpENI(described.first(named: "setUpENI"), second)))
        #expect(!described.map(\.callName).contains("deleteENI"))
    }

    /// A sweep for what others left must leave alone what is on its way.
    @Test func whatIsOnItsWayToTheNodeOrToItsDeletionIsNeeded() {
        let (first, made, foreign) = (AttachedENI.test(0, addresses: ["10.0.1.1"]), AttachedENI.test(1), AttachedENI.test(2))
        var engine = IPAMEngine(
            .small(.secondary, .addresses(1)), replaying: [.eniAttached(first), .eniCreated(made.id, clientToken: "")], at: .zero)
        #expect(engine.mayNeed(foreign.id), "nothing is known before EC2 has told what there is")
        let started = engine.handle(.started, at: .zero)
        let described = engine.handle(.enisDescribed(started.first(named: "describeENIs"), [first]), at: .zero)
        #expect(engine.mayNeed(first.id) && engine.mayNeed(made.id) && !engine.mayNeed(foreign.id))
        _ = engine.handle(.eniDeleted(described.first(named: "deleteENI")), at: .zero)
        #expect(!engine.mayNeed(made.id))
        // Pods for which an ENI is asked of EC2: until it answers, any may be the one.
        var asked: [IPAMEngine.Effect] = []
        for pod in 0..<5 {
            let request = PodRequest(attachment: .pod(pod), pod: nil, deadline: .zero + .seconds(9), hostLink: "")
            asked += engine.handle(.podAdded(request), at: .zero)
        }
        #expect(asked.map(\.callName).contains("createENI") && engine.mayNeed(foreign.id))
    }

    // MARK: - Damage

    @Test(arguments: UInt64(1)...100) func aDamagedJournalNeverStopsTheEngine(seed: UInt64) {
        var churn = Churn(seed: seed)
        churn.run(steps: 100)
        var random = SeededGenerator(seed: seed)
        var node = churn.node
        node.isMeddledWith = true
        node.failuresPercent = 0
        node.lostAnswersPercent = 0
        node.effectsUntilCrash = nil
        node.agenda = Agenda()
        node.waiting = [:]
        node.running = [:]
        node.journal.removeLast(Int.random(in: 0...node.journal.count, using: &random))
        if Bool.random(using: &random) { node.journal.removeAll { _ in random.chance(10) } }
        node.restart()
        node.run(for: .seconds(300))
        #expect(Set(node.engine.allocations.map(\.allocation.address)).count == node.engine.allocations.count, "seed \(seed)")
        #expect(Set(node.engine.allocations.map(\.allocation.attachment)).isSuperset(of: node.wired.keys), "seed \(seed)")
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions, "seed \(seed)")
        #expect(node.violations == [], "seed \(seed)")
    }

    private static let eni = JournalEntry.eniAttached(.test(0, addresses: ["10.0.1.1", "10.0.1.2"]))
}

extension Allocation {
    static func test(_ pod: Int, _ address: String) -> Allocation {
        Allocation(
            attachment: .pod(pod), pod: nil, addresses: PodAddresses(.v4(IPv4Address(address) ?? .zero)), eni: ENIID(unchecked: "eni-0"),
            deviceIndex: 0, since: .zero, hostLink: "")
    }
}
