/// An IPv6 address: 128 bits, kept as two words, which need half the alignment and so less room wherever one may be missing.
public struct IPv6Address: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// The bits in host byte order: `::1` is 1.
    public var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

    public init(bits: UInt128) {
        high = UInt64(truncatingIfNeeded: bits >> 64)
        low = UInt64(truncatingIfNeeded: bits)
    }

    /// Parses the forms of RFC 4291 §2.2: full, with one `::`, and with a dotted IPv4 tail. Zones (`%eth0`) are refused.
    public init?(_ text: some StringProtocol) {
        var scanner = ByteScanner(text.utf8)
        var groups: [UInt16] = []
        var gap: Int?

        if scanner.take(UInt8(ascii: ":")) {
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            gap = 0
        }
        while !scanner.isAtEnd {
            let beforeGroup = scanner
            guard groups.count < 8, let group = scanner.takeHex(digitsMax: 4) else { return nil }
            if scanner.next == UInt8(ascii: ".") {
                scanner = beforeGroup
                guard groups.count <= 6, let tail = Self.takeDotted(&scanner) else { return nil }
                groups += [UInt16(tail >> 16), UInt16(tail & 0xffff)]
                break
            }
            groups.append(UInt16(group))
            if scanner.isAtEnd { break }
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            if scanner.take(UInt8(ascii: ":")) {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if scanner.isAtEnd {
                return nil
            }
        }
        guard scanner.isAtEnd else { return nil }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        self.init(bits: groups.reduce(0) { $0 << 16 | UInt128($1) })
    }

    /// The eight 16-bit groups, first one first.
    public var groups: [UInt16] {
        (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * $0)) }
    }

    /// The sixteen octets in network order.
    public var octets: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * $0)) }
    }

    /// Returns the address `offset` places further, or nil when that leaves the IPv6 space.
    public func advanced(by offset: UInt128) -> IPv6Address? {
        let (sum, overflow) = bits.addingReportingOverflow(offset)
        return overflow ? nil : IPv6Address(bits: sum)
    }

    /// Whether the address is in `fe80::/10` (RFC 4291 §2.5.6).
    public var isLinkLocal: Bool { bits >> 118 == 0xfe80 >> 6 }

    private static func takeDotted(_ scanner: inout ByteScanner<some Collection<UInt8>>) -> UInt32? {
        var bits: UInt32 = 0
        for part in 0..<4 {
            if part > 0 && !scanner.take(UInt8(ascii: ".")) { return nil }
            guard let octet = scanner.takeDecimal(atMost: 255) else { return nil }
            bits = bits << 8 | UInt32(octet)
        }
        return bits
    }
}

extension IPv6Address: Comparable {
    public static func < (a: IPv6Address, b: IPv6Address) -> Bool { a.bits < b.bits }
}

extension IPv6Address: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        self.init(description[...])
    }

    /// The canonical text of RFC 5952: lower case, no leading zeros, the first longest run of two or more zero
    /// groups as `::`, and the IPv4-mapped range (RFC 4291 §2.5.5.2) with a dotted tail.
    public var description: String {
        if bits >> 32 == 0xffff {
            return "::ffff:\(IPv4Address(bits: UInt32(truncatingIfNeeded: bits)))"
        }
        let groups = groups
        guard let gap = Self.longestZeroRun(in: groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let head = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        let tail = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
        return "\(head)::\(tail)"
    }

    private static func longestZeroRun(in groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            guard groups[start] == 0 else { start += 1; continue }
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(1, longest?.count ?? 0) { longest = start..<end }
            start = end
        }
        return longest
    }
}

extension IPv6Address: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
