package import IPAMEngine

/// What the records of a file say, up to the first one that is bad.
package struct JournalScan {
    package private(set) var entries: [JournalEntry] = []
    /// Good records, those with unknown operations among them.
    package private(set) var recordCount = 0
    package private(set) var unknownRecords = 0
    package private(set) var lastSequence: UInt64 = 0
    /// Where the last good record ends.
    package private(set) var end: Int
    /// What is wrong with the record at `end`; nil when the file ends there.
    package private(set) var fault: RecordFault?

    private let bytes: [UInt8]

    /// Reads the records of a whole file, which begin at `start`.
    package init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        end = start
        while end < bytes.count, fault == nil {
            do throws(RecordFault) {
                try readRecord()
            } catch {
                fault = error
            }
        }
    }

    private mutating func readRecord() throws(RecordFault) {
        let body = try bodyOfNextRecord()
        var reader = ByteReader(bytes, in: body)
        guard let sequence = try? reader.number(UInt64.self), let number = try? reader.number(UInt8.self) else { throw .badLength }
        guard sequence > lastSequence, sequence <= JournalRecord.sequenceMax else { throw .badSequence }
        if let operation = JournalOperation(rawValue: number) {
            guard let entry = try? JournalEntry(operation, from: &reader) else { throw .badPayload }
            entries.append(entry)
        } else {
            unknownRecords += 1
        }
        recordCount += 1
        lastSequence = sequence
        end = body.upperBound
    }

    /// Finds the record at `end`, whole and with the right check.
    private func bodyOfNextRecord() throws(RecordFault) -> Range<Int> {
        let left = bytes.count - end - JournalRecord.prefixBytes
        var reader = ByteReader(bytes, in: end..<bytes.count)
        guard let length = try? reader.number(UInt32.self), let check = try? reader.number(UInt32.self) else { throw .cutOff }
        guard JournalRecord.bodyBytes.contains(Int(length)) else { throw .badLength }
        guard length <= left else { throw .cutOff }
        guard check == JournalRecord.checksum(of: bytes, recordAt: end, length: Int(length)) else { throw .badChecksum }
        let body = end + JournalRecord.prefixBytes
        return body..<body + Int(length)
    }
}

/// What is wrong with a record.
public enum RecordFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file ends inside of it, as after a crash in the middle of a write.
    case cutOff
    /// It is shorter or longer than any record.
    case badLength
    case badChecksum
    /// It is not numbered higher than the one before.
    case badSequence
    /// Its check is right but its operation has no such payload.
    case badPayload

    public var description: String {
        switch self {
        case .cutOff: "is cut off"
        case .badLength: "has an impossible length"
        case .badChecksum: "has a wrong checksum"
        case .badSequence: "is out of sequence"
        case .badPayload: "cannot be understood"
        }
    }
}
