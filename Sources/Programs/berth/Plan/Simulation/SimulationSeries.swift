import Addressing
import CapacityPlanner
import ClusterSimulator

/// How a plan's cluster ran, as a series: a line for each subnet at each sample of each situation and seed.
struct SimulationSeries {
    let csv: String

    init(_ result: PlanSimulation.Result) {
        let titles = [
            "seed", "situation", "seconds", "nodes", "pods", "waiting", "subnet", "addresses", "prefixes", "network_interfaces",
            "free_addresses", "free_blocks",
        ]
        let lines = (result.plan?.runs ?? []).flatMap { run in
            ([run.steady] + run.events).flatMap { phase in phase.samples.flatMap { Self.lines($0, phase, run.seed) } }
        }
        csv = ([titles] + lines).map { $0.map(PlanSeries.field).joined(separator: ",") }.joined(separator: "\n")
    }

    private static func lines(_ sample: SimulatedPlan.Sample, _ phase: SimulatedPlan.Phase, _ seed: UInt64) -> [[String]] {
        sample.subnets.filter { phase.peaks[$0.key] != nil }.sorted { $0.key < $1.key }.map { id, subnet in
            [
                "\(seed)", phase.name, "\(sample.after.components.seconds)", "\(sample.nodes)", "\(sample.pods)", "\(sample.waiting)",
                id.rawValue, "\(subnet.demand.addresses)", "\(subnet.demand.blocks)", "\(subnet.demand.enis)", "\(subnet.freeAddresses)",
                "\(subnet.freeBlocks)",
            ]
        }
    }
}
