/// Lines over the time since something began, and a table of some of their moments.
struct TimeFigure {
    var id: String
    var title: String
    var description: String
    /// Over the same moments; not empty.
    var series: [LineChart.Series]
    /// Where the scale is to end; nil for what there is.
    var most: Double?
    var marks: [LineChart.Mark] = []
    /// How a value is written.
    var words: (Double) -> String

    private static let tableRows = 13

    var figure: ChartFigure {
        let end = series.flatMap(\.points).map(\.x).max() ?? 1
        let chart = LineChart(
            series: series, x: Scale(seconds: end, count: 3), y: Scale(to: most ?? series.map(\.points.most).max() ?? 1, count: 3),
            xWords: \.time, yWords: words, marks: marks)
        return ChartFigure(
            id: id, title: title, description: description, chart: chart.chart,
            table: DataTable(
                caption: "\(title) over time", columns: [.number("After")] + series.map { .number($0.name) }, rows: rows))
    }

    private var rows: [[String]] {
        let columns = series.map { $0.points.thinned(to: Self.tableRows) }
        let count = columns.map(\.count).min() ?? 0
        return (0..<count).map { index in
            [columns[0][index].x.time] + columns.map { Band($0[index]).words(words) }
        }
    }
}

extension Band {
    fileprivate init(_ point: BandPoint) {
        (low, middle, high) = (point.low, point.middle, point.high)
    }
}
