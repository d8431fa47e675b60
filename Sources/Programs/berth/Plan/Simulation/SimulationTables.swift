import Addressing
import CapacityPlanner
import ClusterSimulator
import Simulator
import TextTable

/// How a plan's cluster ran, for people.
struct SimulationTables {
    private let result: PlanSimulation.Result
    private let plan: CapacityPlan

    init(_ result: PlanSimulation.Result, _ plan: CapacityPlan) {
        self.result = result
        self.plan = plan
    }

    var text: String {
        guard let simulated = result.plan else { return "SIMULATED: nothing, as it was ended before the first phase was finished." }
        let parts = [head(simulated), phases(simulated), subnets(simulated)] + differences(simulated)
        return parts.joined(separator: "\n\n")
    }

    private func head(_ simulated: SimulatedPlan) -> String {
        let seeds = simulated.runs.count
        let partial = simulated.isPartial ? " PARTIAL: \(simulated.seedsAsked) were asked for, and not all events were finished." : ""
        let verdict = simulated.faults.isEmpty ? "the cluster ran as planned" : "not all went as planned"
        let faults = simulated.faults.prefix(10).map { "\nfault simulation: \($0)." }.joined()
        return "SIMULATED with \(seeds) seed\(seeds == 1 ? "" : "s"), the daemon's engine on every node: \(verdict).\(partial)\(faults)"
    }

    private func phases(_ simulated: SimulatedPlan) -> String {
        let table = TextTable<[SimulatedPlan.Phase]> { phases in
            let waits = phases.waits
            let ready = Band(phases.compactMap { $0.readyAfter.map { $0 / .seconds(1) } })
            func calls(_ count: (SimulatedPlan.Phase) -> [Int]) -> String {
                Self.range(Band(phases.map { Double(count($0).reduce(0, +)) }))
            }
            func wait(_ share: Double) -> String { waits.percentile(share).map { Tables.seconds($0 / .seconds(1)) } ?? "-" }
            return [
                Column("SITUATION" <- phases[0].name),
                Column(
                    "READY AFTER" <- ready.map { "\(Tables.seconds($0.median)) (to \(Tables.seconds($0.most)))" } ?? "never", align: .right),
                Column("PODS WAITING" <- phases.map(\.podsWaiting).max() ?? 0, align: .right),
                Column("WAIT P50" <- wait(0.5), align: .right), Column("P95" <- wait(0.95), align: .right),
                Column("P99" <- wait(0.99), align: .right),
                Column("LONGEST" <- Tables.seconds(waits.longest / .seconds(1)), align: .right),
                Column("REFUSED" <- phases.reduce(0) { $0 + $1.refusals.values.reduce(0, +) }, align: .right),
                Column("EC2 CALLS" <- calls { Array($0.calls.values) }, align: .right),
                Column("THROTTLED" <- calls { Array($0.throttled.values) }, align: .right),
            ]
        }
        return Tables.lines(table.string(for: simulated.phases, style: Style.plain))
    }

    /// Over the seeds: the median, and the most where it is another.
    private static func range(_ band: Band?) -> String {
        guard let band else { return "-" }
        return band.most == band.median ? "\(Int(band.median))" : "\(Int(band.median)) (to \(Int(band.most)))"
    }

    private struct Line {
        var subnet: SubnetID
        var phases: [SimulatedPlan.Phase]
        var formula: Int
    }

    private func subnets(_ simulated: SimulatedPlan) -> String {
        let lines = Difference.all(simulated, plan).map { difference in
            Line(subnet: difference.subnet, phases: simulated.phases[difference.situation], formula: difference.formula.addresses)
        }
        let table = TextTable<Line> { line in
            func range(_ value: (SimulatedPlan.Phase) -> Int?) -> String {
                Self.range(Band(line.phases.compactMap(value).map(Double.init)))
            }
            let broken = Band(line.phases.map { $0.worstFragmentation(of: line.subnet) })
            return [
                Column("SITUATION" <- line.phases[0].name), Column("SUBNET" <- line.subnet.rawValue),
                Column("FORMULA" <- line.formula, align: .right),
                Column("PEAK" <- range { $0.peaks[line.subnet]?.addresses }, align: .right),
                Column("P50" <- range { $0.addresses(of: line.subnet, percentile: 0.5) }, align: .right),
                Column("P95" <- range { $0.addresses(of: line.subnet, percentile: 0.95) }, align: .right),
                Column("P99" <- range { $0.addresses(of: line.subnet, percentile: 0.99) }, align: .right),
                Column("LEAST FREE" <- range { $0.leastFree(of: line.subnet) }, align: .right),
                Column("BROKEN UP" <- "\(Int(((broken?.most ?? 0) * 100).rounded())) %", align: .right),
            ]
        }
        let note =
            "Over the seeds: the median, and the most where it differs. BROKEN UP: free addresses outside whole /28 blocks, at worst."
        return Tables.lines(table.string(for: lines, style: Style.plain)) + "\n" + note
    }

    private func differences(_ simulated: SimulatedPlan) -> [String] {
        let found = Difference.all(simulated, plan).filter { $0.addresses != 0 }
        guard !found.isEmpty else { return ["The formulas and the simulation agree in every address."] }
        let lines = found.map { "\(plan.situations[$0.situation].name), \($0.subnet): \($0.explanation)." }
        return ["What makes the difference, by the seed in the middle:\n" + lines.joined(separator: "\n")]
    }
}

extension [SimulatedPlan.Phase] {
    /// Of all seeds.
    var waits: Waits { Waits(joining: map(\.waits)) }
}
