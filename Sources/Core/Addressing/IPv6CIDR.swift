/// A block of IPv6 addresses: a network address and a prefix length from 0 to 128.
///
/// The network address never has a bit set behind the prefix length.
public struct IPv6CIDR: Hashable, Sendable {
    public let network: IPv6Address
    /// The mask length in bits, 0 to 128.
    public let prefixLength: Int

    /// The block of this prefix length that holds `address`.
    ///
    /// - Precondition: `prefixLength` is from 0 to 128.
    public init(containing address: IPv6Address, prefixLength: Int) {
        precondition((0...128).contains(prefixLength), "IPv6 prefix length \(prefixLength) is not from 0 to 128")
        network = IPv6Address(bits: address.bits & Self.mask(prefixLength))
        self.prefixLength = prefixLength
    }

    /// The block that holds `address` alone.
    public init(host address: IPv6Address) {
        network = address
        prefixLength = 128
    }

    /// Parses `address/length`; nil when a bit behind the mask is set.
    public init?(_ text: some StringProtocol) {
        guard let (address, length) = splitCIDR(text, prefixLengthMax: 128), let address = IPv6Address(address) else { return nil }
        guard address.bits & ~Self.mask(length) == 0 else { return nil }
        network = address
        prefixLength = length
    }

    public var first: IPv6Address { network }
    public var last: IPv6Address { IPv6Address(bits: network.bits | ~Self.mask(prefixLength)) }

    /// Returns the address `offset` places behind the network address.
    ///
    /// - Precondition: `offset` lies in the block.
    public subscript(offset: UInt128) -> IPv6Address {
        precondition(offset & Self.mask(prefixLength) == 0, "offset \(offset) is outside \(self)")
        return IPv6Address(bits: network.bits | offset)
    }

    public func contains(_ address: IPv6Address) -> Bool {
        address.bits & Self.mask(prefixLength) == network.bits
    }

    public func contains(_ other: IPv6CIDR) -> Bool {
        other.prefixLength >= prefixLength && contains(other.network)
    }

    public func overlaps(_ other: IPv6CIDR) -> Bool {
        contains(other.network) || other.contains(network)
    }

    private static func mask(_ length: Int) -> UInt128 {
        length == 0 ? 0 : ~0 << UInt128(128 - length)
    }
}

extension IPv6CIDR: Comparable {
    /// By network address, larger blocks first.
    public static func < (a: IPv6CIDR, b: IPv6CIDR) -> Bool {
        (a.network.bits, a.prefixLength) < (b.network.bits, b.prefixLength)
    }
}

extension IPv6CIDR: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        self.init(description[...])
    }

    public var description: String { "\(network)/\(prefixLength)" }
}

extension IPv6CIDR: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
