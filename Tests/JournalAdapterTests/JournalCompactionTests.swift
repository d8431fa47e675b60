import Addressing
import Glibc
import IPAMEngine
import JournalAdapter
import Testing

@Suite struct JournalCompactionTests {
    @Test func compactedJournalHoldsTheSnapshotAndWhatCameAfter() throws {
        let folder = try TemporaryFolder()
        var generator = EntryGenerator(seed: 5)
        let (before, snapshot, after) = (generator.entries(50), generator.entries(5), generator.entries(5))
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            try journal.append(before)
            try journal.compact(to: snapshot)
            #expect(journal.recordCount == 5)
            #expect(try readBytes(folder.journal).count == journal.sizeBytes)
            try journal.append(after)
        }
        #expect(try Journal.open(directory: folder.path).recovered == Recovered(entries: snapshot + after, recordCount: 10))
        #expect(try mode(folder.journal) == 0o600)
        #expect(folder.setAside == [])
    }

    @Test func journalCanBeCompactedToNothing() throws {
        let folder = try TemporaryFolder()
        let (journal, _) = try Journal.open(directory: folder.path)
        try journal.append([.gone(IPv4Address(10, 0, 0, 1))])
        try journal.compact(to: [])
        #expect(journal.sizeBytes == JournalHeader.byteCount)
        #expect(journal.recordCount == 0)
    }

    @Test func compactionIsDueWhenMostRecordsOfMoreThanAMebibyteAreDead() throws {
        let folder = try TemporaryFolder()
        let (journal, _) = try Journal.open(directory: folder.path)
        let text = String(repeating: "x", count: ByteWriter.textBytesMax)
        let big = JournalEntry.wired(PodAttachment(network: text, containerID: text, interface: text))
        let recordBytes = 3 * (2 + text.utf8.count) + 17
        let fitting = ((1 << 20) - JournalHeader.byteCount) / recordBytes
        try journal.append(Array(repeating: big, count: fitting))
        #expect(!journal.isCompactionDue(liveEntries: 0), "\(journal.sizeBytes) bytes are not more than 1 MiB")
        try journal.append([big])
        let records = journal.recordCount
        #expect(journal.isCompactionDue(liveEntries: 0))
        #expect(journal.isCompactionDue(liveEntries: (records - 1) / 2))
        #expect(!journal.isCompactionDue(liveEntries: (records + 1) / 2))
        try journal.compact(to: [big])
        #expect(!journal.isCompactionDue(liveEntries: 1))
    }

    @Test func compactionThatCrashedBeforeItsEndChangesNothing() throws {
        let folder = try TemporaryFolder()
        var generator = EntryGenerator(seed: 6)
        let entries = generator.entries(10)
        try Journal.open(directory: folder.path).journal.append(entries)
        let whole = try readBytes(folder.journal)
        for length in [0, 1, JournalHeader.byteCount, JournalHeader.byteCount + 5, whole.count] {
            try writeBytes(Array(whole[..<length]), to: "\(folder.path)/journal.unfinished")
            let (journal, recovered) = try Journal.open(directory: folder.path)
            #expect(recovered == Recovered(entries: entries, recordCount: 10))
            #expect(folder.setAside == [], "unfinished file of \(length) bytes is still there")
            try journal.compact(to: entries)
        }
    }

    @Test func compactionThatFailsLeavesTheJournalAsItWas() throws {
        let folder = try TemporaryFolder()
        let entry = JournalEntry.gone(IPv4Address(10, 0, 0, 1))
        let more = JournalEntry.gone(IPv4Address(10, 0, 0, 2))
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            try journal.append([entry])
            #expect(throws: JournalError.self) { try journal.compact(to: [.eniLost(ENIID(unchecked: "nonsense"))]) }
            // A folder of that name can be neither removed as a file nor replaced.
            try #require(mkdir("\(folder.path)/journal.unfinished", 0o700) == 0)
            let error = #expect(throws: JournalError.self) { try journal.compact(to: []) }
            #expect(error?.problem == "remove \(folder.path)/journal.unfinished: is a folder (EISDIR)")
            try #require(rmdir("\(folder.path)/journal.unfinished") == 0)
            try journal.append([more])
        }
        #expect(try Journal.open(directory: folder.path).recovered.entries == [entry, more])
    }

    /// Batches, compactions, restarts, torn tails and leftovers in random order, beside a plain array.
    @Test(arguments: UInt64(1)...60) func journalIsAlwaysWhatAnArrayWouldBe(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var generator = EntryGenerator(seed: seed)
        var model: [JournalEntry] = []
        var journal: Journal? = try Journal.open(directory: folder.path).journal
        for step in 0..<60 {
            switch Int.random(in: 0..<10, using: &generator.random) {
            case 0..<6:
                let batch = generator.entries(.random(in: 0...4, using: &generator.random))
                try journal?.append(batch)
                model += batch
            case 6:
                model = generator.entries(.random(in: 0...6, using: &generator.random))
                try journal?.compact(to: model)
            case let crash:
                journal = nil
                if crash == 8 { try writeBytes([1, 2, 3], to: "\(folder.path)/journal.unfinished") }
                let tail = crash == 9 ? [UInt8](repeating: 7, count: .random(in: 1...40, using: &generator.random)) : []
                try writeBytes(readBytes(folder.journal) + tail, to: folder.journal)
                let (reopened, recovered) = try Journal.open(directory: folder.path)
                #expect(recovered.entries == model, "seed \(seed), step \(step)")
                #expect((recovered.setAside != nil) == (crash == 9), "seed \(seed), step \(step)")
                journal = reopened
            }
        }
    }
}
