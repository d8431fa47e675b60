import CapacityPlanner
import VPCModel

extension PlanPage {
    /// How long each event takes until all has its addresses, by the formulas.
    var events: PageSection {
        PageSection("events", "Events") {
            if plan.situations.count < 2 {
                paragraph("The file names no event. Add some below events, such as the loss of a zone, to see what they take.")
            } else {
                times.markup
            }
        }
    }

    private var times: ChartFigure {
        let events = plan.situations.dropFirst()
        let end = Scale(to: events.compactMap(\.seconds).max() ?? 1).end
        let columns: [DataTable.Column] = [
            .words("Event"), .number("Nodes"), .number("Pods"), .number("Without node"), .number("Addresses"), .number("Warm"),
            .number("New ENIs"), .number("Assignments"), .words("Held up by"), .number("All running after"), .number("Pods blocked"),
        ]
        let rows = events.map { situation in
            [
                situation.name, situation.nodes.grouped, situation.pods.grouped, situation.unplacedPods.grouped,
                situation.total.addresses.grouped, situation.warm.grouped, situation.calls.newENIs.grouped,
                (situation.calls.assigns + situation.calls.ipv6Assigns).grouped, situation.throttledBy?.rawValue ?? "nothing",
                situation.seconds.map(\.time) ?? "never", situation.blocked.grouped,
            ]
        }
        let bars = BarChart(rows: events.prefix(Self.eventsDrawn).map { Self.bar($0, end: end) }, end: end)
        return ChartFigure(
            id: "event-times", title: "Until all has its addresses",
            description: "From an event's beginning, with every bucket of EC2's full at first: what the calls wait for one another, "
                + "and then what EC2 takes for the last."
                + (events.count > Self.eventsDrawn ? " The first \(Self.eventsDrawn) of \(events.count) events are drawn." : ""),
            legend: bars.legend([
                .init(fill: .more, words: "calls wait for EC2's bucket"), .init(fill: .cluster, words: "the last ENI or assignment"),
                .init(fill: .short, words: "never"),
            ]), chart: bars.chart,
            table: DataTable(caption: "What each event takes", columns: columns, rows: rows), isTableOpen: true)
    }

    static let eventsDrawn = 40

    private static func bar(_ situation: Situation, end: Double) -> BarChart.Row {
        guard let seconds = situation.seconds else {
            return BarChart.Row(name: situation.name, note: "never", isNoteGrave: true, parts: [.init(length: end, fill: .short)])
        }
        let held = situation.throttledSeconds ?? 0
        return BarChart.Row(
            name: situation.name, note: situation.blocked > 0 ? "\(situation.blocked.of("pod")) blocked" : seconds.time,
            isNoteGrave: situation.blocked > 0,
            parts: [.init(length: held, fill: .more), .init(length: seconds - held, fill: .cluster)])
    }
}
