/// Reads the small grammars of addresses from UTF-8, one byte at a time, without allocating.
struct ByteScanner<Bytes: Collection> where Bytes.Element == UInt8 {
    private var rest: Bytes.SubSequence

    init(_ bytes: Bytes) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }
    var next: UInt8? { rest.first }

    /// Consumes `byte` if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// Consumes a decimal number up to `limit`, written without a leading zero.
    mutating func takeDecimal(atMost limit: Int) -> Int? {
        guard let first = rest.first, let digit = decimalValue(first) else { return nil }
        rest.removeFirst()
        var value = digit
        while let byte = rest.first, let digit = decimalValue(byte) {
            guard value != 0 else { return nil }
            value = value * 10 + digit
            guard value <= limit else { return nil }
            rest.removeFirst()
        }
        return value <= limit ? value : nil
    }

    /// Consumes one to `digitsMax` hexadecimal digits.
    mutating func takeHex(digitsMax: Int) -> UInt64? {
        var value: UInt64 = 0
        var digits = 0
        while digits < digitsMax, let byte = rest.first, let digit = hexValue(byte) {
            value = value << 4 | UInt64(digit)
            digits += 1
            rest.removeFirst()
        }
        return digits == 0 ? nil : value
    }

    private func decimalValue(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

/// Decodes a value from the text that its description prints.
func decodeText<Value: LosslessStringConvertible>(from decoder: any Decoder) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Value(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not one of \(Value.self)")
    }
    return value
}

func encodeText(_ value: some CustomStringConvertible, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value.description)
}
