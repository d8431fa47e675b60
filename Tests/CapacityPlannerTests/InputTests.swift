import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Testing

/// What a scenario may tell beside nodes and pods, each against a sum that can be done by hand.
@Suite struct InputTests {
    private func plan(
        _ group: PlanScenario.NodeGroup = .test("m5.large", nodes: 20), _ workloads: [PlanScenario.Workload] = [.pods(100)],
        _ events: [PlanScenario.Event] = [], _ networking: PlanScenario.Networking = .init(targets: .addresses(1)), today: Day? = nil,
        history: [SubnetID: SubnetHistory] = [:], change: (inout PlanScenario) -> Void = { _ in }
    ) -> CapacityPlan {
        var scenario = PlanScenario(
            subnets: [.test("subnet-0a", .test(0, 16))], networking: networking, nodeGroups: [group], workloads: workloads, events: events)
        change(&scenario)
        return CapacityPlan(scenario, history: history, today: today)
    }

    // MARK: - Tenants

    private static func shared(_ growth: Double, length: Int = 24) -> PlanScenario.Subnet {
        var subnet = PlanScenario.Subnet.test("subnet-0a", .test(0, length), used: .count(10))
        subnet.tenants = [.init(name: "load-balancers", addresses: 30, growthPerDay: growth), .init(name: "endpoints", addresses: 10)]
        return subnet
    }

    @Test func tenantsTakeAddressesAtUnknownPlaces() {
        let space = SubnetSpace(Self.shared(1))
        #expect(Self.shared(1).others == 50 && space.scattered == 50 && space.addresses(after: AddressDemand()) == 251 - 50)
    }

