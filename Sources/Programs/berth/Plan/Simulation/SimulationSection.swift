import Addressing
import CapacityPlanner
import ClusterSimulator
import Simulator
import VPCModel

/// How a plan's cluster ran, for programs: `simulation` of `berth/plan/1`.
struct SimulationSection: Encodable {
    let seeds: [UInt64]
    let seedsAsked: Int
    /// Whether somebody ended it before its time.
    let isPartial: Bool
    /// What the formulas did not see; empty when all was as they say.
    let faults: [String]
    /// The steady cluster first, then each event in the file's order, as far as they were finished.
    let situations: [Situation]

    struct Situation: Encodable {
        let name: String
        /// Nil in `median` and `most` where some seed never had all pods running.
        let secondsToAllRunning: Range?
        let runsThatNeverWereReady: Int
        let podsWaiting: Range?
        let wait: Wait
        let refusals: [String: Int]
        let calls: [String: Range]
        let throttledCalls: [String: Range]
        let subnets: [String: Subnet]
    }

    /// Over the seeds.
    struct Range: Encodable {
        let least: Double
        let median: Double
        let most: Double

        init?(_ values: [Double]) {
            guard let band = Band(values) else { return nil }
            (least, median, most) = (band.least, band.median, band.most)
        }
    }

    /// Seconds from an ADD to its address, of the pods of all seeds.
    struct Wait: Encodable {
        let pods: Int
        let p50: Double?
        let p95: Double?
        let p99: Double?
        let longest: Double

        init(_ waits: Waits) {
            func seconds(_ share: Double) -> Double? { waits.percentile(share).map { $0 / .seconds(1) } }
            pods = waits.count
            (p50, p95, p99) = (seconds(0.5), seconds(0.95), seconds(0.99))
            longest = waits.longest / .seconds(1)
        }
    }

    struct Subnet: Encodable {
        let peak: Range?
        /// Addresses that so much of the time is spent at or below.
        let p50: Range?
        let p95: Range?
        let p99: Range?
        let leastFree: Range?
        let worstFragmentation: Range?
        let formula: Int
        /// Addresses that the seed in the middle took at its peak beyond the formula.
        let difference: Int
        let explanation: String
    }

    init(_ result: PlanSimulation.Result, _ plan: CapacityPlan) {
        seeds = result.plan?.runs.map(\.seed) ?? []
        seedsAsked = result.plan?.seedsAsked ?? 0
        isPartial = result.plan?.isPartial ?? true
        faults = result.plan?.faults ?? []
        let differences = result.plan.map { Difference.all($0, plan) } ?? []
        situations = (result.plan?.phases ?? []).enumerated().map { index, phases in
            Situation(phases, differences.filter { $0.situation == index })
        }
    }
}

extension SimulationSection.Situation {
    fileprivate init(_ phases: [SimulatedPlan.Phase], _ differences: [Difference]) {
        func range(_ value: (SimulatedPlan.Phase) -> Double?) -> SimulationSection.Range? {
            SimulationSection.Range(phases.compactMap(value))
        }
        func calls(_ value: (SimulatedPlan.Phase) -> [EC2Operation: Int]) -> [String: SimulationSection.Range] {
            let operations = Set(phases.flatMap { value($0).keys })
            let ranges = operations.compactMap { operation in
                range { Double(value($0)[operation] ?? 0) }.map { (operation.rawValue, $0) }
            }
            return Dictionary(uniqueKeysWithValues: ranges)
        }
        name = phases[0].name
        secondsToAllRunning = range { $0.readyAfter.map { $0 / .seconds(1) } }
        runsThatNeverWereReady = phases.count { $0.readyAfter == nil }
        podsWaiting = range { Double($0.podsWaiting) }
        wait = SimulationSection.Wait(phases.waits)
        refusals = phases.reduce(into: [:]) { $0.merge($1.refusals, uniquingKeysWith: +) }
        self.calls = calls(\.calls)
        throttledCalls = calls(\.throttled)
        let found = differences.map { difference in
            let id = difference.subnet
            func time(_ share: Double) -> SimulationSection.Range? { range { $0.addresses(of: id, percentile: share).map(Double.init) } }
            let subnet = SimulationSection.Subnet(
                peak: range { $0.peaks[id].map { Double($0.addresses) } }, p50: time(0.5), p95: time(0.95), p99: time(0.99),
                leastFree: range { $0.leastFree(of: id).map(Double.init) },
                worstFragmentation: range { ($0.worstFragmentation(of: id) * 1000).rounded() / 1000 },
                formula: difference.formula.addresses, difference: difference.addresses, explanation: difference.explanation)
            return (id.rawValue, subnet)
        }
        subnets = Dictionary(uniqueKeysWithValues: found)
    }
}
