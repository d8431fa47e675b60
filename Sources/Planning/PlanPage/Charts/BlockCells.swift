import CapacityPlanner

/// A subnet's blocks as squares, one for each or one for several that are neighbours.
struct BlockCells {
    /// In the order of the addresses.
    let kinds: [Kind]
    /// A power of two.
    let blocksPerCell: Int

    enum Kind: String, CaseIterable {
        case free, reserved, kept, held, blocked, aws, mixed

        init(_ block: BlockMap.Block) {
            switch (block.state, block.reservation) {
            case (.free, nil): self = .free
            case (.free, .prefix): self = .reserved
            case (.free, .explicit): self = .kept
            case (.held, _): self = .held
            case (.blocked(let occupants), _): self = occupants.allSatisfy { $0.holder == .aws } ? .aws : .blocked
            }
        }

        var fill: Fill {
            switch self {
            case .free: .free
            case .reserved: .reserved
            case .kept: .kept
            case .held: .cluster
            case .blocked: .others
            case .aws: .aws
            case .mixed: .mixed
            }
        }

        var words: String {
            switch self {
            case .free: "free"
            case .reserved: "free, reserved for prefixes"
            case .kept: "free, in an explicit reservation"
            case .held: "held as a prefix"
            case .blocked: "blocked by single addresses"
            case .aws: "blocked by AWS's own addresses"
            case .mixed: "not all alike"
            }
        }
    }

    /// - Parameter cellsMax: The most squares; 1 or more.
    init(_ map: BlockMap, cellsMax: Int) {
        var size = 1
        while map.blocks.count > cellsMax * size { size *= 2 }
        let kinds = map.blocks.map(Kind.init)
        blocksPerCell = size
        self.kinds = stride(from: 0, to: kinds.count, by: size).map { start in
            let part = kinds[start..<min(kinds.count, start + size)]
            return part.allSatisfy { $0 == part.first } ? part.first ?? .mixed : .mixed
        }
    }

    /// How many blocks of each kind a map has; kinds without any are left out.
    static func counts(of map: BlockMap) -> [Kind: Int] {
        map.blocks.reduce(into: [:]) { $0[Kind($1), default: 0] += 1 }
    }
}
