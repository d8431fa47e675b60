import Glibc

/// A file that takes another's place, whole or not at all: written under a temporary name in the same folder, brought to the disk,
/// and renamed.
///
/// The folder is the same because a rename does not cross filesystems, and because containerd 1.6 reads its networks again on the
/// rename and not on the appearance of a file. The temporary name is always the same and is locked while it is written, so that two
/// replacements of one file come one after the other and a crash leaves one file at most, which the next replacement takes up.
struct FileReplacement {
    let path: String
    let mode: mode_t
    let disk: Disk

    init(_ path: String, mode: mode_t, on disk: Disk) {
        self.path = path
        self.mode = mode
        self.disk = disk
    }

    /// The name while it is written: hidden, and with an ending that no runtime reads.
    static func unfinished(_ path: String) -> String {
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        return path.dropLast(name.count) + ".\(name).unfinished"
    }

    private var unfinished: String { Self.unfinished(path) }

    /// Puts a file with these bytes in place. After an error the file of before is still there.
    func perform(with bytes: [UInt8]) throws(InstallFailure) {
        let lock = try disk.lock(unfinished)
        defer { close(lock) }
        do throws(InstallFailure) {
            try write(bytes)
            try disk.perform(.rename, path) { Int(rename(unfinished, path)) }
        } catch {
            unlinkUnfinished()
            throw error
        }
        try disk.syncFolder(of: path)
    }

    /// What is left of a replacement that failed would take space on a disk that may be full. Where it cannot be removed, the next
    /// replacement goes on with it.
    private func unlinkUnfinished() {
        _ = try? disk.perform(.remove, unfinished) { Int(unlink(unfinished)) }
    }

    /// Writes by a descriptor that is closed before the file gets its name: a program that is open for writing cannot be started.
    private func write(_ bytes: [UInt8]) throws(InstallFailure) {
        let descriptor = Int32(
            try disk.perform(.open, unfinished) { Int(open(unfinished, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) })
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try disk.perform(.write, unfinished) {
                rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
            guard count > 0 else { throw .refused(Disk.Step.write.rawValue, unfinished, EIO) }
            rest = rest.dropFirst(count)
        }
        try disk.perform(.setMode, unfinished) { Int(fchmod(descriptor, mode)) }
        try disk.perform(.sync, unfinished) { Int(fsync(descriptor)) }
    }
}
