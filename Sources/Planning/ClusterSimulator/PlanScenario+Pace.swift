import CapacityPlanner

extension PlanScenario {
    /// From one node to the next when a cluster comes up, such that EC2 lets the calls of each through; zero where all fit into the
    /// buckets at once.
    var nodePace: Duration {
        let planned = plannedNodes()
        let nodes = planned.reduce(0) { $0 + $1.count }
        let pods = workloads.reduce(0) { sum, workload in
            guard workload.network == .pod else { return sum }
            return switch workload.size {
            case .pods(let count): sum + count
            case .everyNode: sum + nodes
            }
        }
        let perNode = nodes == 0 ? 0 : (pods + nodes - 1) / nodes
        let seconds = planned.map { planned in
            let calls = planned.kind.calls(pods: min(perNode, planned.kind.addressesMax)).byOperation
            return calls.map { Self.pace(cloud.bucket(of: $0.key), calls: $0.value, nodes: nodes) }.max() ?? 0
        }
        return .seconds(min(Self.paceMax, seconds.max() ?? 0))
    }

    /// Where others use up a bucket, nodes come all the same.
    private static var paceMax: Double { 10 }

    private static func pace(_ bucket: Bucket, calls: Int, nodes: Int) -> Double {
        guard calls * nodes > bucket.burst / 2 else { return 0 }
        let refill = Double(bucket.perSecond) - bucket.othersPerSecond
        // A quarter is left for what goes another way.
        return refill > 0 ? Double(calls) / (0.75 * refill) : paceMax
    }
}
