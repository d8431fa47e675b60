import Glibc
import PodNetwork

/// Why the journal could not be opened, or not be written.
public enum JournalError: Error, Hashable, Sendable {
    /// Another process has the journal open; `pid` is what it calls itself, in its own PID namespace.
    case inUse(path: String, pid: Int32?)
    /// The system refused; `errno` is its number. Nothing of what was to be appended counts as written.
    case refused(action: String, path: String, errno: Int32)
    /// An entry has no form that could be read again; none of the entries given with it was written.
    case unwritableEntry(String)
    /// The file would grow beyond its limit; none of the entries was written.
    case full(path: String, bytes: Int, bytesMax: Int)
    /// The kernel does not say which boot this is.
    case noBootID(path: String)
}

extension JournalError: CustomStringConvertible {
    /// What failed, on what, and what to do.
    public var description: String { "\(problem). \(remedy)." }

    /// A word for programs that never changes.
    public var code: String {
        switch self {
        case .inUse: "journal-in-use"
        case .refused: "journal-refused"
        case .unwritableEntry: "journal-unwritable-entry"
        case .full: "journal-full"
        case .noBootID: "journal-no-boot-id"
        }
    }

    /// What failed and on what.
    public var problem: String {
        switch self {
        case .inUse(let path, let pid):
            "\(path) is locked by " + (pid.map { "process \($0)" } ?? "another process")
        case .refused(let action, let path, let errno):
            "\(action) \(path): \(KernelErrno(rawValue: errno))"
        case .unwritableEntry(let reason):
            "An entry cannot be journalled: \(reason)"
        case .full(let path, let bytes, let bytesMax):
            "\(path) would grow to \(bytes) bytes, beyond \(bytesMax)"
        case .noBootID(let path):
            "\(path) holds no boot ID"
        }
    }

    /// What the operator can do about it.
    public var remedy: String {
        switch self {
        case .inUse: "Stop the other daemon first; two of them would give one address to two pods"
        case .refused(_, let path, let errno): Self.remedy(for: errno, path: path)
        case .unwritableEntry: "Report this with the CNI request that led to it; the request was refused and changed nothing"
        case .full: "Restart the daemon, which writes the journal anew with what is alive"
        case .noBootID: "Mount /proc in the daemon's container"
        }
    }

    private static func remedy(for errno: Int32, path: String) -> String {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG:
            "Free space on the filesystem of \(path); appending works again as soon as there is some"
        case EACCES, EPERM, EROFS:
            "Let the daemon own and write the folder of \(path)"
        case ENOENT, ENOTDIR:
            "Make the folder above \(path), or set another one for the journal"
        default:
            "Look into the kernel's log for faults of the filesystem of \(path)"
        }
    }
}
