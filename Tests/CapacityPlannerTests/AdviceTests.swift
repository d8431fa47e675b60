import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Testing

@Suite struct AdviceTests {
    private func advice(_ scenario: PlanScenario) -> [Advice] { Advice.all(for: CapacityPlan(scenario)) }

    private static func crowded(_ networking: PlanScenario.Networking = .init(), length: Int = 24) -> PlanScenario {
        PlanScenario(
            subnets: [.test("subnet-0a", .test(0, length))], networking: networking, nodeGroups: [.test("m5.large", nodes: 12)],
            workloads: [.pods(96)])
    }

    @Test func whatTheClusterFitsWithComesFirst() throws {
        // 12 nodes with 8 pods and a spare ENI take 240 addresses; others leave no room for a spare of any kind.
        var scenario = Self.crowded()
        scenario.subnets[0].used = .count(100)
        let advice = advice(scenario)
        #expect(advice.first?.fits == true && !CapacityPlan(scenario).fits)
        let ranks = advice.map { ($0.fits ? 0 : 1, $0.faults, -$0.gain) }
        #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(advice.allSatisfy { !$0.change.title.isEmpty && !$0.change.risk.isEmpty })
    }

    @Test func theGainIsThatOfAPlanOfItsOwn() throws {
        let scenario = Self.crowded()
        let change = try #require(advice(scenario).first { $0.change == .warmAddresses(warm: 1, minimum: 0) })
        // Eight pods, one warm address and one of the ENI's own, instead of twenty.
        #expect(change.gain == 12 * (20 - 10))
    }

    @Test func whatBringsNothingIsNotAdvised() {
        let advice = advice(Self.crowded(.init(targets: .addresses(1))))
        #expect(!advice.contains { if case .warmAddresses = $0.change { true } else { false } })
        #expect(!advice.contains { $0.change == .mode(.prefix) }, "a block of sixteen addresses for eight pods and a warm one")
        #expect(!advice.contains { $0.change == .allZones })
    }

    @Test func aReservationIsAdvisedWhereBlocksAreMissing() throws {
        let subnet = PlanScenario.Subnet.test("subnet-0a", .test(0, 20), used: .count(800))
        let scenario = PlanScenario(
            subnets: [subnet], networking: .init(addressing: .prefix), nodeGroups: [.test("m5.large", nodes: 20)], workloads: [.pods(400)])
        let advice = try #require(advice(scenario).first { if case .reservedPrefixes = $0.change { true } else { false } })
        // Sixty blocks and a fifth: 72, so a /21.
        #expect(
            advice.fits
                && advice.change.commands == [
                    "aws ec2 create-subnet-cidr-reservation --subnet-id subnet-0a --reservation-type prefix --cidr 10.0.8.0/21"
                ])
    }

    @Test func ipv6IsAdvisedOnlyToTypesThatHaveIt() {
        var scenario = Self.crowded()
        #expect(advice(scenario).contains { $0.change == .mode(.ipv6) })
        scenario.nodeGroups = [.test("m4.large", nodes: 12)]
        #expect(!advice(scenario).contains { $0.change == .mode(.ipv6) })
    }

    @Test func podsMayGoToASecondaryCIDROnlyWhereItIsFree() {
        var scenario = Self.crowded()
        #expect(advice(scenario).contains { $0.change == .podSubnets(prefixLength: 20) }, "the smallest that is tried is enough")
        scenario.subnets.append(.test("subnet-0b", IPv4CIDR(containing: IPv4Address(100, 64, 0, 0), prefixLength: 20), zone: "zone-b"))
        #expect(!advice(scenario).contains { if case .podSubnets = $0.change { true } else { false } })
    }

    @Test func theGainInDaysIsThatOfTheForecasts() throws {
        let scenario = Self.crowded()
        let first = Day(number: 20_000)
        let history = SubnetHistory(addresses: (0..<20).map { .init(day: first + $0, free: 200 - 4 * $0) })
        let plan = CapacityPlan(scenario, history: [scenario.subnets[0].id: history])
        let change = try #require(Advice.all(for: plan).first { $0.change == .warmAddresses(warm: 1, minimum: 0) })
        #expect(change.daysGained(by: plan.forecasts) == 120 / 4 && change.daysGained(by: []) == nil)
    }
}
