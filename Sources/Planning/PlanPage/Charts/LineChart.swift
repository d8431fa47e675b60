/// Values over time, each with a band in which it lay, and with its name at the line's end.
///
/// The drawing takes the width that it is given: lines are stretched, strokes and text are not.
struct LineChart {
    var series: [Series]
    var x: Scale
    var y: Scale
    var xWords: (Double) -> String
    var yWords: (Double) -> String
    /// Moments with a name.
    var marks: [Mark] = []

    struct Series {
        var name: String
        /// By time, ascending.
        var points: [BandPoint]
        var style: Style

        enum Style: String {
            case first, second, third
        }
    }

    struct Mark {
        var x: Double
        var name: String
    }

    private static let (top, height, bottom) = (18, 150, 22)
    /// Of the stretched part, across.
    private static let width = 1000.0

    var chart: Chart {
        Chart(
            size: [Attribute(.width, "100%"), .at(.height, Self.top + Self.height + Self.bottom)],
            content: .joined([
                .joined(y.ticks.map(gridline)), .joined(marks.map(drawn)), plot, .joined(xLabels), .joined(y.ticks.dropFirst().map(yLabel)),
                .joined(names),
            ]))
    }

    private func level(_ value: Double) -> Double { Double(Self.height) * (1 - y.place(of: value)) }

    private func gridline(_ tick: Double) -> Markup {
        let height = Double(Self.top) + level(tick)
        return element(
            .line, .class(tick == 0 ? "axis" : "grid"), .at(.x1, 0), Attribute(.x2, "100%"), .at(.y1, height), .at(.y2, height))
    }

    private func yLabel(_ tick: Double) -> Markup {
        element(.text, .class("tick"), .at(.x, 0), .at(.y, Double(Self.top) + level(tick) - 4)) { yWords(tick) }
    }

    private var xLabels: [Markup] {
        let shown = x.ticks.filter { x.place(of: $0) <= 0.97 || $0 == x.ticks.last }
        return shown.map { tick in
            let place = x.place(of: tick)
            return element(
                .text, .class("tick"), .share(.x, place), .at(.y, Self.top + Self.height + 16),
                Attribute(.textAnchor, place < 0.03 ? "start" : place > 0.94 ? "end" : "middle")
            ) { xWords(tick) }
        }
    }

    private func drawn(_ mark: Mark) -> Markup {
        let place = x.place(of: mark.x)
        return element(.g) {
            element(
                .line, .class("moment"), .share(.x1, place), .share(.x2, place), .at(.y1, Self.top), .at(.y2, Self.top + Self.height))
            element(
                .text, .class("tick"), .share(.x, place), .at(.y, Self.top - 6), Attribute(.textAnchor, place > 0.5 ? "end" : "start")
            ) { mark.name }
        }
    }

    private var plot: Markup {
        element(
            .svg, .at(.x, 0), .at(.y, Self.top), Attribute(.width, "100%"), .at(.height, Self.height),
            Attribute(.viewBox, "0 0 \(Int(Self.width)) \(Self.height)"), Attribute(.preserveAspectRatio, "none")
        ) {
            series.map { element(.path, .class("band \($0.style.rawValue)"), Attribute(.d, area($0.points))) }
            series.map { element(.path, .class("line \($0.style.rawValue)"), Attribute(.d, path($0.points.map { ($0.x, $0.middle) }))) }
        }
    }

    private func path(_ points: [(Double, Double)]) -> String {
        points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\((x.place(of: point.0) * Self.width).short) \(level(point.1).short)"
        }.joined()
    }

    /// Empty where the band has no width.
    private func area(_ points: [BandPoint]) -> String {
        guard points.contains(where: { $0.low < $0.high }) else { return "" }
        let (lows, highs) = (points.map { ($0.x, $0.low) }, points.map { ($0.x, $0.high) })
        return path(highs + lows.reversed()) + "Z"
    }

    /// At the lines' ends, and at the right apart from one another.
    private var names: [Markup] {
        var last = -1_000.0
        let ends = series.compactMap { series in series.points.last.map { (series, x.place(of: $0.x), level($0.middle)) } }
        return ends.sorted { $0.2 < $1.2 }.map { series, across, level in
            let isAtTheRight = across > 0.8
            let height = max(Double(Self.top) + level - 6, isAtTheRight ? last + 15 : 0)
            if isAtTheRight { last = height }
            return element(
                .text, .class("series \(series.style.rawValue)"), .share(.x, isAtTheRight ? 1 : across), .at(.y, height),
                Attribute(.textAnchor, isAtTheRight ? "end" : across < 0.2 ? "start" : "middle")
            ) { series.name.cut(to: 40) }
        }
    }
}

/// A value at one moment, and the least and the most that it may be.
struct BandPoint: Hashable {
    var x: Double
    var low: Double
    var middle: Double
    var high: Double

    init(x: Double, low: Double, middle: Double, high: Double) {
        (self.x, self.low, self.middle, self.high) = (x, low, middle, high)
    }

    /// Without a band.
    init(x: Double, _ value: Double) {
        self.init(x: x, low: value, middle: value, high: value)
    }
}
