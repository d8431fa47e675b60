import ClusterSimulator

/// What several runs say of one moment: the least, the median and the most.
struct Band: Hashable {
    var low: Double
    var middle: Double
    var high: Double

    /// Nil without a value.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let half = sorted.count / 2
        (low, high) = (first, last)
        middle = sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
    }

    /// One value of phases over time. Runs take samples at the same steps; one that ended early says nothing of what came after.
    ///
    /// - Returns: By time, at most ``pointsMax`` and the last.
    static func series(_ phases: [SimulatedPlan.Phase], _ value: (SimulatedPlan.Sample) -> Double?) -> [BandPoint] {
        guard let longest = phases.max(by: { $0.samples.count < $1.samples.count })?.samples else { return [] }
        let step = max(1, (longest.count + pointsMax - 1) / pointsMax)
        let places = Array(stride(from: 0, to: longest.count - 1, by: step)) + (longest.isEmpty ? [] : [longest.count - 1])
        return places.compactMap { place in
            let values = phases.compactMap { place < $0.samples.count ? value($0.samples[place]) : nil }
            return Band(values).map {
                BandPoint(x: longest[place].after / .seconds(1), low: $0.low, middle: $0.middle, high: $0.high)
            }
        }
    }

    private static let pointsMax = 160

    /// `12` where all are alike, and `12 (10–14)` otherwise.
    func words(_ format: (Double) -> String) -> String {
        low == high ? format(middle) : "\(format(middle)) (\(format(low))–\(format(high)))"
    }
}

extension [BandPoint] {
    /// So many of them, evenly, with the first and the last: what a table has room for.
    func thinned(to count: Int) -> [BandPoint] {
        guard self.count > count, count > 1 else { return self }
        return (0..<count).map { self[$0 * (self.count - 1) / (count - 1)] }
    }

    /// The most that any of them reaches.
    var most: Double { map(\.high).max() ?? 0 }
}
