package import IPAMEngine

/// The open journal and where its good records end.
package struct JournalFile: ~Copyable, Sendable {
    /// Far above what compaction lets a journal grow to (1 MiB, or twice what is alive).
    package static let bytesMax = 64 << 20

    private var file: OpenFile
    private let header: [UInt8]
    /// Where the last good record ends, in bytes.
    package private(set) var end: Int
    package private(set) var recordCount: Int
    private var lastSequence: UInt64
    /// Whether there may be a part of a failed write behind `end`.
    private var isTorn = false
    private var writer = ByteWriter()

    package init(_ file: consuming OpenFile, header: [UInt8], end: Int, recordCount: Int = 0, lastSequence: UInt64 = 0) {
        self.file = file
        self.header = header
        self.end = end
        self.recordCount = recordCount
        self.lastSequence = lastSequence
    }

    /// Appends all the entries with one write, or none of them.
    package mutating func append(_ entries: [JournalEntry]) throws(JournalError) {
        guard !entries.isEmpty else { return }
        try mend()
        writer.removeAll()
        try Self.write(entries, after: lastSequence, to: &writer)
        try checkSize(end + writer.bytes.count)
        isTorn = true
        do throws(JournalError) {
            try file.write(writer.bytes)
            isTorn = false
        } catch {
            // Where even this fails, the next append begins with it.
            try? mend()
            throw error
        }
        end += writer.bytes.count
        recordCount += entries.count
        lastSequence += UInt64(entries.count)
    }

    /// Puts a journal of these entries alone in this one's place; after an error this one is as it was.
    mutating func compact(to snapshot: [JournalEntry], in directory: JournalDirectory) throws(JournalError) {
        var fresh = ByteWriter()
        for byte in header { fresh.write(byte) }
        try Self.write(snapshot, after: lastSequence, to: &fresh)
        try checkSize(fresh.bytes.count)
        file = try directory.replaceJournal(with: fresh.bytes)
        isTorn = false
        end = fresh.bytes.count
        recordCount = snapshot.count
        lastSequence += UInt64(snapshot.count)
    }

    /// Takes away what a failed write left behind the last good record.
    private mutating func mend() throws(JournalError) {
        guard isTorn else { return }
        try file.truncate(to: end)
        isTorn = false
    }

    private func checkSize(_ bytes: Int) throws(JournalError) {
        guard bytes <= Self.bytesMax else { throw .full(path: file.path, bytes: bytes, bytesMax: Self.bytesMax) }
    }

    private static func write(
        _ entries: [JournalEntry], after sequence: UInt64, to writer: inout ByteWriter
    ) throws(JournalError) {
        var sequence = sequence
        for entry in entries {
            sequence += 1
            do throws(UnwritableValue) {
                try JournalRecord.write(entry, sequence: sequence, to: &writer)
            } catch {
                throw .unwritableEntry(error.reason)
            }
        }
    }
}
