public import Addressing

extension VPCModel {
    /// A part of a subnet that EC2 takes nothing from by itself but, for prefixes, delegated prefixes (VPC User Guide, "Subnet CIDR
    /// reservations"). What was taken of it before stays taken; who names an address or a block gets it all the same.
    public struct CIDRReservation: Hashable, Sendable, Codable {
        public let block: IPv4CIDR
        public let kind: Kind

        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// EC2 takes delegated prefixes from it before any other part of the subnet, and no single address.
            case prefix
            /// EC2 takes nothing from it.
            case explicit
        }

        public init(block: IPv4CIDR, kind: Kind) {
            self.block = block
            self.kind = kind
        }
    }

    /// Reserves a part of a subnet (CreateSubnetCidrReservation); takes no call from the throttle, as those who plan subnets do it.
    ///
    /// - Throws: `InvalidSubnetID.NotFound`, `InvalidParameterValue` when the block does not lie in the subnet or overlaps another
    ///   reservation.
    public mutating func reserve(_ block: IPv4CIDR, _ kind: CIDRReservation.Kind, in id: SubnetID) throws(VPCError) {
        guard let subnet = subnets[id] else { throw .noSuch(id) }
        guard subnet.block.contains(block) else {
            throw VPCError(.invalidParameterValue, "The reservation \(block) does not lie in \(id), \(subnet.block)")
        }
        if let other = subnet.reservations.first(where: { $0.block.overlaps(block) }) {
            throw VPCError(.invalidParameterValue, "The reservation \(block) overlaps the reservation \(other.block)")
        }
        subnets[id]?.reserve(CIDRReservation(block: block, kind: kind))
    }
}

/// The reserved part of a subnet.
struct ClosedSpace: Hashable, Sendable, Codable {
    private(set) var reservations: [VPCModel.CIDRReservation] = []
    /// Set where something is reserved.
    private(set) var map: AddressMap
    /// Whole /28 blocks in reservations for prefixes, ascending.
    private var blocks: [Int] = []

    init(addresses: Int) {
        map = AddressMap(count: addresses)
    }

    mutating func add(_ reservation: VPCModel.CIDRReservation, at first: Int) {
        reservations.append(reservation)
        let addresses = first..<first + reservation.block.count
        for address in addresses { map.take(address) }
        guard reservation.kind == .prefix, addresses.count >= AddressMap.blockSize else { return }
        blocks = (blocks + (first / AddressMap.blockSize..<addresses.upperBound / AddressMap.blockSize)).sorted()
    }

    /// Blocks for prefixes of which nothing is taken.
    func freeBlocks(in taken: AddressMap) -> [Int] { blocks.filter(taken.isFree(block:)) }
}
