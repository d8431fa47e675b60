/// Appends numbers and texts to a list of bytes; numbers in little-endian order.
package struct ByteWriter {
    /// Bytes of UTF-8 that a text may have.
    package static let textBytesMax = 1024
    /// Elements that a list may have; no ENI of any instance type holds a tenth of it.
    package static let elementsMax = 1024

    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    package mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a number at an earlier place, which holds zeros until then.
    package mutating func overwrite(at offset: Int, with number: UInt32) {
        for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: number >> UInt32(8 * byte)) }
    }

    /// Writes the length as 16 bits and the UTF-8.
    package mutating func write(_ text: String) throws(UnwritableValue) {
        let length = text.utf8.count
        guard length <= Self.textBytesMax else {
            throw UnwritableValue("a text of \(length) bytes is longer than \(Self.textBytesMax): \"\(text.prefix(32))…\"")
        }
        write(UInt16(length))
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes how many elements follow, as 16 bits.
    package mutating func write(countOf elements: some Collection) throws(UnwritableValue) {
        guard elements.count <= Self.elementsMax else {
            throw UnwritableValue("a list of \(elements.count) elements is longer than \(Self.elementsMax)")
        }
        write(UInt16(elements.count))
    }
}

/// A value that has no place in the journal, with the reason.
package struct UnwritableValue: Error {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
