/// How values are spread: what half, nine in ten and ninety-nine in a hundred of them do not exceed.
struct Distribution: Codable {
    var count: Int
    var p50: Double
    var p90: Double
    var p99: Double

    /// - Parameter values: At least one, in any order.
    init(_ values: [Double]) {
        precondition(!values.isEmpty, "0 values have no distribution")
        let sorted = values.sorted()
        func quantile(_ part: Double) -> Double { sorted[Int((part * Double(sorted.count - 1)).rounded())] }
        count = sorted.count
        (p50, p90, p99) = (quantile(0.5), quantile(0.9), quantile(0.99))
    }
}
