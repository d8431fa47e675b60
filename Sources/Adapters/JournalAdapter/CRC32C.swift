/// The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4): finds every error of up to 32
/// neighbouring bits, so also every damaged byte.
struct CRC32C {
    private var remainder = UInt32.max

    /// The check of everything taken in so far.
    var checksum: UInt32 { ~remainder }

    /// Takes in further bytes: eight at a time by eight tables, since one at a time costs as much as the system call.
    mutating func update(_ bytes: Span<UInt8>) {
        var index = 0
        while index + 8 <= bytes.count {
            let low = remainder ^ Self.word(bytes, at: index)
            let high = Self.word(bytes, at: index + 4)
            remainder = Self.fold(low, tables: 4) ^ Self.fold(high, tables: 0)
            index += 8
        }
        while index < bytes.count {
            remainder = Self.tables[Int(UInt8(truncatingIfNeeded: remainder) ^ bytes[index])] ^ remainder >> 8
            index += 1
        }
    }

    private static func word(_ bytes: Span<UInt8>, at index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
    }

    /// What four bytes, with `tables` to `tables + 3` more bytes behind each, leave as remainder.
    private static func fold(_ word: UInt32, tables first: Int) -> UInt32 {
        let all = tables
        return all[(first + 3) << 8 | Int(word & 0xff)] ^ all[(first + 2) << 8 | Int(word >> 8 & 0xff)]
            ^ all[(first + 1) << 8 | Int(word >> 16 & 0xff)] ^ all[first << 8 | Int(word >> 24)]
    }

    /// Eight tables of 256 words: what one byte leaves as remainder with 0, 1, … 7 zero bytes behind it.
    private static let tables: [UInt32] = {
        let reversedPolynomial: UInt32 = 0x82f6_3b78
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { word, _ in word >> 1 ^ (word & 1 == 1 ? reversedPolynomial : 0) }
        }
        for index in 256..<2048 {
            let shorter = tables[index - 256]
            tables.append(tables[Int(shorter & 0xff)] ^ shorter >> 8)
        }
        return tables
    }()
}
