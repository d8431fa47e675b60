import Glibc
import PodNetwork

/// Why something could not be put onto the node's disk, or taken from it.
public struct InstallFailure: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        /// The system refused a step.
        case refused = "install-refused"
        /// A file of somebody else has the name.
        case notOurs = "install-not-ours"
        /// What was to be placed is not what it should be.
        case badSource = "install-bad-source"
        /// A name or value that cannot be used.
        case badName = "install-bad-name"
        /// Another process is at the same file.
        case inUse = "install-in-use"
    }

    public let code: Code
    /// What failed and on what.
    public let problem: String
    /// What the operator can do about it.
    public let remedy: String
    /// The error number of the system; nil where it was not the system.
    public let errno: Int32?

    init(_ code: Code, problem: String, remedy: String, errno: Int32? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.errno = errno
    }
}

extension InstallFailure: CustomStringConvertible {
    /// What failed, on what, and what to do.
    public var description: String { "\(problem). \(remedy)." }
}

extension InstallFailure {
    static func refused(_ action: String, _ path: String, _ errno: Int32) -> Self {
        Self(
            .refused, problem: "\(action) \(path): \(KernelErrno(rawValue: errno))", remedy: remedy(for: errno, path: path), errno: errno)
    }

    private static func remedy(for errno: Int32, path: String) -> String {
        switch errno {
        case ENOSPC, EDQUOT: "Free space on the filesystem of \(path); what was there before is still in place"
        case EACCES, EPERM: "Run it as root, or let its user write the folder of \(path)"
        case EROFS: "Mount the filesystem of \(path) for writing, or name another folder"
        case ENOENT: "Give the path of what is there"
        case ENOTDIR: "Name a folder: a part of \(path) is a file"
        case EISDIR: "Move the folder \(path) away: a file has to have its name"
        case ELOOP: "Remove the symbolic link \(path), or name the folder that it leads to"
        case ENAMETOOLONG: "Give a shorter path"
        default: "Look into the kernel's log for faults of the filesystem of \(path)"
        }
    }
}
