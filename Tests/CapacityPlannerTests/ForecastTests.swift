import Addressing
import CapacityPlanner
import IPAMEngine
import Testing

/// When subnets come to their end: formula 37.
@Suite struct ForecastTests {
    private static let subnet = SubnetID(unchecked: "subnet-0a")
    private static let first = Day(number: 20_000)

    private func forecast(days: Int, safety: Int = 0, unit: Forecast.Unit = .addresses, free: (Int) -> Int) -> Forecast {
        Forecast(Self.subnet, (0..<days).map { .init(day: Self.first + $0, free: free($0)) }, unit: unit, safety: safety)
    }

    @Test func aSteadyLossHasADateWithoutABand() {
        // 1,000 on the first of thirty days, ten less each: 710 on the last, which last 71 days.
        let forecast = forecast(days: 30) { 1000 - 10 * $0 }
        let end = Self.first + 29 + 71
        #expect(forecast.free == 710 && forecast.asOf == Self.first + 29)
        #expect(forecast.outcome == .exhausted(end, perDay: 10, earliest: end, latest: end))
        #expect(
            self.forecast(days: 30, safety: 110) { 1000 - 10 * $0 }.outcome
                == .exhausted(end + -11, perDay: 10, earliest: end + -11, latest: end + -11))
    }

    @Test func weekendsBendNothing() {
        // Five busy days and two quiet ones, over a loss of one a day.
        let forecast = forecast(days: 56) { 5000 - $0 + (($0 % 7) > 4 ? 800 : 0) }
        #expect(forecast.perDay == 1, "\(forecast.outcome)")
        #expect(forecast.free == 5000 - 53, "the worst day of the last week is a busy one")
    }

    @Test func oneBadDayBendsNothing() {
        let forecast = forecast(days: 40) { $0 == 20 ? 0 : 2000 - 5 * $0 }
        #expect(forecast.perDay == 5)
    }

    @Test func theBandIsWideWhereTheLossVaries() throws {
        let forecast = forecast(days: 60) { 3000 - 10 * $0 - ($0 * 37 % 23) * 5 }
        guard case .exhausted(let date, _, let earliest, let latest) = forecast.outcome else {
            Issue.record("\(forecast.outcome)")
            return
        }
        #expect(earliest < date && date < (latest ?? date))
    }

    @Test func thereIsNoDateForAShortHistoryNorWithoutALoss() {
        #expect(forecast(days: 13) { 1000 - $0 }.outcome == .noDate(.historyTooShort))
        #expect(forecast(days: 14) { 1000 - $0 }.perDay == 1)
        #expect(forecast(days: 30) { _ in 1000 }.outcome == .noDate(.notShrinking))
        #expect(forecast(days: 30) { 1000 + $0 }.outcome == .noDate(.notShrinking))
        #expect(forecast(days: 366) { 65_000 - $0 / 50 }.outcome == .noDate(.farAway))
    }

    @Test func theLeastOfADayCountsInAnyOrder() {
        let noon = (0..<20).map { Forecast.Sample(day: Self.first + $0, free: 900) }
        let night = (0..<20).map { Forecast.Sample(day: Self.first + $0, free: 500 - 10 * $0) }
        let forecast = Forecast(Self.subnet, night.reversed() + noon, unit: .addresses)
        #expect(forecast.perDay == 10 && forecast.free == 310)
    }

    @Test func aSubnetWithNothingLeftEndsToday() {
        let forecast = forecast(days: 20) { max(0, 100 - 10 * $0) }
        #expect(
            forecast.outcome == .exhausted(Self.first + 19, perDay: forecast.perDay, earliest: Self.first + 19, latest: Self.first + 19))
    }

    @Test func withPrefixesBlocksDecide() throws {
        let subnet = PlanScenario.Subnet.test("subnet-0a", .test(0, 20))
        let days = (0..<20).map { Self.first + $0 }
        let history = SubnetHistory(
            addresses: days.map { .init(day: $0, free: 4000) }, blocks: days.enumerated().map { .init(day: $1, free: 200 - 4 * $0) })
        func plan(_ networking: PlanScenario.Networking) -> CapacityPlan {
            let scenario = PlanScenario(
                subnets: [subnet], networking: networking, nodeGroups: [.test("m5.large", nodes: 2)], goals: .init(horizonDays: 60))
            return CapacityPlan(scenario, history: [subnet.id: history])
        }
        let prefixes = plan(.init(addressing: .prefix))
        #expect(prefixes.forecasts.map(\.unit) == [.blocks] && prefixes.forecasts.map(\.perDay) == [4])
        #expect(prefixes.findings.map(\.code) == [.exhaustion] && !prefixes.fits)
        let singles = plan(.init())
        #expect(singles.forecasts.map(\.outcome) == [.noDate(.notShrinking)] && singles.fits)
    }

    @Test(arguments: [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-21", 20_778), ("2100-03-01", 47_541)])
    func daysAreThoseOfTheCalendar(text: String, number: Int) {
        #expect(Day(text)?.number == number && Day(number: number).description == text)
    }

    @Test func everyDayOfAnEraIsItsOwn() {
        for number in stride(from: 0, to: 146_097, by: 1) where Day(Day(number: number).description)?.number != number {
            Issue.record("day \(number) is \(Day(number: number))")
        }
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-02-29", "2026-00-10", "1969-12-31", "2026-1-1", "2026-11-31", "21.11.2026", "2026-11-21x",
        "2026/11/21",
    ])
    func whatIsNoDayIsNil(text: String) {
        #expect(Day(text) == nil)
    }
}
