import Addressing
import Glibc
import IPAMEngine
import JournalAdapter
import NodePorts
import Testing
import Timeline

@Suite struct JournalTests {
    @Test func freshJournalIsEmptyAndForItsOwnerAlone() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/run"
        let (journal, recovered) = try Journal.open(directory: path)
        #expect(recovered == Recovered())
        #expect(journal.recordCount == 0)
        #expect(journal.sizeBytes == JournalHeader.byteCount)
        #expect(try mode(path) == 0o700)
        #expect(try mode("\(path)/journal") == 0o600)
        #expect(try mode("\(path)/journal.lock") == 0o600)
    }

    @Test func whoHoldsAddressesIsReadWithoutTouchingTheJournal() throws {
        let folder = try TemporaryFolder()
        #expect(try Journal.attachments(directory: folder.path) == [])
        #expect(try Journal.attachments(directory: "\(folder.path)/nowhere") == [])
        var generator = EntryGenerator(seed: 5)
        let (journal, _) = try Journal.open(directory: folder.path)
        let entries = generator.entries(60)
        var held: Set<PodAttachment> = []
        for entry in entries { if case .allocated(let allocation) = entry { held.insert(allocation.attachment) } }
        let gone = try #require(held.first)
        try journal.append(entries + [.released(gone, PodAddresses(.v4(IPv4Address(10, 0, 0, 5))), until: Instant(nanoseconds: 1))])
        let before = try readBytes(folder.journal)
        #expect(try held.count > 1 && Journal.attachments(directory: folder.path) == held.subtracting([gone]))
        // What is being written is not whole yet.
        try writeBytes(before.dropLast(), to: folder.journal)
        #expect(try Journal.attachments(directory: folder.path) == held)
        try writeBytes(
            JournalHeader(bootID: try #require(BootID(Array(String(repeating: "0", count: 36).utf8)[...]))).bytes, to: folder.journal)
        #expect(try Journal.attachments(directory: folder.path) == [])
        #expect(folder.setAside == [])
    }

    @Test func entriesComeBackInOrderAndMoreGoBehindThem() throws {
        let folder = try TemporaryFolder()
        var generator = EntryGenerator(seed: 1)
        let entries = generator.entries(30)
        for batch in [entries[0..<1], entries[1..<10], entries[10..<10], entries[10..<30]] {
            let (journal, recovered) = try Journal.open(directory: folder.path)
            #expect(recovered.entries == Array(entries[..<batch.startIndex]))
            try journal.append(Array(batch))
            #expect(journal.recordCount == batch.endIndex)
        }
        let (_, recovered) = try Journal.open(directory: folder.path)
        #expect(recovered == Recovered(entries: entries, recordCount: 30))
        #expect("\(recovered)" == "30 records")
    }

    @Test func batchWithAnUnwritableEntryLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            let error = #expect(throws: JournalError.self) {
                try journal.append([.gone(IPv4Address(10, 0, 0, 1)), .eniLost(ENIID(unchecked: "nonsense"))])
            }
            #expect(error?.code == "journal-unwritable-entry")
            #expect(error?.problem == #"An entry cannot be journalled: "nonsense" is not an identifier that begins with "eni-""#)
            try journal.append([.gone(IPv4Address(10, 0, 0, 2))])
        }
        #expect(try Journal.open(directory: folder.path).recovered.entries == [.gone(IPv4Address(10, 0, 0, 2))])
    }

    @Test func entriesOfSeveralThreadsStandWholeAndEachThreadsInItsOrder() async throws {
        let folder = try TemporaryFolder()
        let (threads, batches, batchSize) = (4, 250, 3)
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for thread in 0..<threads {
                    group.addTask {
                        for batch in 0..<batches {
                            try journal.append((0..<batchSize).map { Self.entry(thread, batch * batchSize + $0) })
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let (_, recovered) = try Journal.open(directory: folder.path)
        #expect(recovered.setAside == nil)
        #expect(recovered.entries.count == threads * batches * batchSize)
        for thread in 0..<threads {
            let own = (0..<batches * batchSize).map { Self.entry(thread, $0) }
            #expect(recovered.entries.filter(Set(own).contains) == own)
        }
        for start in stride(from: 0, to: recovered.entries.count, by: batchSize) {
            #expect(Set(recovered.entries[start..<start + batchSize].map(Self.thread)).count == 1, "batch at \(start) is torn apart")
        }
    }

    @Test func journalIsWithItsPortWhatItIsAlone() throws {
        let folder = try TemporaryFolder()
        do {
            let port = AllocationJournal(try Journal.open(directory: folder.path).journal)
            try port.append([Self.entry(0, 1), Self.entry(0, 2)])
            try port.compact([Self.entry(0, 2)])
            #expect(!port.isCompactionDue(1))
            let failure = #expect(throws: JournalFailure.self) { try port.append([.eniLost(ENIID(unchecked: "nonsense"))]) }
            #expect(failure?.description.hasPrefix("An entry cannot be journalled") == true)
        }
        #expect(try Journal.open(directory: folder.path).recovered.entries == [Self.entry(0, 2)])
    }

    // MARK: - The lock

    @Test func secondOwnerIsKeptOutUntilTheFirstIsGone() throws {
        let folder = try TemporaryFolder()
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            try journal.append([Self.entry(0, 1)])
            let error = #expect(throws: JournalError.self) { try Journal.open(directory: folder.path) }
            #expect(error == .inUse(path: "\(folder.path)/journal.lock", pid: getpid()))
            try journal.append([Self.entry(0, 2)])
        }
        #expect(try Journal.open(directory: folder.path).recovered.entries == [Self.entry(0, 1), Self.entry(0, 2)])
    }

    @Test func lockOfAnotherProcessIsReportedWithItsNumber() throws {
        let folder = try TemporaryFolder()
        let holder = try TortureProcess("hold", folder: folder)
        #expect(try holder.nextLine() == "open")
        let error = #expect(throws: JournalError.self) { try Journal.open(directory: folder.path) }
        #expect(error == .inUse(path: "\(folder.path)/journal.lock", pid: holder.pid))
        #expect(error?.problem == "\(folder.path)/journal.lock is locked by process \(holder.pid)")
        holder.kill()
        #expect(try Journal.open(directory: folder.path).recovered == Recovered())
    }

    // MARK: - Folders that will not do

    @Test func missingFolderAboveIsNamed() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: JournalError.self) { try Journal.open(directory: "\(folder.path)/a/b") }
        #expect(error?.problem == "make folder \(folder.path)/a/b: no such entry (ENOENT)")
    }

    @Test func fileInTheFoldersPlaceIsNamed() throws {
        let folder = try TemporaryFolder()
        try writeBytes([], to: "\(folder.path)/run")
        let error = #expect(throws: JournalError.self) { try Journal.open(directory: "\(folder.path)/run") }
        #expect(error?.problem == "open \(folder.path)/run/journal.lock: not a folder (ENOTDIR)")
    }

    // MARK: -

    private static func entry(_ thread: Int, _ number: Int) -> JournalEntry {
        .gone(IPv4Address(10, UInt8(thread), UInt8(number >> 8), UInt8(number & 0xff)))
    }

    private static func thread(_ entry: JournalEntry) -> UInt8? {
        if case .linkGone(let addresses) = entry { addresses.ipv4?.octets[1] } else { nil }
    }
}
