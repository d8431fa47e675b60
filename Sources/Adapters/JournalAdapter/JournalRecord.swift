package import IPAMEngine

/// How an entry stands in the file: length and check of what follows (32 bits each), sequence (64 bits), operation
/// (8 bits), payload. The check covers the length too.
package enum JournalRecord {
    package static let prefixBytes = 8
    /// Sequence, operation and payload. An entry with the longest texts and lists has about 9,400 bytes.
    package static let bodyBytes = 9...16384

    /// No journal counts so far; what follows a record can always be counted.
    package static let sequenceMax = UInt64(Int64.max)

    /// Writes one record.
    package static func write(_ entry: JournalEntry, sequence: UInt64, to writer: inout ByteWriter) throws(UnwritableValue) {
        let start = writer.bytes.count
        writer.write(UInt64(0))
        writer.write(sequence)
        writer.write(entry.operation.rawValue)
        try entry.write(to: &writer)
        let length = writer.bytes.count - start - prefixBytes
        precondition(bodyBytes.contains(length), "a record of \(length) bytes would not be read again")
        writer.overwrite(at: start, with: UInt32(length))
        writer.overwrite(at: start + 4, with: checksum(of: writer.bytes, recordAt: start, length: length))
    }

    /// The check of the record at `start`, whose body has `length` bytes.
    package static func checksum(of bytes: [UInt8], recordAt start: Int, length: Int) -> UInt32 {
        let body = start + prefixBytes
        var check = CRC32C()
        check.update(bytes.span.extracting(start..<start + 4))
        check.update(bytes.span.extracting(body..<body + length))
        return check.checksum
    }
}
