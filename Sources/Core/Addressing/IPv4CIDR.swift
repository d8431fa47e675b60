/// A block of IPv4 addresses: a network address and a prefix length from 0 to 32.
///
/// The network address never has a bit set behind the prefix length.
public struct IPv4CIDR: Hashable, Sendable {
    public let network: IPv4Address
    /// The mask length in bits, 0 to 32.
    public let prefixLength: Int

    /// The block of this prefix length that holds `address`.
    ///
    /// - Precondition: `prefixLength` is from 0 to 32.
    public init(containing address: IPv4Address, prefixLength: Int) {
        precondition((0...32).contains(prefixLength), "IPv4 prefix length \(prefixLength) is not from 0 to 32")
        network = IPv4Address(bits: address.bits & Self.mask(prefixLength))
        self.prefixLength = prefixLength
    }

    /// The block that holds `address` alone.
    public init(host address: IPv4Address) {
        network = address
        prefixLength = 32
    }

    /// Parses `address/length`; nil when a bit behind the mask is set.
    public init?(_ text: some StringProtocol) {
        guard let (address, length) = splitCIDR(text, prefixLengthMax: 32), let address = IPv4Address(address) else { return nil }
        guard address.bits & ~Self.mask(length) == 0 else { return nil }
        network = address
        prefixLength = length
    }

    /// How many addresses the block holds, from 1 to 2³².
    public var count: Int { 1 << (32 - prefixLength) }
    public var first: IPv4Address { network }
    public var last: IPv4Address { IPv4Address(bits: network.bits | ~Self.mask(prefixLength)) }

    /// Returns the address `offset` places behind the network address.
    ///
    /// - Precondition: `offset` is from 0 to `count - 1`.
    public subscript(offset: Int) -> IPv4Address {
        precondition(offset >= 0 && offset < count, "offset \(offset) is outside \(self), which holds \(count) addresses")
        return IPv4Address(bits: network.bits + UInt32(offset))
    }

    /// The addresses of the block in ascending order; computed, not stored.
    public var addresses: some RandomAccessCollection<IPv4Address> {
        (0..<count).lazy.map { IPv4Address(bits: network.bits + UInt32($0)) }
    }

    public func contains(_ address: IPv4Address) -> Bool {
        address.bits & Self.mask(prefixLength) == network.bits
    }

    public func contains(_ other: IPv4CIDR) -> Bool {
        other.prefixLength >= prefixLength && contains(other.network)
    }

    public func overlaps(_ other: IPv4CIDR) -> Bool {
        contains(other.network) || other.contains(network)
    }

    /// The aligned blocks of `prefixLength` inside this one, in ascending order; empty when this one is smaller.
    public func blocks(ofPrefixLength length: Int) -> [IPv4CIDR] {
        guard length >= prefixLength && length <= 32 else { return [] }
        return (0..<(1 << (length - prefixLength))).map { index in
            IPv4CIDR(containing: IPv4Address(bits: network.bits + UInt32(index << (32 - length))), prefixLength: length)
        }
    }

    private static func mask(_ length: Int) -> UInt32 {
        length == 0 ? 0 : ~0 << UInt32(32 - length)
    }
}

extension IPv4CIDR: Comparable {
    /// By network address, larger blocks first.
    public static func < (a: IPv4CIDR, b: IPv4CIDR) -> Bool {
        (a.network.bits, a.prefixLength) < (b.network.bits, b.prefixLength)
    }
}

extension IPv4CIDR: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        self.init(description[...])
    }

    public var description: String { "\(network)/\(prefixLength)" }
}

extension IPv4CIDR: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}

/// Splits `address/length` and reads the length, which must be from 0 to `prefixLengthMax`.
func splitCIDR<Text: StringProtocol>(_ text: Text, prefixLengthMax: Int) -> (Text.SubSequence, Int)? {
    guard let slash = text.firstIndex(of: "/") else { return nil }
    var scanner = ByteScanner(text[text.index(after: slash)...].utf8)
    guard let length = scanner.takeDecimal(atMost: prefixLengthMax), scanner.isAtEnd else { return nil }
    return (text[..<slash], length)
}
