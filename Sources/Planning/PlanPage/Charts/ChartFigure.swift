/// A chart with its heading, its legend, and the same as a table below it.
struct ChartFigure {
    /// Names the figure's parts; one of its kind on a page.
    var id: String
    var title: String
    /// What the chart shows, in a sentence or two, for who does not see it and for who does.
    var description: String
    var legend: [LegendEntry] = []
    var chart: Chart
    var table: DataTable
    var isTableOpen = false

    struct LegendEntry {
        var fill: Fill
        var words: String
    }

    var markup: Markup {
        element(.figure, .id(id)) {
            element(.figcaption) {
                element(.h3) { title }
                element(.p, .class("soft")) { description }
            }
            legend.isEmpty ? .nothing : Self.key(legend)
            drawing
            tableBelow
        }
    }

    /// What each fill means.
    static func key(_ entries: [LegendEntry]) -> Markup {
        element(.ul, .class("key")) {
            entries.map { entry in
                element(.li) {
                    element(.svg, .at(.width, 22), .at(.height, 12), Attribute(.ariaHidden, "true")) {
                        entry.fill.rect(.at(.x, 0.5), .at(.y, 0.5), .at(.width, 21.0), .at(.height, 11.0))
                    }
                    entry.words
                }
            }
        }
    }

    private var drawing: Markup {
        let attributes = [Attribute(.role, "img"), Attribute(.ariaLabelledBy, "\(id)-title \(id)-desc"), .class("chart")]
        return Markup(
            .svg, attributes + chart.size,
            .joined([
                element(.title, .id("\(id)-title")) { title }, element(.desc, .id("\(id)-desc")) { description }, chart.content,
            ]))
    }

    private var tableBelow: Markup {
        let attributes = isTableOpen ? [Attribute(.open, "")] : []
        return Markup(.details, attributes, .joined([element(.summary) { "Table: \(title)" }, table.markup]))
    }
}

/// What is drawn, and how large.
struct Chart {
    /// Of the outermost element.
    var size: [Attribute]
    var content: Markup
}

/// How an area is filled: by colour and by pattern, so that it can be told from its neighbours without colours.
enum Fill: String {
    /// What the cluster has taken.
    case cluster
    /// What the cluster takes besides, at its peak.
    case more
    /// What others have taken.
    case others
    case free
    /// What is missing.
    case short
    case reserved, kept, aws, mixed

    func rect(_ attributes: Attribute...) -> Markup {
        Markup(.rect, [.class("f-\(rawValue)")] + attributes, .nothing)
    }
}
