import CPluginSocket
import CPluginSystem

/// The folder in which DEL requests wait for a daemon that is away: `spool`, beside its socket.
struct Spool: ~Copyable {
    private let parent: Text
    private let folder: Text

    init(besideSocket path: borrowing SocketPath) {
        parent = path.folder
        var folder = path.folder
        folder.append("/spool")
        self.folder = folder
    }

    /// Stores the frame durably under a name that sorts by age; returns what went wrong, or nil.
    ///
    /// The file appears whole or not at all: the daemon may list the folder at any moment.
    func keep(_ frame: UnsafeRawBufferPointer) -> Failure? {
        if let failure = makeRoom() { return failure }
        let name = uniqueName()
        let temporary = path("/.", name)
        if let failure = write(frame, to: temporary) {
            unlink(temporary.cString)
            return failure
        }
        guard rename(temporary.cString, path("/", name).cString) == 0 else {
            let failure = failed("rename a file in ", errno)
            unlink(temporary.cString)
            return failure
        }
        return syncFolder()
    }

    /// Makes the folder if it is missing, and counts what it holds.
    private func makeRoom() -> Failure? {
        var listing = opendir(folder.cString)
        if listing == nil && errno == ENOENT {
            // After a reboot a runtime deletes the pods of before, and may do so before the daemon ever ran.
            mkdir(parent.cString, 0o700)
            guard mkdir(folder.cString, 0o700) == 0 || errno == EEXIST else { return failed("make ", errno) }
            listing = opendir(folder.cString)
        }
        guard let listing else { return failed("open ", errno) }
        defer { closedir(listing) }
        var files = 0
        while let entry = readdir(listing) {
            // A file shows its kind where the file system tells it; folders, `.` and `..` among them, are not requests.
            if entry.pointee.d_type != UInt8(DT_DIR) { files += 1 }
        }
        return files < Int(BERTH_SPOOL_FILES_MAX) ? nil : full
    }

    private func write(_ frame: UnsafeRawBufferPointer, to path: borrowing Text) -> Failure? {
        let file = open(path.cString, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return failed("make a file in ", errno) }
        defer { close(file) }
        guard writeAll(frame, to: file) else { return failed("write a file in ", errno) }
        return fsync(file) == 0 ? nil : failed("sync a file in ", errno)
    }

    private func syncFolder() -> Failure? {
        let descriptor = open(folder.cString, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return failed("open ", errno) }
        defer { close(descriptor) }
        return fsync(descriptor) == 0 ? nil : failed("sync ", errno)
    }

    /// Nanoseconds since boot, then the process: no two requests share both.
    private func uniqueName() -> Text {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        var name = Text()
        name.append(number: time.tv_sec * 1_000_000_000 + time.tv_nsec, digits: 19)
        name.append("-")
        name.append(number: Int(getpid()))
        return name
    }

    private func path(_ separator: StaticString, _ name: borrowing Text) -> Text {
        var path = Text()
        path.append(folder.bytes)
        path.append(separator)
        path.append(name.bytes)
        return path
    }

    private func failed(_ action: StaticString, _ error: Int32) -> Failure {
        var details = Text(action)
        details.append(folder.bytes)
        details.append(failure: error)
        return Failure(code: 11, "berthd is away and the request cannot be spooled", details)
    }

    private var full: Failure {
        var details = Text()
        details.append(number: Int(BERTH_SPOOL_FILES_MAX))
        details.append(" requests wait in ")
        details.append(folder.bytes)
        details.append("; start berthd, which works them off")
        return Failure(code: 11, "berthd is away and the spool is full", details)
    }
}
