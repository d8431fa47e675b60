/// A table that says what a chart shows, or what needs no chart.
struct DataTable {
    var caption: String
    var columns: [Column]
    /// As many cells as there are columns; the first names the row.
    var rows: [[String]]
    /// The most rows that are printed; the page says how many are left out.
    var rowsMax = 400
    /// Rows that were not even made.
    var rowsLeftOut = 0

    struct Column {
        var title: String
        var kind: Kind

        enum Kind {
            /// A name, on one line and flush left.
            case words
            /// As many lines as it takes, flush left.
            case prose
            /// Flush right.
            case number
        }

        static func words(_ title: String) -> Self { Self(title: title, kind: .words) }
        static func prose(_ title: String) -> Self { Self(title: title, kind: .prose) }
        static func number(_ title: String) -> Self { Self(title: title, kind: .number) }

        var alignment: [Attribute] {
            switch kind {
            case .words: []
            case .prose: [.class("p")]
            case .number: [.class("n")]
            }
        }
    }

    /// The table in a frame of its own, which scrolls by itself where it is wider than the page and can be reached by keyboard.
    var markup: Markup {
        element(.div, .class("scroll"), Attribute(.role, "region"), Attribute(.ariaLabel, caption), Attribute(.tabindex, "0")) {
            element(.table) {
                element(.caption) { caption }
                element(.thead) {
                    element(.tr) { columns.map { Markup(.th, [Attribute(.scope, "col")] + $0.alignment, .text($0.title)) } }
                }
                element(.tbody) {
                    rows.prefix(rowsMax).map { row in element(.tr) { cells(of: row) } }
                    if remaining > 0 { remainder }
                }
            }
        }
    }

    private func cells(of row: [String]) -> [Markup] {
        zip(columns, row).enumerated().map { index, cell in
            let (column, text) = cell
            guard index > 0 else { return Markup(.th, [Attribute(.scope, "row")] + column.alignment, .text(text)) }
            return Markup(.td, column.alignment, .text(text))
        }
    }

    private var remaining: Int { rowsLeftOut + max(0, rows.count - rowsMax) }

    private var remainder: Markup {
        element(.tr) {
            element(.td, Attribute(.colspan, "\(columns.count)")) { "\(remaining.of("row")) more, left out to keep the page small" }
        }
    }
}
