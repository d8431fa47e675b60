import Addressing
import CapacityPlanner
import InstanceTypes
import TextTable

/// A plan for people.
struct PlanTables {
    private let plan: CapacityPlan
    /// Nil where it was not asked for.
    private let changes: [Advice]?

    init(_ plan: CapacityPlan, _ changes: [Advice]?) {
        self.plan = plan
        self.changes = changes
    }

    var text: String {
        let parts = [verdict, subnets, nodeTypes, situations] + plan.findings.map(Self.told) + [forecasts, advice].compactMap(\.self)
        return parts.joined(separator: "\n\n")
    }

    private var verdict: String {
        let faults = plan.findings.count { $0.gravity == .fault }
        let (nodes, pods) = (plan.steady.nodes, plan.steady.pods)
        let size = "\(nodes) nodes with \(pods) pods take \(plan.steady.total.addresses) addresses, \(plan.steady.warm) of them warm"
        let verdict = faults == 0 ? "FITS: \(size)." : "DOES NOT FIT, for \(faults) reason\(faults == 1 ? "" : "s") below: \(size)."
        return ([verdict] + [cost, engine].compactMap(\.self)).joined(separator: "\n")
    }

    private var cost: String? {
        plan.scenario.goals.addressCost.map { cost in
            let amount = (Double(plan.steady.warm) * cost.perMonth * 100).rounded() / 100
            return "The warm ones cost \(amount) \(cost.currency) a month."
        }
    }

    private var engine: String? {
        let networking = plan.scenario.networking
        guard !networking.runsBerthsEngine else { return nil }
        return
            "By the formulas of \(networking.preset.name) with \(networking.allocation.rawValue) addresses: nodes with Berth would differ."
    }

    private var subnets: String {
        let table = TextTable<PlanScenario.Subnet> { subnet in
            let space = plan.spaces[subnet.id]
            let peak = plan.peak(of: subnet.id)
            let use = PlanReport.Use(plan, peak.situation, subnet.id)
            return [
                Column("SUBNET" <- subnet.id.rawValue), Column("ZONE" <- subnet.zone), Column("BLOCK" <- "\(subnet.block)"),
                Column("FOR" <- subnet.purpose.rawValue), Column("USABLE" <- space?.usable ?? 0, align: .right),
                Column("OTHERS" <- subnet.others, align: .right),
                Column("STEADY" <- plan.steady.demands[subnet.id]?.addresses ?? 0, align: .right),
                Column("PEAK" <- peak.demand.addresses, align: .right),
                Column("AFTER PEAKS" <- plan.afterPeaks.demands[subnet.id]?.addresses ?? 0, align: .right),
                Column("FREE" <- use?.freeAddresses ?? 0, align: .right),
                Column("FREE /28" <- use?.freeBlocks ?? 0, align: .right), Column("PEAK IN" <- peak.situation.name),
            ]
        }
        let note = "AFTER PEAKS: taken at rest after all events, if no node gave anything back."
        return Tables.lines(table.string(for: plan.scenario.subnets, style: Style.plain)) + "\n" + note
    }

    private var nodeTypes: String {
        let table = TextTable<NodeKindOutcome> { outcome in
            [
                Column("GROUP" <- outcome.kind.group), Column("TYPE" <- outcome.kind.type.name),
                Column("NODES" <- outcome.nodes, align: .right), Column("MAX PODS" <- outcome.kind.podsMax, align: .right),
                Column("LIMITED BY" <- outcome.kind.limit?.rawValue ?? "the file"),
                Column("IDLE" <- Self.drawn(outcome[.idle]), align: .right),
                Column("TYPICAL" <- Self.drawn(outcome[.typical]), align: .right),
                Column("FULL" <- Self.drawn(outcome[.full]), align: .right),
                Column("FIT TYPICAL" <- outcome[.typical]?.nodesThatFit ?? 0, align: .right),
                Column("FIT FULL" <- outcome[.full]?.nodesThatFit ?? 0, align: .right),
            ]
        }
        let note = "IDLE, TYPICAL, FULL: pods of a node and the addresses it takes. FIT: so many such nodes, if there were no others."
        return Tables.lines(table.string(for: plan.nodeKinds, style: Style.plain)) + "\n" + note
    }

    private static func drawn(_ load: NodeKindOutcome.Load?) -> String { load.map { "\($0.pods)→\($0.draw.total.addresses)" } ?? "-" }

    private var situations: String {
        let table = TextTable<Situation> { situation in
            [
                Column("SITUATION" <- situation.name), Column("NODES" <- situation.nodes, align: .right),
                Column("PODS" <- situation.pods, align: .right), Column("NO NODE" <- situation.unplacedPods, align: .right),
                Column("ADDRESSES" <- situation.total.addresses, align: .right), Column("WARM" <- situation.warm, align: .right),
                Column("ENIS" <- situation.total.enis, align: .right), Column("NEW ENIS" <- situation.calls.newENIs, align: .right),
                Column("READY AFTER" <- Self.time(situation.seconds), align: .right), Column("BLOCKED" <- situation.blocked, align: .right),
            ]
        }
        return Tables.lines(table.string(for: plan.situations, style: Style.plain))
    }

    private static func time(_ seconds: Double?) -> String { seconds.map { Tables.seconds($0) } ?? "never" }

    private static func told(_ finding: Finding) -> String {
        let situations = finding.situations.count > 1 ? " (also in \(finding.situations.dropFirst().joined(separator: ", ")))" : ""
        return "\(finding.gravity.rawValue) \(finding.code.rawValue): \(finding.problem)\(situations). \(finding.remedy)."
    }

    private var forecasts: String? {
        guard !plan.forecasts.isEmpty else { return nil }
        let table = TextTable<PlanReport.Forecast> { forecast in
            [
                Column("SUBNET" <- forecast.subnet), Column("FREE" <- "\(forecast.free) \(forecast.unit)"),
                Column("AS OF" <- forecast.asOf),
                Column("A DAY" <- forecast.perDay.map { "\(($0 * 10).rounded() / 10)" } ?? "-", align: .right),
                Column("EXHAUSTED" <- forecast.exhausted ?? "no date: \(forecast.noDate ?? "")"),
                Column("EARLIEST" <- forecast.earliest ?? "-"),
                Column("LATEST" <- forecast.latest ?? (forecast.exhausted == nil ? "-" : "never")),
            ]
        }
        return Tables.lines(table.string(for: plan.forecasts.map(PlanReport.Forecast.init), style: Style.plain))
    }

    private var advice: String? {
        guard let changes else { return nil }
        guard !changes.isEmpty else { return "No change that is known brings anything." }
        let table = TextTable<Advice> { advice in
            [
                Column("CHANGE" <- advice.change.title),
                Column("THEN" <- advice.fits ? "fits" : "\(advice.faults) fault\(advice.faults == 1 ? "" : "s")"),
                Column("ADDRESSES GAINED" <- advice.gain, align: .right),
                Column("DAYS" <- advice.daysGained(by: plan.forecasts).map(String.init) ?? "-", align: .right),
            ]
        }
        let risks = changes.map { (["\($0.change.title): \($0.change.risk)."] + $0.change.commands).joined(separator: "\n    ") }
        return Tables.lines(table.string(for: changes, style: Style.plain)) + "\n\n" + risks.joined(separator: "\n")
    }
}
