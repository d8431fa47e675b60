/// An IPv4 address, kept as its 32 bits in host byte order.
public struct IPv4Address: Hashable, Sendable {
    /// The bits of the address: `10.0.0.1` is `0x0a00_0001`.
    public let bits: UInt32

    public init(bits: UInt32) {
        self.bits = bits
    }

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        bits = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Parses dotted decimal: four numbers from 0 to 255 without leading zeros.
    ///
    /// Leading zeros are refused because some readers take them for octal (RFC 6943 §3.1.1).
    public init?(_ text: some StringProtocol) {
        var scanner = ByteScanner(text.utf8)
        var bits: UInt32 = 0
        for part in 0..<4 {
            if part > 0 && !scanner.take(UInt8(ascii: ".")) { return nil }
            guard let octet = scanner.takeDecimal(atMost: 255) else { return nil }
            bits = bits << 8 | UInt32(octet)
        }
        guard scanner.isAtEnd else { return nil }
        self.bits = bits
    }

    /// The four octets in network order.
    public var octets: [UInt8] {
        [UInt8(bits >> 24), UInt8(bits >> 16 & 0xff), UInt8(bits >> 8 & 0xff), UInt8(bits & 0xff)]
    }

    /// Returns the address `offset` places further, or nil when that leaves the IPv4 space.
    public func advanced(by offset: Int) -> IPv4Address? {
        let (sum, overflow) = Int(bits).addingReportingOverflow(offset)
        return overflow ? nil : UInt32(exactly: sum).map(IPv4Address.init(bits:))
    }

    /// Returns how many places `other` lies behind this address; negative when it lies before.
    public func distance(to other: IPv4Address) -> Int {
        Int(other.bits) - Int(bits)
    }
}

extension IPv4Address: Comparable {
    public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.bits < b.bits }
}

extension IPv4Address: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        self.init(description[...])
    }

    /// Dotted decimal.
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xff).\(bits >> 8 & 0xff).\(bits & 0xff)"
    }
}

extension IPv4Address: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
