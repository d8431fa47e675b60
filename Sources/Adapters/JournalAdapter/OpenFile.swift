import Glibc

/// One open file, closed when it goes out of scope. Every failure names the file and the error of the system.
package struct OpenFile: ~Copyable, Sendable {
    package let descriptor: Int32
    package private(set) var path: String

    package enum Purpose {
        case readOnly
        /// Reads and appends to a file that exists.
        case append
        /// Appends to a file that must not exist yet.
        case appendToFresh
        /// Reads and writes a file, which is made when there is none.
        case lock

        fileprivate var flags: Int32 {
            switch self {
            case .readOnly: O_RDONLY
            case .append: O_RDWR | O_APPEND
            case .appendToFresh: O_RDWR | O_APPEND | O_CREAT | O_EXCL
            case .lock: O_RDWR | O_CREAT
            }
        }
    }

    /// Opens the file itself, not what a symbolic link points to; a file that is made can be read by its owner alone.
    package init(_ path: String, _ purpose: Purpose) throws(JournalError) {
        descriptor = open(path, purpose.flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw .refused(action: "open", path: path, errno: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads from the beginning to the end, but no more than `bytesMax`.
    package func contents(bytesMax: Int) throws(JournalError) -> [UInt8] {
        // The files of /proc say that they are empty.
        let capacity = min(bytesMax, max(4096, try size()))
        var bytes = [UInt8](repeating: 0, count: capacity)
        var length = 0
        while length < capacity {
            let taken = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: length), capacity - length, off_t(length))
            }
            if taken < 0 && errno == EINTR { continue }
            guard taken >= 0 else { throw .refused(action: "read", path: path, errno: errno) }
            if taken == 0 { break }
            length += taken
        }
        bytes.removeLast(capacity - length)
        return bytes
    }

    /// The length in bytes.
    package func size() throws(JournalError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .refused(action: "inspect", path: path, errno: errno) }
        return Int(status.st_size)
    }

    /// Writes all the bytes, with one system call unless the system takes only a part of them.
    package func write(_ bytes: [UInt8]) throws(JournalError) {
        var written = 0
        while written < bytes.count {
            let taken = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if taken < 0 && errno == EINTR { continue }
            // A part may be taken before the space ends; the next call tells the reason.
            guard taken > 0 else { throw .refused(action: "write", path: path, errno: taken == 0 ? EIO : errno) }
            written += taken
        }
    }

    /// Gives the file another name, in place of a file that has it.
    package mutating func rename(to other: String) throws(JournalError) {
        guard Glibc.rename(path, other) == 0 else { throw .refused(action: "rename", path: path, errno: errno) }
        path = other
    }

    package func truncate(to bytes: Int) throws(JournalError) {
        guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw .refused(action: "truncate", path: path, errno: errno) }
    }
}
