public import Addressing

/// The addresses with which pods reach hosts of the family that their own address is not of: the node translates them to its
/// own address (reference §3.9). They mean something on this node alone.
///
/// An address is looked for behind the one given last, so that one that came back rests as long as the range allows.
public struct EgressRange: Sendable {
    /// 1,024 addresses; the first two and the last are never given, as in the incumbent's, which counts a gateway among them.
    public let block: CIDR
    private var words = [UInt64](repeating: 0, count: Self.addressCount / 64)
    private var next: Int

    /// The most pods of a node that can hold an address at once.
    public static let podsMax = offsets.count
    public static let ipv4 = CIDR.v4(IPv4CIDR(containing: IPv4Address(169, 254, 172, 0), prefixLength: 22))
    public static let ipv6 = CIDR.v6(IPv6CIDR(containing: IPv6Address(bits: 0xfd00 << 112 | 0xac << 16), prefixLength: 118))

    private static let addressCount = 1024
    private static let offsets = 2..<addressCount - 1

    /// - Parameter family: That of the hosts to be reached.
    public init(_ family: AddressFamily) {
        block = Self.block(of: family)
        next = Self.offsets.lowerBound
    }

    public static func block(of family: AddressFamily) -> CIDR {
        switch family {
        case .v4: ipv4
        case .v6: ipv6
        }
    }

    /// Takes an address that nobody holds; nil when every one is held.
    public mutating func take() -> IPAddress? {
        for _ in Self.offsets {
            let offset = next
            next = offset + 1 < Self.offsets.upperBound ? offset + 1 : Self.offsets.lowerBound
            if claim(offset) { return address(offset) }
        }
        return nil
    }

    /// Takes the very address, as that of a pod which a restarted daemon finds.
    ///
    /// - Returns: Whether it was free; false as well for one that is not of the range.
    public mutating func claim(_ address: IPAddress) -> Bool {
        guard let offset = offset(of: address) else { return false }
        return claim(offset)
    }

    /// Gives an address back. One that is not held is passed over: a DEL may come twice.
    public mutating func release(_ address: IPAddress) {
        guard let offset = offset(of: address) else { return }
        words[offset / 64] &= ~(1 << UInt64(offset % 64))
    }

    private mutating func claim(_ offset: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(offset % 64)
        guard words[offset / 64] & bit == 0 else { return false }
        words[offset / 64] |= bit
        return true
    }

    private func address(_ offset: Int) -> IPAddress {
        switch block {
        case .v4(let block): .v4(block[offset])
        case .v6(let block): .v6(block[UInt128(offset)])
        }
    }

    private func offset(of address: IPAddress) -> Int? {
        let offset: Int? =
            switch (block, address) {
            case (.v4(let block), .v4(let address)) where block.contains(address): Int(address.bits - block.network.bits)
            case (.v6(let block), .v6(let address)) where block.contains(address): Int(address.bits - block.network.bits)
            default: nil
            }
        return offset.flatMap { Self.offsets.contains($0) ? $0 : nil }
    }
}
