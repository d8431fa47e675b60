/// Horizontal bars, each of parts that follow one another, with its name above it and what it says at the right.
///
/// Widths are shares of the drawing's: the chart takes the width that it is given, and its text stays as it is.
struct BarChart {
    var rows: [Row]
    /// What the full width stands for.
    var end: Double

    struct Row {
        var name: String
        var note: String
        var isNoteGrave = false
        var parts: [Part]
        /// Where a line crosses the bar, such as the end of what there is.
        var mark: Double?
    }

    struct Part {
        var length: Double
        var fill: Fill
    }

    /// Of these entries those whose fill is there to be seen.
    func legend(_ entries: [ChartFigure.LegendEntry]) -> [ChartFigure.LegendEntry] {
        let fills = Set(rows.flatMap(\.parts).filter { $0.length > 0 }.map(\.fill))
        return entries.filter { fills.contains($0.fill) }
    }

    private static let rowHeight = 46
    private static let barHeight = 16

    var chart: Chart {
        Chart(
            size: [Attribute(.width, "100%"), .at(.height, rows.count * Self.rowHeight)],
            content: .joined(rows.enumerated().map { Self.drawn($1, at: $0 * Self.rowHeight, end: end) }))
    }

    private static func drawn(_ row: Row, at top: Int, end: Double) -> Markup {
        var from = 0.0
        let parts = row.parts.filter { $0.length > 0 }.map { part -> Markup in
            defer { from += part.length }
            return part.fill.rect(
                .share(.x, from / end), .at(.y, top + 20), .share(.width, part.length / end), .at(.height, barHeight))
        }
        return element(.g) {
            element(.text, .class("name"), .at(.x, 0), .at(.y, top + 13)) { row.name.cut(to: 34) }
            element(
                .text, .class(row.isNoteGrave ? "note grave" : "note"), Attribute(.x, "100%"), .at(.y, top + 13),
                Attribute(.textAnchor, "end")
            ) { row.note }
            parts
            if let mark = row.mark {
                element(
                    .line, .class("mark"), .share(.x1, mark / end), .share(.x2, mark / end), .at(.y1, top + 17),
                    .at(.y2, top + 39))
            }
        }
    }
}
