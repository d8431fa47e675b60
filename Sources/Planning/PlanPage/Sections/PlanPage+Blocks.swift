import Addressing
import CapacityPlanner

extension PlanPage {
    /// The /28 blocks of each subnet, and what keeps them from becoming prefixes.
    var blocks: PageSection {
        PageSection("blocks", "Map of /28 blocks") {
            note(blockWords)
            key
            element(.div, .class("cards")) {
                maps.all.prefix(Self.mapsDrawn).enumerated().map { figure(of: $1, number: $0 + 1).markup }
            }
            if maps.all.count > Self.mapsDrawn { note("\((maps.all.count - Self.mapsDrawn).of("subnet")) more are not drawn.") }
        }
    }

    private static let mapsDrawn = 100
    /// Of all maps together: a square takes about 30 bytes.
    private static let cellsMax = 65_536
    private static let runsMax = 100

    /// The most squares of a map, a power of two, so that all maps together keep to their bound.
    private var cellsPerMap: Int {
        var most = 4096
        while most > 256, most * min(maps.all.count, Self.mapsDrawn) > Self.cellsMax { most /= 2 }
        return most
    }

    private var blockWords: String {
        switch maps {
        case .observed: "As they are in the account. EC2 gives a prefix only where all sixteen addresses of a block are free."
        case .planned:
            "What the file says of others; a formula does not place the cluster's own addresses. EC2 gives a prefix only where all "
                + "sixteen addresses of a block are free."
        }
    }

    private var key: Markup {
        let grids = maps.all.prefix(Self.mapsDrawn).map { BlockCells($0, cellsMax: cellsPerMap) }
        let present = grids.reduce(into: Set<BlockCells.Kind>()) { $0.formUnion($1.kinds) }
        let entries = BlockCells.Kind.allCases.filter(present.contains).map { ChartFigure.LegendEntry(fill: $0.fill, words: $0.words) }
        return ChartFigure.key(entries)
    }

    private func figure(of map: BlockMap, number: Int) -> ChartFigure {
        let grid = BlockGrid(map, cellsMax: cellsPerMap)
        let counts = BlockCells.counts(of: map)
        let free = (counts[.free] ?? 0) + (counts[.reserved] ?? 0)
        let runs = BlockRun.all(of: map)
        let together = grid.cells.blocksPerCell
        let parts = [
            "\(map.zone), \(map.block): \(free.grouped) of \(map.blocks.count.of("block")) can become prefixes.",
            together > 1 ? "Each square stands for \(together) blocks." : nil, unplaced(in: map),
        ].compactMap(\.self)
        return ChartFigure(
            id: "map-\(number)", title: map.subnet.rawValue, description: parts.joined(separator: " "), chart: grid.chart,
            table: DataTable(
                caption: "Blocks of \(map.subnet) that follow one another and are alike",
                columns: [.words("First block"), .words("Last block"), .number("Blocks"), .words("State"), .prose("By whom")],
                rows: runs.prefix(Self.runsMax).map(\.row), rowsLeftOut: max(0, runs.count - Self.runsMax)))
    }

    /// Says what a map of a scenario cannot show.
    private func unplaced(in map: BlockMap) -> String? {
        guard case .planned = maps, let subnet = plan.scenario.subnets.first(where: { $0.id == map.subnet }),
            case .count(let count) = subnet.used, count > 0, let space = plan.spaces[map.subnet]
        else { return nil }
        let verb = count == 1 ? "lies" : "lie"
        return "\(count.of("address", "addresses")) of others \(verb) nobody knows where and \(count == 1 ? "is" : "are") not drawn; "
            + "by chance \(space.blocks(afterSingles: 0).of("block")) would be free."
    }
}

/// Blocks that follow one another and are alike.
private struct BlockRun {
    let first: BlockMap.Block
    private(set) var last: BlockMap.Block
    private(set) var count = 1

    private init(_ block: BlockMap.Block) {
        (first, last) = (block, block)
    }

    static func all(of map: BlockMap) -> [BlockRun] {
        map.blocks.reduce(into: []) { runs, block in
            if let run = runs.last, run.first.state == block.state, run.first.reservation == block.reservation {
                runs[runs.count - 1].last = block
                runs[runs.count - 1].count += 1
            } else {
                runs.append(BlockRun(block))
            }
        }
    }

    var row: [String] {
        ["\(first.range)", "\(last.range)", count.grouped, BlockCells.Kind(first).words, holders]
    }

    private var holders: String {
        switch first.state {
        case .free: ""
        case .held(let holder): holder.words
        case .blocked(let occupants):
            occupants.prefix(4).map { "\($0.holder.words) (\($0.addresses))" }.joined(separator: ", ")
                + (occupants.count > 4 ? " and \(occupants.count - 4) more" : "")
        }
    }
}

extension BlockMap.Holder {
    fileprivate var words: String {
        switch self {
        case .aws: "AWS"
        case .node(let instance, let eni): "\(instance) with \(eni)"
        case .other(let name): name
        case .unknown: "not known"
        }
    }
}
