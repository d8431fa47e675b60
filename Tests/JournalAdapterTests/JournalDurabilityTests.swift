import Addressing
import Glibc
import IPAMEngine
import JournalAdapter
import Testing

@Suite struct JournalDurabilityTests {
    @Test(arguments: [1, 37, 999, 1003, 5000, 20000])
    func killedProcessLosesNothingThatItSawWritten(acknowledged: Int) throws {
        let folder = try TemporaryFolder()
        let writer = try TortureProcess("append", folder: folder)
        var last = 0
        while last < acknowledged {
            let line = try #require(try writer.nextLine(), "the writer ended by itself after \(last)")
            last = try #require(Int(line))
        }
        writer.kill()
        while let line = try writer.nextLine() { last = try #require(Int(line)) }

        let (_, recovered) = try Journal.open(directory: folder.path)
        let numbers = recovered.entries.compactMap(Self.number)
        let first = try #require(numbers.first)
        #expect(numbers == Array(first..<first + numbers.count), "the entries have no gap")
        #expect(first + numbers.count > last, "entry \(last) was written")
        // A compaction keeps the last hundred entries of each thousand or a little more.
        #expect(first == 0 || numbers.count >= 100)
        #expect(numbers.count <= 1110)
    }

    /// SIGXFSZ ignored and a low RLIMIT_FSIZE make a write fall short and the next one fail, without privileges.
    @Test func writeThatFallsShortIsTakenBackAndReportedAndLaterOnesWork() throws {
        let folder = try TemporaryFolder()
        let writer = try TortureProcess("fill", folder: folder)
        #expect(
            try writer.nextLine() == """
                write \(folder.journal): file too large (EFBIG). Free space on the filesystem of \(folder.journal); \
                appending works again as soon as there is some.
                """)
        let written = try #require(Int(try writer.nextLine() ?? ""))
        #expect(written > 50)
        #expect(try writer.nextLine() == "\(written + 1)")
        #expect(try writer.nextLine() == nil)
        let (_, recovered) = try Journal.open(directory: folder.path)
        #expect(recovered.setAside == nil)
        #expect(recovered.entries.compactMap(Self.number) == Array(0...written))
    }

    @Test(.enabled(if: SmallFilesystem.canBeMounted, "mounting a tmpfs needs CAP_SYS_ADMIN"))
    func fullFilesystemIsReportedAndAppendingWorksAgainOnceThereIsSpace() throws {
        let folder = try TemporaryFolder()
        let filesystem = try SmallFilesystem(at: folder)
        let ballast = "\(folder.path)/ballast"
        try writeBytes([UInt8](repeating: 1, count: 32 << 10), to: ballast)
        var count: UInt32 = 0
        do {
            let (journal, _) = try Journal.open(directory: folder.path)
            let error = #expect(throws: JournalError.self) {
                while true {
                    try journal.append([.gone(IPv4Address(bits: count))])
                    count += 1
                }
            }
            #expect(error == .refused(action: "write", path: folder.journal, errno: ENOSPC))
            #expect(error?.problem == "write \(folder.journal): no space left (ENOSPC)")
            #expect(try readBytes(folder.journal).count == journal.sizeBytes)
            let compaction = #expect(throws: JournalError.self) { try journal.compact(to: Self.entries(500)) }
            #expect(compaction?.problem.hasSuffix("no space left (ENOSPC)") == true)
            #expect(folder.setAside == [])

            // Frees the blocks at once; an unlinked file keeps them for as long as anything looks at it.
            #expect(truncate(ballast, 0) == 0)
            try journal.append([.gone(IPv4Address(bits: count))])
            try journal.append([.gone(IPv4Address(bits: count + 1))])
        }
        let (_, recovered) = try Journal.open(directory: folder.path)
        #expect(recovered == Recovered(entries: Self.entries(count + 2), recordCount: Int(count) + 2))
        withExtendedLifetime(filesystem) {}
    }

    /// A descriptor that cannot write stands for a disk that fails, and another in its place for the disk that recovered.
    @Test func partOfARecordThatCouldNotBeTakenBackIsTakenAwayBeforeTheNext() throws {
        let folder = try TemporaryFolder()
        try writeBytes([], to: folder.journal)
        let unwritable = try OpenFile(folder.journal, .readOnly)
        let descriptor = unwritable.descriptor
        var journal = JournalFile(unwritable, header: [], end: 0)
        do throws(JournalError) {
            try journal.append(Self.entries(1))
            Issue.record("a file that is open for reading was written")
        } catch {
            #expect(error == .refused(action: "write", path: folder.journal, errno: EBADF))
        }
        try writeBytes([1, 2, 3], to: folder.journal)
        let writable = try OpenFile(folder.journal, .append)
        try #require(dup2(writable.descriptor, descriptor) == descriptor)
        try journal.append(Self.entries(1))
        let scan = JournalScan(try readBytes(folder.journal), from: 0)
        #expect(scan.fault == nil)
        #expect(scan.entries == Self.entries(1))
    }

    @Test func journalThatIsNeverCompactedEndsAtItsLimit() throws {
        let folder = try TemporaryFolder()
        let file = try OpenFile(folder.journal, .appendToFresh)
        // A record of this entry has 22 bytes.
        var journal = JournalFile(file, header: [], end: JournalFile.bytesMax - 43)
        try journal.append(Self.entries(1))
        do throws(JournalError) {
            try journal.append(Self.entries(1))
            Issue.record("the journal grew beyond its limit")
        } catch {
            #expect(error == .full(path: folder.journal, bytes: JournalFile.bytesMax + 1, bytesMax: JournalFile.bytesMax))
        }
        #expect(try readBytes(folder.journal).count == 22)
    }

    // MARK: -

    private static func entries(_ count: UInt32) -> [JournalEntry] {
        (0..<count).map { .gone(IPv4Address(bits: $0)) }
    }

    private static func number(_ entry: JournalEntry) -> Int? {
        if case .allocated(let allocation) = entry { allocation.addresses.ipv4.map { Int($0.bits) } } else { nil }
    }
}

/// A tmpfs of 64 KiB over a folder, unmounted when it goes out of scope.
final class SmallFilesystem {
    private let path: String

    init(at folder: TemporaryFolder) throws {
        path = folder.path
        try #require(mount("berth", path, "tmpfs", 0, "size=64k") == 0, "tmpfs cannot be mounted: error \(errno)")
    }

    deinit {
        umount(path)
    }

    static var canBeMounted: Bool {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? SmallFilesystem(at: folder)) != nil
    }
}
