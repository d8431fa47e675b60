/// A 48-bit Ethernet address.
public struct MACAddress: Hashable, Sendable {
    /// The address in the low 48 bits, first octet highest.
    public let bits: UInt64

    /// - Precondition: the upper 16 bits are zero.
    public init(bits: UInt64) {
        precondition(bits >> 48 == 0, "a MAC address has 48 bits, not \(bits)")
        self.bits = bits
    }

    /// Parses six colon-separated groups of two hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        var scanner = ByteScanner(text.utf8)
        var bits: UInt64 = 0
        guard text.utf8.count == 17 else { return nil }
        for group in 0..<6 {
            if group > 0 && !scanner.take(UInt8(ascii: ":")) { return nil }
            guard let octet = scanner.takeHex(digitsMax: 2) else { return nil }
            bits = bits << 8 | octet
        }
        guard scanner.isAtEnd else { return nil }
        self.bits = bits
    }

    /// A unicast address of the locally administered range (IEEE 802 §8.4), made from the low 48 bits of `seed`.
    ///
    /// Bits 40 and 41 of the seed are lost: they say "unicast" and "locally administered".
    public init(locallyAdministered seed: UInt64) {
        bits = (seed & 0xfcff_ffff_ffff) | 0x0200_0000_0000
    }

    /// The six octets in the order they are sent.
    public var octets: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: bits >> UInt64(40 - 8 * $0)) }
    }
}

extension MACAddress: Comparable {
    public static func < (a: MACAddress, b: MACAddress) -> Bool { a.bits < b.bits }
}

extension MACAddress: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        self.init(description[...])
    }

    /// Lower case, colon-separated.
    public var description: String {
        octets.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined(separator: ":")
    }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
