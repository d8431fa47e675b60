import ArgumentParser
import CapacityPlanner
import ClusterSimulator

/// Sizes of clusters: one, or several with commas between them.
struct NodeCounts: ExpressibleByArgument {
    let counts: [Int]

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard !numbers.isEmpty, numbers.count <= Self.sizesMax,
            numbers.allSatisfy({ ($0 ?? 0) >= 1 && ($0 ?? 0) <= PlanScenario.scaledNodesMax })
        else { return nil }
        counts = numbers.compactMap(\.self)
    }

    /// Rows of one table.
    private static let sizesMax = 16

    var defaultValueDescription: String { counts.map(String.init).joined(separator: ",") }
}
