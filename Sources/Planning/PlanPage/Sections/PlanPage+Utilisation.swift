import Addressing
import CapacityPlanner
import VPCModel

extension PlanPage {
    /// What the formulas say of each subnet: at rest, at its peak, and in every situation.
    var utilisation: PageSection {
        PageSection("subnets", "Subnets") {
            atThePeak.markup
            element(.h3) { "Situation by situation" }
            note(
                subnetsByRoom.count > Self.subnetsDrawn
                    ? "The \(Self.subnetsDrawn) subnets of which least is left, out of \(subnetsByRoom.count); "
                        + "berth plan --output csv prints the others."
                    : "Each subnet by itself, in every situation in which it is there.")
            element(.div, .class("cards")) {
                subnetsByRoom.prefix(Self.subnetsDrawn).enumerated().map { situations(of: $1, number: $0 + 1).markup }
            }
        }
    }

    /// More charts than these nobody looks at.
    static let subnetsDrawn = 24

    /// In the scenario's order where all are drawn; those of which least is left first where they are too many.
    private var subnetsByRoom: [PlanScenario.Subnet] {
        let subnets = plan.scenario.subnets
        guard subnets.count > Self.subnetsDrawn else { return subnets }
        return subnets.sorted { left(of: $0) < left(of: $1) }
    }

    private func left(of subnet: PlanScenario.Subnet) -> Int {
        plan.spaces[subnet.id]?.addresses(after: plan.peak(of: subnet.id).demand) ?? 0
    }

    // MARK: - At rest and at the peak

    private var atThePeak: ChartFigure {
        let uses = plan.scenario.subnets.compactMap { SubnetUse($0, plan) }
        let drawn = subnetsByRoom.prefix(Self.subnetsDrawn).compactMap { SubnetUse($0, plan) }
        let columns: [DataTable.Column] = [
            .words("Subnet"), .words("Zone"), .words("Block"), .words("For"), .number("Usable"), .number("Others"), .number("At rest"),
            .number("Peak"), .number("Left"), .number("Free /28"), .words("Peak in"),
        ]
        let bars = BarChart(rows: drawn.map(\.bar), end: Double(drawn.map(\.extent).max() ?? 1))
        return ChartFigure(
            id: "peaks", title: "Addresses at rest and at the peak",
            description: "A bar's thin line is where the subnet ends: what lies beyond it is missing."
                + (drawn.count < uses.count ? " The \(drawn.count) of \(uses.count) subnets of which least is left are drawn." : ""),
            legend: bars.legend([
                .init(fill: .others, words: "others"), .init(fill: .cluster, words: "cluster at rest"),
                .init(fill: .more, words: "more at the peak"), .init(fill: .free, words: "left"),
                .init(fill: .kept, words: "kept by a reservation"), .init(fill: .short, words: "missing"),
            ]), chart: bars.chart,
            table: DataTable(caption: "Addresses of each subnet at rest and at its peak", columns: columns, rows: uses.map(\.row)),
            isTableOpen: true)
    }

    // MARK: - Every situation

    private func situations(of subnet: PlanScenario.Subnet, number: Int) -> ChartFigure {
        let space = plan.spaces[subnet.id] ?? SubnetSpace(subnet)
        let present = plan.situations.compactMap { situation in situation.demands[subnet.id].map { (situation, $0) } }
        let end = present.map { space.usable + max(0, -space.addresses(after: $0.1)) }.max() ?? 1
        let bars = present.prefix(Self.situationsDrawn).map { situation, demand in
            SubnetUse.bar(situation.name, subnet, space, [(demand.addresses, .cluster)], demand)
        }
        let rows = present.map { situation, demand in
            [
                situation.name, demand.singles.grouped, demand.blocks.grouped, demand.addresses.grouped,
                space.addresses(after: demand).grouped, space.blocks(after: demand).grouped, space.fragmentation(after: demand).percent,
            ]
        }
        let columns: [DataTable.Column] = [
            .words("Situation"), .number("Single addresses"), .number("Prefixes"), .number("Addresses"), .number("Left"),
            .number("Free /28"), .number("Fragmentation"),
        ]
        return ChartFigure(
            id: "subnet-\(number)", title: subnet.id.rawValue,
            description: "\(subnet.zone), \(subnet.block), for \(subnet.purpose.rawValue): \(space.usable.grouped) usable addresses, "
                + "\(subnet.used.count.grouped) of others."
                + (present.count > Self.situationsDrawn ? " The first \(Self.situationsDrawn) situations are drawn." : ""),
            chart: BarChart(rows: bars, end: Double(end)).chart,
            table: DataTable(caption: "\(subnet.id) in each situation", columns: columns, rows: rows, rowsMax: 100))
    }

    static let situationsDrawn = 16
}

/// A subnet at rest and at its peak.
private struct SubnetUse {
    let bar: BarChart.Row
    let row: [String]
    /// How far the bar goes.
    let extent: Int

    init?(_ subnet: PlanScenario.Subnet, _ plan: CapacityPlan) {
        guard let space = plan.spaces[subnet.id] else { return nil }
        let (peak, steady) = (plan.peak(of: subnet.id), plan.steady.demands[subnet.id] ?? AddressDemand())
        let rest = min(steady.addresses, peak.demand.addresses)
        extent = space.usable + max(0, -space.addresses(after: peak.demand))
        bar = Self.bar(
            "\(subnet.id) · \(subnet.zone)", subnet, space, [(rest, .cluster), (peak.demand.addresses - rest, .more)], peak.demand)
        row = [
            subnet.id.rawValue, subnet.zone, "\(subnet.block)", subnet.purpose.rawValue, space.usable.grouped, subnet.used.count.grouped,
            steady.addresses.grouped, peak.demand.addresses.grouped, space.addresses(after: peak.demand).grouped,
            space.blocks(after: peak.demand).grouped, peak.situation.name,
        ]
    }

    /// What others and the cluster take of a subnet, what is left of it, what reservations keep, and what is missing.
    static func bar(
        _ name: String, _ subnet: PlanScenario.Subnet, _ space: SubnetSpace, _ taken: [(length: Int, fill: Fill)], _ demand: AddressDemand
    ) -> BarChart.Row {
        let left = space.addresses(after: demand)
        var given = demand.addresses + min(0, left)
        let kept = space.usable - subnet.used.count - given - max(0, left)
        var parts = [BarChart.Part(length: Double(subnet.used.count), fill: .others)]
        for part in taken {
            let inside = min(given, part.length)
            given -= inside
            parts.append(.init(length: Double(inside), fill: part.fill))
        }
        parts.append(.init(length: Double(left), fill: .free))
        parts.append(.init(length: Double(kept), fill: .kept))
        parts.append(.init(length: Double(-left), fill: .short))
        return BarChart.Row(
            name: name, note: left < 0 ? "\((-left).grouped) short" : "\(left.grouped) left", isNoteGrave: left < 0, parts: parts,
            mark: Double(space.usable))
    }
}
