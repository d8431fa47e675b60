public import Addressing
public import CapacityPlanner

/// What a formula says that a subnet gives at most in a situation, against what it gave when the cluster ran.
public struct Difference: Hashable, Sendable {
    /// The situation's place in the plan: 0 for the steady cluster.
    public let situation: Int
    public let subnet: SubnetID
    public let formula: AddressDemand
    /// Addresses at the peak, over the seeds.
    public let simulated: Band
    /// The peak of the seed in the middle.
    public let peak: SimulatedPlan.Peak
    /// Calls that EC2's shared buckets refused, of the seed in the middle.
    public let throttled: Int

    /// Addresses that the seed in the middle took beyond the formula; negative where it took fewer.
    public var addresses: Int { peak.demand.addresses - formula.addresses }

    /// Each situation and subnet, in the order of the plan.
    public static func all(_ simulated: SimulatedPlan, _ plan: CapacityPlan) -> [Difference] {
        simulated.phases.flatMap { phases in
            plan.scenario.subnets.compactMap { subnet in
                guard let index = plan.situations.firstIndex(where: { $0.event == phases[0].event }) else { return nil }
                return Difference(phases, index, plan.situations[index], subnet.id)
            }
        }
    }

    private init?(_ phases: [SimulatedPlan.Phase], _ index: Int, _ situation: Situation, _ subnet: SubnetID) {
        let sorted = phases.sorted { ($0.peaks[subnet]?.addresses ?? 0) < ($1.peaks[subnet]?.addresses ?? 0) }
        let middle = sorted[(sorted.count - 1) / 2]
        guard let formula = situation.demands[subnet], let peak = middle.peakUses[subnet],
            let band = Band(sorted.compactMap { $0.peaks[subnet].map { Double($0.addresses) } })
        else { return nil }
        self.situation = index
        self.subnet = subnet
        self.formula = formula
        simulated = band
        self.peak = peak
        throttled = middle.throttled.values.reduce(0, +)
    }

    /// What makes it, by what was counted at the peak.
    public var explanation: String {
        guard addresses != 0 else { return "the same" }
        let demand = peak.demand
        let enis = demand.enis - formula.enis
        var parts: [String] = []
        if enis != 0 { parts.append("\(abs(enis)) \(enis > 0 ? "more" : "fewer") ENIs with an address of their own") }
        let onENIs = (demand.addresses - demand.enis, formula.addresses - formula.enis)
        if onENIs.0 != onENIs.1 { parts.append("\(onENIs.0) addresses on ENIs where the formula has \(onENIs.1)") }
        var uses = ["\(peak.running) of pods"]
        if peak.ending > 0 { uses.append("\(peak.ending) of pods in their grace") }
        if peak.cooling > 0 { uses.append("\(peak.cooling) in cooldown") }
        uses.append("\(peak.warm) free")
        let sign = addresses > 0 ? "+" : ""
        let after = peak.after.components.seconds
        let throttle = throttled > 0 ? "; EC2 refused \(throttled) calls, so that pools came later" : ""
        return "\(sign)\(addresses) after \(after) s: \(parts.joined(separator: ", ")): \(uses.joined(separator: ", "))\(throttle)"
    }
}

extension SimulatedPlan {
    /// What the formulas said would fit and did not when the cluster ran, a sentence each; the first seeds first.
    public var faults: [String] {
        runs.flatMap { run in
            ([run.steady] + run.events).flatMap { phase in
                var found: [String] = []
                if phase.podsWaiting > 0 {
                    found.append("\(phase.podsWaiting) pods still wait at the end of \(phase.name) with seed \(run.seed)")
                }
                for (reason, count) in phase.refusals.sorted(by: { $0.key < $1.key }) where Self.reasonsOfSubnets.contains(reason) {
                    found.append("\(count) ADDs were refused in \(phase.name) with seed \(run.seed): \(reason)")
                }
                return found
            }
        }
    }

    /// Reasons of refused ADDs that say that a subnet has run out.
    private static let reasonsOfSubnets: Set<String> = [
        "subnet-full", "no-free-block", "node-without-address", "branch-eni-without-address",
    ]
}
