public import Addressing

/// When a subnet will have nothing left, from what it had left day by day (formula 37).
///
/// The slope is the median of those between all pairs of equal weekdays (Theil and Sen), so that neither weekends nor single
/// days bend it; the band goes by the tenth and the ninetieth percentile of the same slopes.
public struct Forecast: Hashable, Sendable {
    public let subnet: SubnetID
    public let unit: Unit
    /// What was left on the worst day of the last week.
    public let free: Int
    /// The last day of the history.
    public let asOf: Day
    public let outcome: Outcome

    /// How much goes in a day; 0 where there is no date.
    public var perDay: Double {
        if case .exhausted(_, let perDay, _, _) = outcome { perDay } else { 0 }
    }

    public enum Unit: String, Hashable, Sendable {
        case addresses
        /// Free /28 blocks: with prefixes these run out, and not addresses.
        case blocks
    }

    public enum Outcome: Hashable, Sendable {
        /// - Parameters:
        ///   - perDay: How much goes in a day.
        ///   - earliest: By the ninetieth percentile.
        ///   - latest: By the tenth; nil when by that it never comes.
        case exhausted(Day, perDay: Double, earliest: Day, latest: Day?)
        case noDate(NoDate)
    }

    /// Why there is no date.
    public enum NoDate: String, Hashable, Sendable {
        case historyTooShort = "history-too-short"
        /// What is left does not become less.
        case notShrinking = "not-shrinking"
        /// Further away than anyone plans.
        case farAway = "beyond-a-hundred-years"
    }

    /// What was left of a subnet on a day; the least when it was measured more than once.
    public struct Sample: Hashable, Sendable {
        public var day: Day
        public var free: Int

        public init(day: Day, free: Int) {
            self.day = day
            self.free = free
        }
    }

    /// Shorter histories say nothing of weeks.
    public static let daysMin = 14
    /// Older days are not looked at.
    static let daysMax = 366
    private static let horizonDays = 36_525

    /// - Parameters:
    ///   - history: In any order; not empty.
    ///   - safety: What is to be left.
    public init(_ subnet: SubnetID, _ history: [Sample], unit: Unit, safety: Int = 0) {
        precondition(!history.isEmpty, "a forecast for \(subnet) from nothing")
        let least = Dictionary(history.map { ($0.day, $0.free) }, uniquingKeysWith: min)
        let days = least.sorted { $0.key < $1.key }.map { Sample(day: $0.key, free: $0.value) }.suffix(Self.daysMax)
        let last = days.map(\.day).max() ?? Day(number: 0)
        let lastWeek = days.filter { $0.day > last + -7 }.map(\.free)
        self.subnet = subnet
        self.unit = unit
        asOf = last
        free = lastWeek.min() ?? 0
        outcome = Self.outcome(Array(days), from: last, left: free - safety)
    }

    init(_ subnet: SubnetID, unit: Unit, free: Int, asOf: Day, outcome: Outcome) {
        (self.subnet, self.unit, self.free, self.asOf, self.outcome) = (subnet, unit, free, asOf, outcome)
    }

    private static func outcome(_ days: [Sample], from last: Day, left: Int) -> Outcome {
        guard let first = days.first?.day, last.number - first.number + 1 >= daysMin else { return .noDate(.historyTooShort) }
        var slopes: [Double] = []
        for (index, late) in days.enumerated() {
            for early in days[..<index] where (late.day.number - early.day.number) % 7 == 0 {
                slopes.append(Double(early.free - late.free) / Double(late.day.number - early.day.number))
            }
        }
        slopes.sort()
        guard let median = quantile(0.5, of: slopes) else { return .noDate(.historyTooShort) }
        guard median > 0 else { return .noDate(.notShrinking) }
        guard let date = day(last, left: left, perDay: median) else { return .noDate(.farAway) }
        let fast = quantile(0.9, of: slopes) ?? median
        let slow = quantile(0.1, of: slopes) ?? median
        return .exhausted(
            date, perDay: median, earliest: day(last, left: left, perDay: fast) ?? date, latest: day(last, left: left, perDay: slow))
    }

    /// The first day on which nothing is left; nil when there is none within a hundred years.
    private static func day(_ last: Day, left: Int, perDay: Double) -> Day? {
        guard left > 0 else { return last }
        guard perDay > 0, Double(left) / perDay < Double(horizonDays) else { return nil }
        return last + Int((Double(left) / perDay).rounded(.up))
    }

    /// Between the two values that are nearest, by their distance.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double? {
        guard let last = sorted.last else { return nil }
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        guard low + 1 < sorted.count else { return last }
        return sorted[low] + (sorted[low + 1] - sorted[low]) * (place - Double(low))
    }
}
