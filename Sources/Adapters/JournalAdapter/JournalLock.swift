import Glibc

/// The right to write the journals of a folder: held by one process at a time, and given up by the kernel when it dies.
///
/// The lock is on a file of its own, since the journal is replaced by others of its name.
struct JournalLock: ~Copyable, Sendable {
    private let file: OpenFile

    private static let triesMax = 50
    private static let pauseMicroseconds: UInt32 = 20_000

    /// Takes the lock (flock(2)) and writes down who holds it.
    ///
    /// A daemon that was killed holds it until its last thread has ended, which may be a moment after its process is gone; so it is
    /// tried for a second.
    init(_ path: String) throws(JournalError) {
        let file = try OpenFile(path, .lock)
        var tries = 1
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK else { throw .refused(action: "lock", path: path, errno: errno) }
            guard tries < Self.triesMax else { throw .inUse(path: path, pid: Self.holder(file)) }
            tries += 1
            usleep(Self.pauseMicroseconds)
        }
        try file.truncate(to: 0)
        try file.write(Array("\(getpid())\n".utf8))
        self.file = file
    }

    /// Unlocks, rather than leaving that to the close: a child in the moment before its exec has a copy of the descriptor,
    /// and with it the lock.
    deinit {
        flock(file.descriptor, LOCK_UN)
    }

    /// The process that says it holds the lock; nil when it has not come to say so.
    private static func holder(_ file: borrowing OpenFile) -> Int32? {
        guard let bytes = try? file.contents(bytesMax: 16) else { return nil }
        return Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
