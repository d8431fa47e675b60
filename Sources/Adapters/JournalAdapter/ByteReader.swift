/// Reads what ``ByteWriter`` writes, from a range of bytes of unknown origin: every read is checked against the range.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// - Precondition: the range lies in the bytes.
    package init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of \(bytes.count) bytes")
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    package var isAtEnd: Bool { position == end }

    /// Takes the next bytes and returns where they are.
    private mutating func take(_ count: Int) throws(MalformedBytes) -> Range<Int> {
        guard count <= end - position else { throw MalformedBytes() }
        defer { position += count }
        return position..<position + count
    }

    package mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(MalformedBytes) -> Number {
        try take(Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: bytes[$1]) }
    }

    package mutating func text() throws(MalformedBytes) -> String {
        let length = Int(try number(UInt16.self))
        guard length <= ByteWriter.textBytesMax else { throw MalformedBytes() }
        let range = try take(length)
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw MalformedBytes() }
        return text
    }

    /// Returns how many elements follow.
    package mutating func count() throws(MalformedBytes) -> Int {
        let count = Int(try number(UInt16.self))
        guard count <= ByteWriter.elementsMax else { throw MalformedBytes() }
        return count
    }
}

/// Bytes that are not what a writer would have written.
package struct MalformedBytes: Error {}
