import Addressing
import Glibc
import IPAMEngine
import JournalAdapter
import Testing

@Suite struct JournalRecoveryTests {
    /// One entry of each kind, and the bytes of a journal that holds them.
    private let entries: [JournalEntry]
    private let bytes: [UInt8]
    /// Where the header and each record end.
    private let ends: [Int]
    private let bootID: BootID

    init() throws {
        var generator = EntryGenerator(seed: 3)
        entries = generator.oneOfEach()
        bootID = try BootID.current()
        var writer = ByteWriter()
        var ends = [JournalHeader.byteCount]
        for byte in JournalHeader(bootID: bootID).bytes { writer.write(byte) }
        for (index, entry) in entries.enumerated() {
            try JournalRecord.write(entry, sequence: UInt64(index) + 1, to: &writer)
            ends.append(writer.bytes.count)
        }
        bytes = writer.bytes
        self.ends = ends
    }

    @Test func journalCutAnywhereGivesItsWholeRecords() throws {
        let folder = try TemporaryFolder()
        for length in 0...bytes.count {
            let recovered = try recover(Array(bytes[..<length]), in: folder)
            let whole = ends.count { $0 <= length } - 1
            #expect(recovered.entries == Array(entries[..<max(0, whole)]), "cut at \(length)")
            #expect((recovered.setAside == nil) == ends.contains(length), "cut at \(length)")
            if length > JournalHeader.byteCount, !ends.contains(length) {
                #expect(recovered.setAside?.reason == .badRecord(.cutOff, offset: ends[whole]), "cut at \(length)")
            }
        }
    }

