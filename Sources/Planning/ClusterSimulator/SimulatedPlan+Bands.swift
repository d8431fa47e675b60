public import Addressing
import CapacityPlanner

/// A value over several seeds.
public struct Band: Hashable, Sendable {
    public let least: Double
    /// The one in the middle, the lower of two.
    public let median: Double
    public let most: Double

    /// - Parameter values: In any order; nil when there is none.
    public init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let least = sorted.first, let most = sorted.last else { return nil }
        self.least = least
        median = sorted[(sorted.count - 1) / 2]
        self.most = most
    }
}

extension SimulatedPlan {
    /// The phases of all runs by situation: the steady cluster first, then each event in the scenario's order. In a partial result
    /// some have fewer runs than others; none is empty.
    public var phases: [[Phase]] {
        let events = scenario.events.indices.map { index in runs.compactMap { $0.events.indices.contains(index) ? $0.events[index] : nil } }
        return ([runs.map(\.steady)] + events).filter { !$0.isEmpty }
    }
}

extension SimulatedPlan.Phase {
    /// What is printed for it.
    public var name: String { event?.name ?? "steady" }

    /// The addresses of a subnet that this share of the phase's time stays at or below; nil for a subnet that is lost.
    public func addresses(of subnet: SubnetID, percentile share: Double) -> Int? {
        guard peaks[subnet] != nil else { return nil }
        let sorted = samples.compactMap { $0.subnets[subnet]?.demand.addresses }.sorted()
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    /// The most that a subnet's free addresses were broken up at a sample.
    public func worstFragmentation(of subnet: SubnetID) -> Double {
        samples.compactMap { $0.subnets[subnet]?.fragmentation }.max() ?? 0
    }

    /// The fewest addresses that a subnet had left at a sample; nil for a subnet that is lost.
    public func leastFree(of subnet: SubnetID) -> Int? {
        peaks[subnet] == nil ? nil : samples.compactMap { $0.subnets[subnet]?.freeAddresses }.min()
    }
}
