import Addressing
import CapacityPlanner
import ClusterImport
import FoundationEssentials

/// Maps for programs.
struct MapReport: Encodable {
    let schema = "berth/plan-map/1"
    let subnets: [Subnet]

    struct Subnet: Encodable {
        let id: String
        let zone: String
        let cidr: String
        let freeBlocks: Int
        let delegatedBlocks: Int
        let blockedBlocks: Int
        let reservedBlocks: Int
        let freeAddresses: Int
        /// From 0, when all that is free lies in whole blocks, to 1.
        let fragmentation: Double
        /// Ascending and without a gap.
        let blocks: [Block]
        /// Those whose leaving frees most blocks first.
        let blockers: [Blocker]
    }

    struct Block: Encodable {
        let cidr: String
        /// `free`, `delegated` or `blocked`.
        let state: String
        /// `prefix` or `explicit`; nil outside of reservations.
        let reservation: String?
        /// Of a delegated block one, of a blocked one those with the most addresses first.
        let holders: [Holder]
    }

    struct Holder: Encodable {
        /// `aws`, `node`, `other` or `unknown`.
        let kind: String
        let instance: String?
        let networkInterface: String?
        /// Of `other`: what EC2 says of its ENI.
        let name: String?
        let addresses: Int
    }

    struct Blocker: Encodable {
        let holder: Holder
        let blocks: Int
        let blocksFreedAlone: Int
        let blocksFreedSoFar: Int
    }

    init(_ maps: [BlockMap]) {
        subnets = maps.map(Subnet.init)
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension MapReport.Subnet {
    init(_ map: BlockMap) {
        let figures = Fragmentation(map)
        self.init(
            id: map.subnet.rawValue, zone: map.zone, cidr: "\(map.block)", freeBlocks: figures.freeBlocks,
            delegatedBlocks: figures.heldBlocks, blockedBlocks: figures.blockedBlocks, reservedBlocks: figures.reservedBlocks,
            freeAddresses: figures.freeAddresses, fragmentation: (figures.index * 1000).rounded() / 1000,
            blocks: map.blocks.map(MapReport.Block.init),
            blockers: figures.blockers.map {
                MapReport.Blocker(
                    holder: MapReport.Holder($0.holder, addresses: $0.addresses), blocks: $0.blocks, blocksFreedAlone: $0.blocksFreedAlone,
                    blocksFreedSoFar: $0.blocksFreedSoFar)
            })
    }
}

extension MapReport.Block {
    init(_ block: BlockMap.Block) {
        let (state, holders): (String, [MapReport.Holder]) =
            switch block.state {
            case .free: ("free", [])
            case .held(let holder): ("delegated", [MapReport.Holder(holder, addresses: block.range.count)])
            case .blocked(let occupants): ("blocked", occupants.map { MapReport.Holder($0.holder, addresses: $0.addresses) })
            }
        self.init(cidr: "\(block.range)", state: state, reservation: block.reservation?.rawValue, holders: holders)
    }
}

extension MapReport.Holder {
    init(_ holder: BlockMap.Holder, addresses: Int) {
        switch holder {
        case .aws: self.init(kind: "aws", instance: nil, networkInterface: nil, name: nil, addresses: addresses)
        case .node(let instance, let eni):
            self.init(kind: "node", instance: instance, networkInterface: eni, name: nil, addresses: addresses)
        case .other(let name): self.init(kind: "other", instance: nil, networkInterface: nil, name: name, addresses: addresses)
        case .unknown: self.init(kind: "unknown", instance: nil, networkInterface: nil, name: nil, addresses: addresses)
        }
    }
}
