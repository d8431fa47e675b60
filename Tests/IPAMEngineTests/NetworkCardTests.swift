import Addressing
import IPAMEngine
import Testing
import Timeline

/// Instances with several network cards, each with ENIs of its own.
@Suite struct NetworkCardTests {
    /// Cards of 2, 2 and 1 ENIs, of 3 slots each.
    private static func cards(
        _ enis: [Int] = [2, 2, 1], addressing: EngineConfiguration.Addressing = .secondary, targets: WarmTargets = .addresses(2)
    ) -> EngineConfiguration {
        .small(addressing, targets).with { $0.limits = NodeLimits(enisByCard: enis, slotsPerENI: 3, maxPods: 110) }
    }

    private static func enisByCard(_ node: SimulatedNode) -> [Int] {
        let cards = node.ec2.attached.compactMap(\.seat?.card)
        return (0...2).map { card in cards.count { $0 == card } }
    }

    @Test func furtherCardsKeepOneFreeAddressWhateverTheTargets() {
        for targets in [WarmTargets(enis: 2), .addresses(1), .addresses(3, minimum: 5)] {
            let node = SimulatedNode.atRest(Self.cards([3, 2, 1], targets: targets))
            let free = node.engine.poolExplanations(at: node.now).dropFirst().map(\.count.available)
            #expect(free == [1, 1], "\(targets)")
            #expect(node.violations == [])
        }
    }