    @Test func everyDamagedByteIsFoundAndEndsTheJournalThere() throws {
        let folder = try TemporaryFolder()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0xff
            let recovered = try recover(damaged, in: folder)
            #expect(recovered.entries == Array(entries[..<recordsBefore(index)]), "byte \(index)")
            #expect(recovered.setAside != nil, "byte \(index)")
        }
    }

    @Test func everyDamagedBitIsFound() {
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                if index < JournalHeader.byteCount {
                    #expect(JournalHeader(damaged) == nil, "byte \(index) bit \(bit)")
                } else {
                    let scan = JournalScan(damaged, from: JournalHeader.byteCount)
                    #expect(scan.recordCount == recordsBefore(index) && scan.fault != nil, "byte \(index) bit \(bit)")
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...200) func noiseIsNeitherATrapNorAnEntry(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let noise = (0..<Int.random(in: 0...400, using: &random)).map { _ in random.next(as: UInt8.self) }
        #expect(JournalHeader(noise) == nil)
        #expect(JournalScan(noise, from: 0).entries == [])
    }

    @Test func damagedFileIsKeptWholeAndTheGoodPartGoesOn() throws {
        let folder = try TemporaryFolder()
        var damaged = bytes
        damaged[ends[4] + 20] ^= 4
        let more = JournalEntry.gone(IPv4Address(10, 0, 0, 1))
        try writeBytes(damaged, to: folder.journal)
        do {
            let (journal, recovered) = try Journal.open(directory: folder.path)
            let kept = "\(folder.path)/journal.damaged-1"
            let reason = SetAside.Reason.badRecord(.badChecksum, offset: ends[4])
            #expect(recovered.setAside == SetAside(path: kept, reason: reason, unusedBytes: bytes.count - ends[4]))
            #expect(
                "\(recovered)" == """
                    4 records; the record at byte \(ends[4]) has a wrong checksum: \(bytes.count - ends[4]) bytes not used, \
                    the whole file kept as \(kept)
                    """)
            #expect(try readBytes(kept) == damaged)
            try journal.append([more])
        }
        #expect(try Journal.open(directory: folder.path).recovered == Recovered(entries: entries[..<4] + [more], recordCount: 5))
    }

    @Test func fiveDamagedFilesAreKeptAndTheOldestGoes() throws {
        let folder = try TemporaryFolder()
        for _ in 1...12 { _ = try recover(Array(bytes.dropLast()), in: folder) }
        #expect(folder.setAside == [10, 11, 12, 8, 9].map { "journal.damaged-\($0)" })
    }

    @Test func namesThatOnlyLookLikeDamagedFilesAreLeftAlone() throws {
        let folder = try TemporaryFolder()
        let others = ["journal.damaged-", "journal.damaged-x", "journal.damaged--3", "journal.damaged-9223372036854775807"]
        for name in others { try writeBytes([], to: "\(folder.path)/\(name)") }
        for _ in 1...7 { _ = try recover([], in: folder) }
        #expect(folder.setAside == (others + (3...7).map { "journal.damaged-\($0)" }).sorted())
    }

    @Test func journalOfAnotherBootIsEndedAndKept() throws {
        let folder = try TemporaryFolder()
        let earlier = try #require(BootID("00000000-0000-4000-8000-000000000000".utf8))
        try writeBytes(bytes, to: folder.journal)
        do {
            let (journal, recovered) = try Journal.open(directory: folder.path, bootID: earlier)
            let kept = "\(folder.path)/journal.ended-1"
            #expect(recovered == Recovered(setAside: SetAside(path: kept, reason: .endedByReboot, unusedBytes: bytes.count)))
            #expect(try readBytes(kept) == bytes)
            try journal.append([entries[0]])
        }
        #expect(try Journal.open(directory: folder.path, bootID: earlier).recovered.entries == [entries[0]])
        #expect(try Journal.open(directory: folder.path).recovered.setAside?.reason == .endedByReboot)
        #expect(folder.setAside == ["journal.ended-1", "journal.ended-2"])
    }

    @Test func journalOfALaterFormatIsNotTouchedButKept() throws {
        let folder = try TemporaryFolder()
        let later = JournalHeader(format: JournalHeader.format + 1, bootID: bootID).bytes + bytes[JournalHeader.byteCount...]
        let recovered = try recover(later, in: folder)
        #expect(recovered.entries == [])
        #expect(recovered.setAside?.reason == .unknownFormat(JournalHeader.format + 1))
        #expect(try readBytes("\(folder.path)/journal.damaged-1") == later)
    }

    @Test func operationsOfALaterVersionAreSkippedCountedAndKept() throws {
        let folder = try TemporaryFolder()
        let unknown = record(sequence: UInt64(entries.count + 1), operation: 200, payload: [1, 2, 3])
        let known = record(sequence: UInt64(entries.count + 2), operation: 4, payload: [1, 1, 0, 0, 10])
        let last = JournalEntry.gone(IPv4Address(10, 0, 0, 1))
        let recovered = try recover(bytes + unknown + known, in: folder)
        #expect(recovered == Recovered(entries: entries + [last], recordCount: entries.count + 2, unknownRecords: 1))
        #expect("\(recovered)" == "\(entries.count + 2) records, 1 of a later version skipped")

        let repaired = try recover(bytes + unknown + known + [0], in: folder)
        #expect(repaired.unknownRecords == 1)
        #expect(try readBytes(folder.journal) == bytes + unknown + known)
    }

    @Test func recordsOutOfSequenceEndTheJournal() throws {
        let folder = try TemporaryFolder()
        for sequence in [UInt64(0), UInt64(entries.count - 1), UInt64(entries.count), UInt64(Int64.max) + 1, .max] {
            let repeated = record(sequence: sequence, operation: 4, payload: [1, 1, 0, 0, 10])
            let recovered = try recover(bytes + repeated, in: folder)
            #expect(recovered.entries == entries)
            #expect(recovered.setAside?.reason == .badRecord(.badSequence, offset: bytes.count), "sequence \(sequence)")
        }
        let farAhead = try recover(bytes + record(sequence: UInt64(Int64.max), operation: 4, payload: [1, 1, 0, 0, 10]), in: folder)
        #expect(farAhead.recordCount == entries.count + 1)
    }

    @Test(arguments: [
        (UInt8(4), [1, 0, 0, 0], RecordFault.badPayload),
        (4, [1, 0, 0, 0, 0, 0], .badPayload),
        (4, [0, 0, 0, 0, 0], .badPayload),
        (5, [5, 0] + Array("sg-12".utf8), .badPayload),
        (5, [5, 0] + Array("eni-".utf8) + [0xff], .badPayload),
        (200, [UInt8](repeating: 0, count: 16376), .badLength),
    ])
    func recordWithARightChecksumAndAWrongContentEndsTheJournal(operation: UInt8, payload: [UInt8], fault: RecordFault) throws {
        let folder = try TemporaryFolder()
        let recovered = try recover(bytes + record(sequence: UInt64(entries.count + 1), operation: operation, payload: payload), in: folder)
        #expect(recovered.entries == entries)
        #expect(recovered.setAside?.reason == .badRecord(fault, offset: bytes.count))
    }

    @Test func fileLongerThanAnyJournalIsReadToTheLimit() throws {
        let folder = try TemporaryFolder()
        try writeBytes(bytes, to: folder.journal)
        try #require(truncate(folder.journal, off_t(JournalFile.bytesMax) + 4096) == 0)
        let (_, recovered) = try Journal.open(directory: folder.path)
        #expect(recovered.entries == entries)
        #expect(recovered.setAside?.reason == .badRecord(.badLength, offset: bytes.count))
    }

    // MARK: -

    /// How many records end before a byte.
    private func recordsBefore(_ index: Int) -> Int { max(0, ends.count { $0 <= index } - 1) }

    /// Opens a journal with these bytes, and once more, since what was repaired must be good.
    private func recover(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> Recovered {
        try writeBytes(bytes, to: folder.journal)
        let recovered = try Journal.open(directory: folder.path).recovered
        var expected = recovered
        expected.setAside = nil
        #expect(try Journal.open(directory: folder.path).recovered == expected)
        return recovered
    }

    private func record(sequence: UInt64, operation: UInt8, payload: [UInt8]) -> [UInt8] {
        var body = ByteWriter()
        body.write(sequence)
        for byte in [operation] + payload { body.write(byte) }
        var length = ByteWriter()
        length.write(UInt32(body.bytes.count))
        var check = CRC32C()
        check.update(length.bytes.span)
        check.update(body.bytes.span)
        length.write(check.checksum)
        return length.bytes + body.bytes
    }
}