    /// One node with one warm address takes two; 251 − 50 − 2 are free, half an address goes each day. The band is that of 199
    /// arrivals by chance: 199 ∓ 1.2816 · √199, over a half.
    @Test func growthGivesADateWithoutAHistory() throws {
        let plan = plan(.test("m5.large", nodes: 1), [], today: Day(number: 20_000)) { $0.subnets = [Self.shared(0.5)] }
        let forecast = try #require(plan.forecasts.first)
        #expect(forecast.free == 199 && forecast.unit == .addresses && forecast.asOf == Day(number: 20_000))
        let days = (date: 20_398, early: 20_362, late: 20_435)
        #expect(
            forecast.outcome
                == .exhausted(
                    Day(number: days.date), perDay: 0.5, earliest: Day(number: days.early), latest: Day(number: days.late)))
    }

    @Test(arguments: [0.0, -3]) func whereNobodyGrowsOrTheDayIsUnknownThereIsNoForecast(growth: Double) {
        #expect(plan(.test("m5.large", nodes: 1), [], today: Day(number: 1)) { $0.subnets = [Self.shared(growth)] }.forecasts == [])
        #expect(plan(.test("m5.large", nodes: 1), []) { $0.subnets = [Self.shared(1)] }.forecasts == [])
    }

    @Test func withPrefixesTheDateIsThatOfTheLastBlock() throws {
        func plan(more: Int) -> CapacityPlan {
            self.plan(.test("m5.large", nodes: 5), [.pods(100)], [], .init(addressing: .prefix), today: Day(number: 0)) {
                $0.subnets = [Self.shared(1, length: 20)]
                $0.subnets[0].tenants[1].addresses += more
            }
        }
        let forecast = try #require(plan(more: 0).forecasts.first)
        guard case .exhausted(let date, let perDay, let earliest, let latest?) = forecast.outcome else {
            Issue.record("no date: \(forecast)")
            return
        }
        #expect(forecast.unit == .blocks && perDay == Double(forecast.free) / Double(date.number))
        #expect(earliest < date && date < latest)
        func left(_ days: Int) -> Int? {
            plan(more: days).steady.demands[SubnetID(unchecked: "subnet-0a")].flatMap { demand in
                plan(more: days).spaces[SubnetID(unchecked: "subnet-0a")]?.blocks(after: demand)
            }
        }
        #expect(left(date.number) == 0 && left(date.number - 1) == 1)
    }

    @Test func aBandFromAHistoryHoldsWhatIsSaidOfTenants() throws {
        let samples = (0..<28).map { Forecast.Sample(day: Day(number: $0), free: 226 - $0) }
        let history = [SubnetID(unchecked: "subnet-0a"): SubnetHistory(addresses: samples)]
        func outcome(_ growth: Double) throws -> Forecast.Outcome {
            let plan = plan(.test("m5.large", nodes: 1), [], history: history) { $0.subnets = [Self.shared(growth)] }
            return try #require(plan.forecasts.first).outcome
        }
        let date = Day(number: 27 + 199)
        #expect(try outcome(0) == .exhausted(date, perDay: 1, earliest: date, latest: date))
        // By tenants alone: 27 + (199 ∓ 18.08) / 0.5.
        #expect(try outcome(0.5) == .exhausted(date, perDay: 1, earliest: date, latest: Day(number: 27 + 435)))
        #expect(try outcome(4) == .exhausted(date, perDay: 1, earliest: Day(number: 27 + 46), latest: date))
    }

    // MARK: - Workloads and events

    @Test func everyAutoscalerAtItsMostIsASituation() {
        var web = PlanScenario.Workload.pods(100)
        web.scale = 50...180
        let plan = plan(workloads: [web, .pods(20, "db")], [.autoscalersAtMost])
        #expect(plan.situations.map(\.pods) == [120, 200] && plan.situations[1].name == "autoscalers-at-most")
    }

    private func plan(workloads: [PlanScenario.Workload], _ events: [PlanScenario.Event] = []) -> CapacityPlan {
        plan(.test("m5.large", nodes: 20), workloads, events)
    }

    @Test func podsOfABurstEndTogetherAndCoolTogether() {
        var jobs = PlanScenario.Workload.pods(100, "jobs")
        jobs.burst = .init(pods: 60, every: .seconds(3600))
        let plan = plan(workloads: [jobs])
        // 60 end in their grace period and 60 addresses cool: 5 + 3 + 3 on a node, one warm, two ENIs.
        #expect(plan.steady.pods == 160 && plan.steady.total.addresses == 20 * (11 + 1 + 2))
        #expect(jobs.meanArrivalsPerSecond == 60.0 / 3600)
        jobs.burst = .init(pods: 60, every: .seconds(10))
        #expect(self.plan(workloads: [jobs]).steady.pods == 100 + 3 * 60, "three bursts come in a grace period of 30 s")
    }

    @Test func aMassRestartHoldsEveryAddressTwice() {
        let plan = plan(workloads: [.pods(100), .init(name: "logs", size: .everyNode)], [.massRestart])
        // Six pods and six addresses that cool on a node, one warm, two ENIs; at rest seven and one ENI.
        #expect(plan.situations.map(\.total.addresses) == [20 * (6 + 1 + 1), 20 * (12 + 1 + 2)] && plan.situations[1].pods == 120)
    }

    @Test func aConsolidationAddsWhatReplacesNodesBeforeTheyGo() {
        let plan = plan(
            .test("m5.large", nodes: 10), [.pods(180)], [.consolidation(group: "general", nodes: .percent(15))], .init())
        #expect(plan.situations.map(\.total.addresses) == [300, 360] && plan.situations[1].nodes == 12)
    }

    // MARK: - Pools that stay

    /// Formula 22: after ten pods a node with five keeps what it took for ten.
    @Test(arguments: PlanScenario.Allocation.allCases) func afterPeaksPoolsMayStayAsTheyWere(allocation: PlanScenario.Allocation) {
        var web = PlanScenario.Workload.pods(100)
        web.scale = 100...200
        let plan = plan(.test("m5.large", nodes: 20), [web], [.autoscalersAtMost], .init(targets: .addresses(1), allocation: allocation))
        #expect(plan.steady.total.addresses == 20 * 7 && plan.afterPeaks.total.addresses == 20 * (10 + 1 + 2))
        #expect(plan.afterPeaks.pods == 100 && plan.afterPeaks.name == "after-peaks")
        #expect(plan.situations.map(\.name).contains("after-peaks") == (allocation == .random))
        #expect(plan.scenario.networking.runsBerthsEngine == (allocation == .packed))
    }

    // MARK: - Network cards

    @Test func anEFAOnlyENITakesASlotAndNoAddress() throws {
        var group = PlanScenario.NodeGroup.test("m5.xlarge", nodes: 1)
        group.efaOnlyENIs = 1
        let kind = try #require(plan(group, [], [], .init()).nodeKinds.first?.kind)
        #expect(kind.addressesMax == 3 * 14)
        #expect(kind.draw(pods: 0).total == AddressDemand(singles: 15, enis: 2) && kind.draw(pods: 42).enis == 4)
    }

    /// A p5.48xlarge has 32 cards with two ENIs each: those of the first carry pods.
    @Test func furtherCardsENIsTakeAnAddressEachAndNoPods() throws {
        var group = PlanScenario.NodeGroup.test("p5.48xlarge", nodes: 1)
        group.furtherCardENIs = 31
        let kind = try #require(plan(group, [], [], .init()).nodeKinds.first?.kind)
        #expect(kind.podsMax == 100 && kind.addressesMax == 2 * 49)
        #expect(kind.draw(pods: 0).total == AddressDemand(singles: 50 + 31, enis: 32))
        #expect(kind.draw(pods: 98).total == AddressDemand(singles: 100 + 31, enis: 33) && kind.draw(pods: 98).unserved == 0)
    }
}
