import Glibc

/// The steps on files that this target is made of, each of which may fail by itself.
package struct Disk: Sendable {
    package enum Step: String, CaseIterable, Sendable {
        case makeFolder = "make folder"
        case list, open, read, lock, write
        case setMode = "set the mode of"
        case sync, rename, remove
        case syncFolder = "sync folder"
    }

    /// Returns the error number with which a step on a path fails instead of being done; 0 to let it be done.
    private let fault: @Sendable (Step, String) -> Int32

    package init(fault: @escaping @Sendable (Step, String) -> Int32 = { _, _ in 0 }) {
        self.fault = fault
    }

    /// Does one step, again when a signal interrupted it.
    ///
    /// - Parameter call: A system call: negative for an error, whose number is in `errno`.
    @discardableResult
    func perform(_ step: Step, _ path: String, _ call: () -> Int) throws(InstallFailure) -> Int {
        let fault = fault(step, path)
        guard fault == 0 else { throw .refused(step.rawValue, path, fault) }
        while true {
            let result = call()
            if result >= 0 { return result }
            let number = errno
            guard number == EINTR else { throw .refused(step.rawValue, path, number) }
        }
    }
}

extension Disk {
    /// A file as it was found.
    struct Found {
        var bytes: [UInt8]
        /// The permission bits.
        var mode: mode_t
    }

    /// Reads a whole regular file; nil when there is none.
    ///
    /// - Parameter bytesMax: A larger file is refused.
    /// - Throws: Also for a symbolic link, a folder or a device: these are not read.
    func read(_ path: String, bytesMax: Int) throws(InstallFailure) -> Found? {
        let descriptor: Int32
        do throws(InstallFailure) {
            // A FIFO would let the opening wait for a writer.
            descriptor = Int32(try perform(.open, path) { Int(Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) })
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
        defer { close(descriptor) }
        var status = stat()
        try perform(.read, path) { Int(fstat(descriptor, &status)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw .refused(Step.read.rawValue, path, EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw InstallFailure(
                .badSource, problem: "\(path) is no regular file", remedy: "Move it away, or name another folder")
        }
        return Found(bytes: try contents(of: descriptor, path, bytesMax: bytesMax), mode: status.st_mode & 0o7777)
    }

    private func contents(of descriptor: Int32, _ path: String, bytesMax: Int) throws(InstallFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try perform(.read, path) { piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) } }
            guard count > 0 else { return bytes }
            bytes += piece.prefix(count)
            guard bytes.count <= bytesMax else {
                throw InstallFailure(
                    .badSource, problem: "\(path) has more than \(bytesMax) bytes", remedy: "Move it away, or name the right file")
            }
        }
    }

    /// The names in a folder in the order of their bytes, without those of itself and the one above; none where there is no folder.
    ///
    /// - Throws: Also when there are more than 10,000.
    package func names(in folder: String) throws(InstallFailure) -> [String] {
        let fault = fault(.list, folder)
        guard fault == 0 else { throw .refused(Step.list.rawValue, folder, fault) }
        guard let stream = opendir(folder) else {
            guard errno == ENOENT else { throw .refused(Step.list.rawValue, folder, errno) }
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
            guard names.count <= 10_000 else {
                throw InstallFailure(.badName, problem: "\(folder) has more than 10000 files", remedy: "Name the right folder")
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes a folder, and for everybody to read those above it that are missing.
    func makeFolder(_ path: String, mode: mode_t = 0o755) throws(InstallFailure) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .refused(Step.makeFolder.rawValue, path, ENOTDIR) }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        do throws(InstallFailure) {
            try perform(.makeFolder, path) { Int(mkdir(path, mode)) }
        } catch {
            // Another installation made it in between.
            guard error.errno == EEXIST else { throw error }
            return
        }
        // What the process's umask took away.
        try perform(.setMode, path) { Int(chmod(path, mode)) }
    }

    /// Removes a file.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func remove(_ path: String) throws(InstallFailure) -> Bool {
        do throws(InstallFailure) {
            try perform(.remove, path) { Int(unlink(path)) }
        } catch {
            guard error.errno == ENOENT else { throw error }
            return false
        }
        try syncFolder(of: path)
        return true
    }

    /// Brings a file's new name, or the end of it, to the disk.
    func syncFolder(of path: String) throws(InstallFailure) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = Int32(try perform(.syncFolder, folder) { Int(Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) })
        defer { close(descriptor) }
        try perform(.syncFolder, folder) { Int(fsync(descriptor)) }
    }
}

extension Disk {
    /// How long another process is waited for; what it does takes milliseconds.
    private static let lockMilliseconds = 10_000

    /// Locks a file, which is made when there is none.
    ///
    /// - Returns: A descriptor; the lock ends when it is closed.
    func lock(_ path: String) throws(InstallFailure) -> Int32 {
        for _ in 0..<Self.lockMilliseconds {
            let descriptor = Int32(
                try perform(.open, path) { Int(Glibc.open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)) })
            do throws(InstallFailure) {
                try perform(.lock, path) { Int(flock(descriptor, LOCK_EX | LOCK_NB)) }
                if isOpen(path, as: descriptor) { return descriptor }
                close(descriptor)
            } catch {
                close(descriptor)
                guard error.errno == EWOULDBLOCK else { throw error }
                usleep(1000)
            }
        }
        throw InstallFailure(
            .inUse, problem: "\(path) has been locked by another process for \(Self.lockMilliseconds / 1000) s",
            remedy: "Wait for the other installation to end, or end it")
    }

    /// Whether the open file is the one that has the name; whoever had its lock before may have renamed or removed it.
    private func isOpen(_ path: String, as descriptor: Int32) -> Bool {
        var (held, named) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, lstat(path, &named) == 0 else { return false }
        return held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }
}