    /// An operator's own ENI takes device index 1.
    @Test func placesOfENIsOfOthersAreLeftAloneAndCount() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 3))
        let own = DeviceSeat(deviceIndex: 1)
        node.send(.seatsOfOthers([own]))
        node.add(pods: 0..<9, within: .seconds(60))
        node.settle()
        #expect(Set(node.engine.enis.map(\.eni.seat)) == [DeviceSeat(deviceIndex: 0), DeviceSeat(deviceIndex: 2)])
        #expect(node.running.count == 6)
        // When it is gone, so is the gap.
        node.send(.seatsOfOthers([]))
        node.add(pods: 9..<12, within: .seconds(60))
        node.settle()
        #expect(node.engine.enis.contains { $0.eni.seat == own })
    }

    /// moto lists it among the addresses that it has assigned.
    @Test func theENIsOwnAddressIsGivenToNobodyWhateverEC2Tells() {
        var eni = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 1)).engine.enis[0].eni
        let attached = eni.secondaryAddresses.count
        eni.secondaryAddresses.insert(eni.primaryAddress, at: 0)
        let engine = IPAMEngine(.small(), replaying: [.eniAttached(eni)], at: .zero)
        #expect(attached > 0 && engine.count.attached == attached)
    }

    @Test func podsAreOnCardZeroAsLongAsItHasAddresses() {
        var node = SimulatedNode.atRest(Self.cards())
        node.settleAfterEach(ofPods: 0..<6)
        #expect(node.engine.allocations.allSatisfy { $0.allocation.card == 0 })
        node.settleAfterEach(ofPods: 6..<15)
        #expect(node.running.count == 15)
        let cards = node.engine.allocations.map(\.allocation.card)
        #expect((0...2).map { card in cards.count { $0 == card } } == [6, 6, 3])
        #expect(node.violations == [])
    }

    @Test func aPodThatWantsACardHasAnAddressOfThatOneAndTheCardGrowsForIt() {
        var node = SimulatedNode.atRest(Self.cards())
        for pod in 0..<5 {
            node.send(
                .podAdded(
                    PodRequest(attachment: .pod(pod), pod: nil, deadline: node.now + .seconds(60), hostLink: "", card: 1)))
        }
        node.settle()
        #expect(node.engine.allocations.map(\.allocation.card) == [1, 1, 1, 1, 1])
        #expect(Self.enisByCard(node)[1] == 2)
        #expect(node.violations == [])
    }

    @Test(arguments: [[1], [2, 1], [1, 3], [2, 2, 1], [3, 0, 1]]) func noCardHasMoreENIsThanItCarries(limits: [Int]) {
        var node = SimulatedNode.atRest(Self.cards(limits))
        let capacity = 3 * limits.reduce(0, +)
        node.add(pods: 0..<(capacity + 3), within: .seconds(60))
        node.settle()
        #expect(node.running.count == capacity)
        #expect(Self.enisByCard(node) == limits + Array(repeating: 0, count: 3 - limits.count))
        let refusal = Refusal.eniSlotsUsedUp(enis: limits.reduce(0, +), addressesPerENI: 3)
        #expect(node.refusals.values.map { $0 } == [[refusal], [refusal], [refusal]])
        #expect(node.violations == [])
    }

    @Test func noTwoENIsHaveOneSeat() {
        let node = SimulatedNode.atRest(Self.cards(), pods: 15)
        let seats = node.engine.enis.map(\.eni.seat)
        #expect(Set(seats).count == 5)
        #expect(seats == node.ec2.attached.compactMap(\.seat))
        #expect(seats[0] == DeviceSeat(deviceIndex: 0))
    }

    /// From card and device index follow the pod's route table and rule.
    @Test func anAllocationNamesTheSeatOfItsENI() {
        let node = SimulatedNode.atRest(Self.cards(), pods: 15)
        for view in node.engine.allocations {
            let seat = DeviceSeat(card: view.allocation.card, deviceIndex: view.allocation.deviceIndex)
            #expect(node.engine.eni(at: seat) == view.allocation.eni)
            #expect(node.ec2.interfaces[view.allocation.eni]?.seat == seat)
        }
        #expect(node.running.count == 15)
    }

    @Test func anENIIsSetUpAtItsSeat() {
        var node = SimulatedNode(Self.cards())
        node.send(.started)
        var setUp: [DeviceSeat] = []
        for _ in 0..<3000 {
            node.run(for: .milliseconds(10))
            for effect in node.effects { if case .setUpENI(_, let eni) = effect, !setUp.contains(eni.seat) { setUp.append(eni.seat) } }
        }
        #expect(setUp.sorted() == node.ec2.attached.compactMap(\.seat).filter { $0 != DeviceSeat(deviceIndex: 0) })
    }

    /// A card that the node's configuration does not have is another program's.
    @Test func whatIsOnOtherCardsIsLeftAlone() throws {
        let limits = NodeLimits(enisByCard: [2, 2, 1], slotsPerENI: 3, maxPods: 110)
        var node = SimulatedNode(Self.cards([2, 2]))
        node.ec2 = FakeEC2(block: FakeEC2.largeSubnet, limits: limits)
        let seat = DeviceSeat(card: 2, deviceIndex: 1)
        let other = NewENI(subnet: FakeEC2.subnet, securityGroups: [], clientToken: "other", content: .addresses(3), seat: seat)
        let created = try node.ec2.perform(.createENI(CallID(number: 0), other))
        guard case .eniCreated(_, let eni) = created else { throw CallFailure(code: "NoENI", message: "\(String(describing: created))") }
        _ = try node.ec2.perform(.attachENI(CallID(number: 0), eni.id, seat))
        node.send(.started)
        node.add(pods: 0..<14, within: .seconds(120))
        node.settle()
        node.restart()
        node.settle()
        #expect(node.running.count == 12)
        #expect(!node.engine.enis.map(\.eni.id).contains(eni.id))
        node.delete(pods: 0..<14)
        node.settle()
        #expect(node.ec2.interfaces[eni.id]?.seat == seat)
        #expect(node.violations == [])
    }

    @Test(arguments: EngineConfiguration.Addressing.all) func cardsServeInEveryMode(addressing: EngineConfiguration.Addressing) {
        var node = SimulatedNode.atRest(Self.cards(addressing: addressing), pods: 12)
        #expect(node.running.count == 12)
        node.restart()
        node.settle()
        #expect(node.running.count == 12)
        node.delete(pods: 0..<12)
        node.settle()
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.violations == [])
    }
}
