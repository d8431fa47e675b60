import IPAMEngine
import Testing

/// The pool that a plan reckons with is the pool that the engine comes to rest with.
@Suite struct SettledPoolTests {
    private static let targets: [WarmTargets] = [
        WarmTargets(), WarmTargets(enis: 0, prefixes: 0), WarmTargets(enis: 2, prefixes: 3), .addresses(1, minimum: 1),
        .addresses(2, minimum: 5),
        .addresses(7, minimum: 20),
    ]

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4, targets)
    func itIsThatOfANodeAtRest(addressing: EngineConfiguration.Addressing, targets: WarmTargets) {
        for (enis, slotsPerENI, maxPods) in [(3, 3, 110), (4, 14, 58), (2, 1, 29), (1, 5, 4)] {
            let configuration = EngineConfiguration.small(addressing, targets, enis: enis, slotsPerENI: slotsPerENI, maxPods: maxPods)
            let most = min(maxPods, enis * slotsPerENI * (addressing == .prefix ? 16 : 1))
            for pods in Set([0, 1, 3, 4, 5, 16, 17, most / 2, most]).filter({ $0 <= most }) {
                let node = SimulatedNode.atRest(configuration, pods: pods)
                let settled = SettledPool(configuration, held: pods)
                // ENIs that are made together come in any order.
                #expect(settled.slotsByENI[0] == node.slots[0] && settled.slotsByENI.sorted() == node.slots.sorted())
                #expect(settled.attached == node.engine.count.attached && settled.unserved == 0)
            }
        }
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4)
    func withCustomNetworkingThePrimaryENICarriesNothing(addressing: EngineConfiguration.Addressing) {
        for pods in [0, 2, 5] {
            let configuration = EngineConfiguration.custom(addressing, WarmTargets(), [.podsA])
            var node = SimulatedNode.begun(configuration) { $0.ec2[.podsA] = .number(1) }
            node.settle()
            node.add(pods: 0..<pods)
            node.settle()
            let settled = SettledPool(configuration, held: pods)
            #expect(settled.slotsByENI.first == 0 && settled.slotsByENI == node.slots, "\(pods) pods")
        }
    }

    @Test func aNodeOfIPv6NeedsNoIPv4AddressButItsOwn() {
        let settled = SettledPool(.small(.ipv6), held: 40)
        #expect(settled.slotsByENI == [0] && settled.attached == 0 && settled.free == 0 && settled.unserved == 0)
    }

    @Test func underPressureNothingIsKeptBeyondThePods() {
        let settled = SettledPool(.small(.secondary, WarmTargets(enis: 2)), held: 4, isUnderPressure: true)
        #expect(settled.attached == 4 && settled.free == 0)
    }

    @Test func coolingAddressesAreHeldOnTopOfWhatTheKubeletAdmits() {
        let configuration = EngineConfiguration.small(.secondary, .addresses(1), enis: 4, slotsPerENI: 9, maxPods: 8)
        #expect(SettledPool(configuration, held: 8, cooling: 5).attached == 13)
    }

    @Test func podsBeyondTheSlotsHaveNoAddress() {
        let settled = SettledPool(.small(.secondary, enis: 2), held: 9)
        #expect(settled.attached == 6 && settled.unserved == 3 && settled.free == 0)
    }
}
