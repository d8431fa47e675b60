import Addressing
import CapacityPlanner
import InstanceTypes
import VPCModel

extension PlanPage {
    /// How full zones are, and what nodes of each type take.
    var cluster: PageSection {
        PageSection("cluster", "Zones and nodes") {
            zones.markup
            nodeTypes
        }
    }

    private var zones: ChartFigure {
        let names = Set(plan.scenario.subnets.map(\.zone)).sorted()
        let uses = names.map { ZoneUse($0, plan) }
        let most = names.count > 1 ? Double(names.count - 1) / Double(names.count) : 1
        let rows = uses.map {
            [$0.zone, $0.subnets.grouped, $0.usable.grouped, $0.others.grouped, $0.cluster.grouped, $0.share.percent, most.percent]
        }
        let bars = uses.prefix(Self.subnetsDrawn).map { use in
            BarChart.Row(
                name: use.zone, note: "\(use.share.percent) used", isNoteGrave: use.share > most,
                parts: [
                    .init(length: Double(min(use.others, use.usable)), fill: .others),
                    .init(length: Double(min(use.cluster, use.usable - min(use.others, use.usable))), fill: .cluster),
                    .init(length: Double(max(0, use.usable - use.others - use.cluster)), fill: .free),
                ], mark: names.count > 1 ? Double(use.usable) * most : nil)
        }
        let words =
            names.count > 1
            ? "At rest. A zone that is fuller than its line, at \(most.percent), cannot outlive the loss of another." : "At rest."
        return ChartFigure(
            id: "zones", title: "Zones", description: words,
            legend: [
                .init(fill: .others, words: "others"), .init(fill: .cluster, words: "cluster"), .init(fill: .free, words: "left"),
            ],
            chart: BarChart(rows: bars, end: Double(max(1, uses.map(\.usable).max() ?? 1))).chart,
            table: DataTable(
                caption: "Addresses of each zone at rest",
                columns: [
                    .words("Zone"), .number("Subnets"), .number("Usable"), .number("Others"), .number("Cluster"), .number("Used"),
                    .number("May be used"),
                ], rows: rows))
    }

    private var nodeTypes: Markup {
        let rows = plan.nodeKinds.map { outcome in
            [
                outcome.kind.group, outcome.kind.type.name, outcome.nodes.grouped, outcome.kind.podsMax.grouped,
                outcome.kind.limit?.rawValue ?? "the file", Self.drawn(outcome[.idle]), Self.drawn(outcome[.typical]),
                Self.drawn(outcome[.full]), outcome[.typical]?.nodesThatFit.grouped ?? "", outcome[.full]?.nodesThatFit.grouped ?? "",
            ]
        }
        let columns: [DataTable.Column] = [
            .words("Group"), .words("Type"), .number("Nodes"), .number("Max pods"), .words("Limited by"), .number("Idle"),
            .number("Typical"), .number("Full"), .number("Fit, typical"), .number("Fit, full"),
        ]
        return element(.div, .class("block")) {
            element(.h3) { "Node types" }
            note("Idle, typical and full: pods of a node → addresses that it takes. Fit: so many such nodes, if there were no others.")
            DataTable(caption: "What nodes of each type take", columns: columns, rows: rows).markup
        }
    }

    private static func drawn(_ load: NodeKindOutcome.Load?) -> String {
        load.map { "\($0.pods.grouped) → \($0.draw.total.addresses.grouped)" } ?? ""
    }
}

/// A zone with the cluster at rest.
private struct ZoneUse {
    let zone: String
    let (subnets, usable, others, cluster): (Int, Int, Int, Int)

    init(_ zone: String, _ plan: CapacityPlan) {
        let members = plan.scenario.subnets.filter { $0.zone == zone }
        self.zone = zone
        subnets = members.count
        usable = members.reduce(0) { $0 + (plan.spaces[$1.id]?.usable ?? 0) }
        others = members.reduce(0) { $0 + $1.used.count }
        cluster = members.reduce(0) { $0 + (plan.steady.demands[$1.id]?.addresses ?? 0) }
    }

    var share: Double { Double(others + cluster) / Double(max(1, usable)) }
}
