public import IPAMEngine
import Synchronization

/// The node's allocations past the end of the daemon: entries in a file to which each is appended, whole and in order.
///
/// It outlives the process, not the boot: nothing is synced to a disk, and `/run` is memory in any case. After a reboot
/// the pods are gone too. A record is in the kernel's hands when ``append(_:)`` returns; from then on no death of the
/// process loses it.
///
/// Several threads may use a journal at once.
public final class Journal: Sendable {
    /// Journals smaller than this, in bytes, are left as they are.
    static let compactedBytesMin = 1 << 20

    private let directory: JournalDirectory
    private let lock: JournalLock
    private let file: Mutex<JournalFile>

    private init(_ directory: JournalDirectory, _ lock: consuming JournalLock, _ file: consuming sending JournalFile) {
        self.directory = directory
        self.lock = lock
        self.file = Mutex(file)
    }

    /// Opens the journal of a folder, which is made when there is none; the folder above must exist.
    ///
    /// Damaged content never keeps the daemon from starting: the records before the first bad one are used, and the file
    /// is kept aside. The same goes for a journal of an earlier boot, of which nothing is used.
    ///
    /// - Parameter directory: Such as `/run/berth`. A folder that is made gets mode 0700; the files get 0600.
    /// - Throws: ``JournalError/inUse(path:pid:)`` while another process has it open.
    public static func open(directory: String) throws(JournalError) -> (journal: Journal, recovered: Recovered) {
        try open(directory: directory, bootID: BootID.current())
    }

    package static func open(directory path: String, bootID: BootID) throws(JournalError) -> (journal: Journal, recovered: Recovered) {
        let directory = try JournalDirectory(path)
        let lock = try JournalLock(directory.lock)
        try directory.removeUnfinished()
        var recovered = Recovered()
        let file = try directory.recoverJournal(bootID: bootID, into: &recovered)
        return (Journal(directory, lock, file), recovered)
    }

    /// Appends the entries in order, with one write; when it returns they survive the process.
    ///
    /// 1 to 2 µs for one entry.
    ///
    /// - Throws: When nothing was appended. The journal is as before and takes entries again once the cause is gone.
    public func append(_ entries: [JournalEntry]) throws(JournalError) {
        try file.withLock { file throws(JournalError) in try file.append(entries) }
    }

    /// Whether more records are dead than alive in a journal of more than 1 MiB.
    ///
    /// - Parameter liveEntries: How many entries would remain.
    public func isCompactionDue(liveEntries: Int) -> Bool {
        file.withLock { file in
            file.end > Self.compactedBytesMin && file.recordCount - liveEntries > liveEntries
        }
    }

    /// Writes the journal anew with the entries of the snapshot alone; appends wait meanwhile.
    ///
    /// A crash at any moment leaves the journal of before or the one of after.
    ///
    /// - Parameter snapshot: What says all that was appended so far. Its caller sees to it that nothing is appended between
    ///   taking the snapshot and this call: what was appended then would be lost.
    /// - Throws: When the journal could not be replaced. It is as before then.
    public func compact(to snapshot: [JournalEntry]) throws(JournalError) {
        try file.withLock { file throws(JournalError) in try file.compact(to: snapshot, in: directory) }
    }

    /// How long the journal is, header included.
    public var sizeBytes: Int { file.withLock { $0.end } }
    /// How many records it holds, dead ones included.
    public var recordCount: Int { file.withLock { $0.recordCount } }
}
