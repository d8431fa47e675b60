import Addressing
import CapacityPlanner
import ClusterImport
import TextTable

/// The blocks of a subnet for people: a character each, and who blocks most.
struct MapText {
    private let map: BlockMap
    private let figures: Fragmentation
    private let top: Int

    init(_ map: BlockMap, top: Int) {
        self.map = map
        self.top = top
        figures = Fragmentation(map)
    }

    var text: String { [title, rows, Self.legend(of: map), blockers].filter { !$0.isEmpty }.joined(separator: "\n\n") }

    private var title: String {
        let share = Double(Int((figures.index * 100).rounded())) / 100
        let reserved = figures.reservedBlocks > 0 ? ", \(figures.reservedBlocks) of all reserved" : ""
        return
            "\(map.subnet)  \(map.block)  \(map.zone)\n"
            + "\(figures.blocks) blocks: \(figures.freeBlocks) free, \(figures.heldBlocks) delegated, "
            + "\(figures.blockedBlocks) blocked\(reserved). \(figures.freeAddresses) addresses are free, fragmentation \(share)"
    }

    // MARK: - The blocks

    static let blocksPerRow = 64

    private var rows: String {
        let width = map.blocks.map { "\($0.range.network)".count }.max() ?? 0
        return stride(from: 0, to: map.blocks.count, by: Self.blocksPerRow).map { start in
            let row = map.blocks[start..<min(start + Self.blocksPerRow, map.blocks.count)]
            let address = "\(row.first?.range.network.description ?? "")"
            return address + String(repeating: " ", count: width - address.count + 2) + row.map { String(Self.sign(of: $0)) }.joined()
        }.joined(separator: "\n")
    }

    private static let meanings: [(sign: Character, meaning: String)] = [
        (".", "free"), ("p", "free, reserved for prefixes"), ("e", "free, reserved as explicit"), ("#", "delegated to a node"),
        ("@", "delegated to another"), ("n", "single addresses of nodes"), ("o", "of others"), ("m", "of both"),
        ("?", "of nobody knows whom"), ("A", "has addresses that AWS keeps"),
    ]

    static func sign(of block: BlockMap.Block) -> Character {
        switch block.state {
        case .free:
            switch block.reservation {
            case nil: "."
            case .prefix: "p"
            case .explicit: "e"
            }
        case .held(.node): "#"
        case .held: "@"
        case .blocked(let occupants): sign(of: occupants.map(\.holder))
        }
    }

    private static func sign(of holders: [BlockMap.Holder]) -> Character {
        if holders.contains(.aws) { return "A" }
        if holders.contains(.unknown) { return "?" }
        let nodes = holders.count { if case .node = $0 { true } else { false } }
        return nodes == 0 ? "o" : nodes == holders.count ? "n" : "m"
    }

    /// Of the signs that are there.
    private static func legend(of map: BlockMap) -> String {
        let signs = Set(map.blocks.map(sign))
        return meanings.filter { signs.contains($0.sign) }.map { "\($0.sign) \($0.meaning)" }.joined(separator: "   ")
    }

    // MARK: - Who blocks

    private var blockers: String {
        guard !figures.blockers.isEmpty, top > 0 else { return "" }
        let table = TextTable<Fragmentation.Blocker> { blocker in
            [
                Column("WHO BLOCKS" <- Self.name(blocker.holder)), Column("ADDRESSES" <- blocker.addresses, align: .right),
                Column("BLOCKS" <- blocker.blocks, align: .right), Column("FREED ALONE" <- blocker.blocksFreedAlone, align: .right),
                Column("FREED SO FAR" <- blocker.blocksFreedSoFar, align: .right),
            ]
        }
        let shown = figures.blockers.prefix(top)
        let rest = figures.blockers.count - shown.count
        let freed = shown.last?.blocksFreedSoFar ?? 0
        let note =
            "Were these \(shown.count) elsewhere, \(freed) more blocks would be free" + (rest > 0 ? "; \(rest) more are not shown." : ".")
        return Tables.lines(table.string(for: Array(shown), style: Style.plain)) + "\n" + note
    }

    static func name(_ holder: BlockMap.Holder) -> String {
        switch holder {
        case .aws: "AWS"
        case .node(let instance, let eni): "node \(instance) (\(eni))"
        case .other(let words): words
        case .unknown: "unknown"
        }
    }
}
