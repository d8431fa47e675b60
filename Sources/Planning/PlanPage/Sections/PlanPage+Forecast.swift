import Addressing
import CapacityPlanner

extension PlanPage {
    /// What subnets had left, and when they come to their end.
    var forecast: PageSection {
        PageSection("forecast", "Forecast") {
            if plan.forecasts.isEmpty {
                note("Nothing is known of the past. With --history FILE this part says when each subnet comes to its end.")
            } else {
                dates.markup
                element(.div, .class("cards")) {
                    plan.forecasts.prefix(Self.subnetsDrawn).enumerated().compactMap { figure(of: $1, number: $0 + 1)?.markup }
                }
            }
        }
    }

    private var dates: DataTable {
        DataTable(
            caption: "When subnets come to their end, if they go on as before",
            columns: [
                .words("Subnet"), .number("Left"), .words("Unit"), .words("As of"), .number("Less each day"), .words("End"),
                .words("Earliest"), .words("Latest"),
            ], rows: plan.forecasts.map(Self.row))
    }

    private static func row(_ forecast: Forecast) -> [String] {
        let known = [forecast.subnet.rawValue, forecast.free.grouped, forecast.unit.words, "\(forecast.asOf)"]
        switch forecast.outcome {
        case .exhausted(let date, let perDay, let earliest, let latest):
            return known + [daily(perDay), "\(date)", "\(earliest)", latest.map { "\($0)" } ?? "never"]
        case .noDate(let reason): return known + ["", "no date: \(reason.words)", "", ""]
        }
    }

    private static func daily(_ addresses: Double) -> String { ((addresses * 10).rounded() / 10).short }

    /// Days from the history's first on; the forecast goes on from its last with the band's two slopes.
    private func figure(of forecast: Forecast, number: Int) -> ChartFigure? {
        guard let samples = history[forecast.subnet].map({ forecast.unit == .blocks ? $0.blocks : $0.addresses }),
            let first = samples.map(\.day).min()
        else { return nil }
        let past = samples.sorted { $0.day < $1.day }.map { BandPoint(x: Double($0.day.number - first.number), Double($0.free)) }
        let projection = Projection(forecast, from: first)
        let end = projection?.end ?? past.last?.x ?? 1
        let series = [LineChart.Series(name: "measured", points: past.thinned(to: 200), style: .first)]
        return ChartFigure(
            id: "forecast-\(number)", title: forecast.subnet.rawValue, description: Self.words(of: forecast),
            chart: LineChart(
                series: series + (projection.map { [.init(name: "forecast", points: $0.points, style: .second)] } ?? []),
                x: Scale(to: end, count: 3), y: Scale(to: past.most, count: 3),
                xWords: { "\(first + Int($0))" }, yWords: { Int($0.rounded()).grouped },
                marks: projection.map { [.init(x: $0.date, name: "ends \(first + Int($0.date))")] } ?? []
            ).chart,
            table: DataTable(
                caption: "What \(forecast.subnet) had left, in \(forecast.unit.words)",
                columns: [.words("Day"), .number("Left")],
                rows: past.thinned(to: SimulationPart.tableRows).map { ["\(first + Int($0.x))", Int($0.middle).grouped] }))
    }

    private static func words(of forecast: Forecast) -> String {
        switch forecast.outcome {
        case .exhausted(let date, let perDay, let earliest, let latest):
            "\(forecast.free.grouped) \(forecast.unit.words) left on \(forecast.asOf), \(daily(perDay)) less each day: ends on \(date), "
                + "\(earliest) at the earliest, \(latest.map { "\($0) at the latest" } ?? "and perhaps never")."
        case .noDate(let reason): "\(forecast.free.grouped) \(forecast.unit.words) left on \(forecast.asOf). No date: \(reason.words)."
        }
    }
}

/// A forecast as a line to its end and a band around it.
private struct Projection {
    let points: [BandPoint]
    /// When nothing is left, and where the drawing ends, in days from the first day on.
    let (date, end): (Double, Double)

    /// Nil where there is no date.
    init?(_ forecast: Forecast, from first: Day) {
        guard case .exhausted(let date, _, let earliest, let latest) = forecast.outcome else { return nil }
        func place(_ day: Day) -> Double { Double(day.number - first.number) }
        let (start, left) = (place(forecast.asOf), Double(forecast.free))
        let span = max(1, place(date) - start)
        let end = min(latest.map(place) ?? .infinity, start + 2 * span)
        func value(_ x: Double, endsAt day: Day?) -> Double {
            guard let day else { return left }
            let days = place(day) - start
            return days <= 0 ? 0 : max(0, left * (1 - (x - start) / days))
        }
        let ends = [date, earliest].map(place) + [end]
        let moments = Set([start] + ends + (1...20).map { start + (end - start) * Double($0) / 20 }).filter { $0 <= end && $0 >= start }
        (self.date, self.end) = (place(date), end)
        points = moments.sorted().map { x in
            BandPoint(x: x, low: value(x, endsAt: earliest), middle: value(x, endsAt: date), high: value(x, endsAt: latest))
        }
    }
}

extension Forecast.Unit {
    fileprivate var words: String { self == .blocks ? "/28 blocks" : "addresses" }
}

extension Forecast.NoDate {
    fileprivate var words: String {
        switch self {
        case .historyTooShort: "the history is shorter than \(Forecast.daysMin) days"
        case .notShrinking: "what is left does not become less"
        case .farAway: "it is more than a hundred years away"
        }
    }
}
