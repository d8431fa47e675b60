import Addressing

/// When a subnet will have nothing left by what its tenants are said to grow, with the cluster as it is.
///
/// The band is that of growth by chance: where k addresses come one by one at a steady rate, the time until the last lies about its
/// mean as a sum of k exponential times does, with the k-th root of it for a deviation (1.2816 deviations hold four fifths).
struct GrowthForecast {
    private let subnet: PlanScenario.Subnet
    private let unit: Forecast.Unit
    private let free: Int
    /// Addresses more that the subnet bears.
    private let bearable: Int

    private static let deviations = 1.2816
    private static let daysMax = 36_525.0

    /// Nil where nobody grows.
    ///
    /// - Parameter safety: Addresses that are to be left.
    init?(_ subnet: PlanScenario.Subnet, _ space: SubnetSpace, _ demand: AddressDemand, safety: Int) {
        guard subnet.growthPerDay > 0 else { return nil }
        self.subnet = subnet
        unit = demand.blocks > 0 ? .blocks : .addresses
        free = demand.blocks > 0 ? space.blocks(after: demand) : space.addresses(after: demand)
        func bears(_ more: Int) -> Bool {
            let grown = demand + AddressDemand(singles: more)
            return space.addresses(after: grown) > safety && (demand.blocks == 0 || space.blocks(after: grown) > safety / 16)
        }
        // The last that is borne, plus the one with which nothing is left.
        var (low, high) = (-1, space.usable + 1)
        while low + 1 < high {
            let middle = (low + high) / 2
            if bears(middle) { low = middle } else { high = middle }
        }
        bearable = high
    }

    private func day(_ from: Day, deviations: Double) -> Day? {
        let days = max(0, Double(bearable) + deviations * Double(bearable).squareRoot()) / subnet.growthPerDay
        return days < Self.daysMax ? from + Int(days.rounded(.up)) : nil
    }

    func forecast(from today: Day) -> Forecast {
        guard let date = day(today, deviations: 0) else {
            return Forecast(subnet.id, unit: unit, free: free, asOf: today, outcome: .noDate(.farAway))
        }
        let days = max(1, date.number - today.number)
        let perDay = unit == .blocks ? Double(free) / Double(days) : subnet.growthPerDay
        return Forecast(
            subnet.id, unit: unit, free: free, asOf: today,
            outcome: .exhausted(
                date, perDay: perDay, earliest: day(today, deviations: -Self.deviations) ?? date,
                latest: day(today, deviations: Self.deviations)))
    }

    /// A forecast from a history, with a band that holds what is said of tenants as well.
    func widened(_ seen: Forecast) -> Forecast {
        guard case .exhausted(let date, let perDay, let earliest, let latest) = seen.outcome,
            case .exhausted(_, _, let early, let late) = forecast(from: seen.asOf).outcome
        else { return seen }
        let last: Day? = if let latest, let late { max(latest, late) } else { nil }
        return Forecast(
            seen.subnet, unit: seen.unit, free: seen.free, asOf: seen.asOf,
            outcome: .exhausted(date, perDay: perDay, earliest: min(earliest, early), latest: last))
    }
}
