import Addressing
import CapacityPlanner

/// A subnet's blocks row by row, with the address at which a row begins.
struct BlockGrid {
    let map: BlockMap
    let cells: BlockCells

    private static let columns = 32
    private static let (margin, pitch, gap) = (78, 10, 1)

    init(_ map: BlockMap, cellsMax: Int) {
        self.map = map
        cells = BlockCells(map, cellsMax: cellsMax)
    }

    /// Small squares where there are many, so that no subnet takes more than a screen.
    private var isDense: Bool { cells.kinds.count > 1024 }
    private var columns: Int { isDense ? 2 * Self.columns : Self.columns }
    private var pitch: Double { Double(Self.pitch) / (isDense ? 2 : 1) }
    private var rows: Int { (cells.kinds.count + columns - 1) / columns }

    var chart: Chart {
        let (width, height) = (Self.margin + Self.columns * Self.pitch, max(14, Int((Double(rows) * pitch).rounded(.up))))
        return Chart(
            size: [Attribute(.viewBox, "0 0 \(width) \(height)"), Attribute(.preserveAspectRatio, "xMinYMin meet")],
            content: .joined([.joined(labels), .joined(paths)]))
    }

    /// Every row's where there are few, and every fourth or so where there are many.
    private var labels: [Markup] {
        let step = max(1, Int((14 / pitch).rounded(.up)))
        return stride(from: 0, to: rows, by: step == 1 || rows <= 2 ? step : 2 * step).map { row in
            let address = map.block[row * columns * cells.blocksPerCell * 16]
            return element(.text, .class("tick small"), .at(.x, 0), .at(.y, Double(row) * pitch + 9)) { "\(address)" }
        }
    }

    /// One path for each kind: thousands of elements would be slow to show.
    private var paths: [Markup] {
        BlockCells.Kind.allCases.compactMap { kind in
            let places = cells.kinds.indices.filter { cells.kinds[$0] == kind }
            guard !places.isEmpty else { return nil }
            return element(.path, .class("f-\(kind.fill.rawValue)"), Attribute(.d, places.map(square).joined()))
        }
    }

    private func square(_ place: Int) -> String {
        let (row, column) = place.quotientAndRemainder(dividingBy: columns)
        let side = (pitch - Double(Self.gap)).short
        let (left, top) = (Double(Self.margin) + Double(column) * pitch + 0.5, Double(row) * pitch + 0.5)
        return "M\(left.short) \(top.short)h\(side)v\(side)h-\(side)z"
    }
}
