/// An axis that begins at 0 and ends with a round figure.
struct Scale {
    /// Above 0.
    let end: Double
    /// Of which the last is the end.
    let ticks: [Double]

    /// - Parameters:
    ///   - most: The largest value that is to have room.
    ///   - count: About so many ticks above 0.
    init(to most: Double, count: Int = 4) {
        let most = most > 0 && most.isFinite ? most : 1
        let step = Self.roundStep(most / Double(count))
        let steps = max(1, Int((most / step - 1e-9).rounded(.up)))
        ticks = (0...steps).map { Double($0) * step }
        end = Double(steps) * step
    }

    /// For times in seconds, with steps that a clock has.
    init(seconds most: Double, count: Int = 4) {
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400]
        let wanted = max(most, 1) / Double(count)
        let step = steps.first { $0 >= wanted } ?? Self.roundStep(wanted / 86_400) * 86_400
        end = max(most, 1)
        ticks = (0...Int(end / step)).map { Double($0) * step }
    }

    /// The smallest of 1, 2, 5, 10, 20 and so on that is not below the value.
    private static func roundStep(_ value: Double) -> Double {
        var power = 1.0
        while power * 10 <= value { power *= 10 }
        while power > value { power /= 10 }
        return [1, 2, 5, 10].lazy.map { $0 * power }.first { $0 >= value * (1 - 1e-9) } ?? power * 10
    }

    /// Where a value is, from 0 to 1.
    func place(of value: Double) -> Double { min(1, max(0, value / end)) }
}
