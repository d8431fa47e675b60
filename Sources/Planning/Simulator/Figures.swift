import Timeline

/// How figures are printed, the same on every platform.
package enum Figures {
    /// The number with that many digits behind the point.
    package static func fixed(_ number: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { power, _ in power * 10 }
        let scaled = Int((number * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// A time in the unit that tells most; a dash for none.
    package static func time(_ time: Duration?) -> String {
        guard let time else { return "-" }
        if time < .seconds(1) { return "\(time.wholeNanoseconds / 1_000_000) ms" }
        if time < .seconds(600) { return "\(fixed(time.inSeconds, digits: 1)) s" }
        return time < .seconds(7200) ? "\(fixed(time.inSeconds / 60, digits: 1)) min" : "\(fixed(time.inSeconds / 3600, digits: 1)) h"
    }

    /// Lines of cells in columns, with two blanks between them.
    ///
    /// - Parameter names: How many of the first columns are names and no figures, and so begin at the left.
    package static func table(_ lines: [[String]], names: Int) -> String {
        let columns = lines.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return lines.map { cells in
            cells.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < names ? cells[column] + blanks : blanks + cells[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
