import CPluginSocket
import Glibc
import PodNetwork

/// The DEL requests that plugins stored while no daemon answered: the folder `spool` beside the socket.
///
/// A plugin stores a request when it finds no daemon and when one went away before it answered, so the daemon may have
/// done what a request asks already; DEL may be done twice. Plugins may store requests at any time, also while another
/// daemon serves, so the spool is worth a look after the start as well.
public struct DeleteSpool: Sendable {
    private let folder: String
    private var damagedFolder: String { "\(folder)/damaged" }

    /// Damaged files kept for somebody to look at; further ones are removed.
    static let damagedMax = 100
    /// A plugin ends well before, so a file it has not finished by then will never be.
    private static let unfinishedNanosecondsMax: Int64 = 600_000_000_000

    public init(socketPath: String) {
        folder = (socketPath.lastIndex(of: "/").map { socketPath[..<$0] } ?? ".") + "/spool"
    }

    /// Gives every stored request to `handle`, the oldest first, and removes those it says it has handled.
    ///
    /// Nothing stops it: a file that cannot be read as a DEL is moved into the folder `damaged` and reported, and the next
    /// one is tried. A folder that is not there is an empty one.
    ///
    /// - Parameter handle: Returns whether the request is done; else it stays for the next replay.
    public func replay(_ handle: (SpooledDelete) -> Bool) -> SpoolReplay {
        var replay = SpoolReplay()
        let names: [String]
        do {
            names = try list(folder)
        } catch {
            replay.faults.append(SpoolFault(file: folder, reason: "\(error)"))
            return replay
        }
        for name in names.sorted() {
            if name.hasPrefix(".") {
                removeIfAbandoned(name)
            } else {
                self.replay(name, handle, &replay)
            }
        }
        return replay
    }

    private func replay(_ name: String, _ handle: (SpooledDelete) -> Bool, _ replay: inout SpoolReplay) {
        let path = "\(folder)/\(name)"
        do {
            guard handle(try read(path)) else {
                replay.kept += 1
                return
            }
            replay.handled += 1
            guard unlink(path) == 0 else { throw PluginSocketError(.system, "remove", errno) }
        } catch let fault as FrameFault {
            replay.faults.append(SpoolFault(file: path, reason: "\(fault)"))
            putAside(path, name)
        } catch let error as PluginSocketError where error.errno == .noSuchEntry {
            // Another daemon's replay took it.
        } catch {
            // What the kernel refuses, such as a descriptor, says nothing against the file: it stays.
            replay.kept += 1
            replay.faults.append(SpoolFault(file: path, reason: "\(error)"))
        }
    }

    private func read(_ path: String) throws -> SpooledDelete {
        // Neither a link nor a pipe that somebody left here may be followed or waited for.
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 || errno != ELOOP else { throw FrameFault.notAFile }
        let file = try Descriptor(number, "open")
        let limit = Int(BERTH_REQUEST_BYTES_MAX)
        var bytes = [UInt8](repeating: 0, count: try size(of: file, limit))
        var count = 0
        while count < bytes.count {
            let length = bytes.withUnsafeMutableBytes { pread(file.number, $0.baseAddress?.advanced(by: count), $0.count - count, count) }
            guard length >= 0 else { throw PluginSocketError(.system, "read", errno) }
            guard length > 0 else { break }
            count += length
        }
        let frame = try bytes.withUnsafeBytes { (buffer) throws(FrameFault) in
            try RequestFrame(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        guard frame.environment["CNI_COMMAND"] == "DEL" else { throw FrameFault.command(frame.environment["CNI_COMMAND"]) }
        return SpooledDelete(environment: frame.environment, input: frame.input)
    }

    private func size(of file: borrowing Descriptor, _ limit: Int) throws -> Int {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw PluginSocketError(.system, "stat", errno) }
        let size = Int(status.st_size)
        guard status.st_mode & S_IFMT == S_IFREG else { throw FrameFault.notAFile }
        guard size <= limit else { throw FrameFault.tooLong(bytes: size) }
        return size
    }

    /// Moves a file out of the way, where it can be looked at; removes it when enough are there or it cannot be moved.
    private func putAside(_ path: String, _ name: String) {
        mkdir(damagedFolder, 0o700)
        let kept = (try? list(damagedFolder).count) ?? Self.damagedMax
        if kept < Self.damagedMax, rename(path, "\(damagedFolder)/\(name)") == 0 { return }
        unlink(path)
    }

    /// Removes a temporary file whose plugin was killed between making and renaming it. Its name tells when that was.
    private func removeIfAbandoned(_ name: String) {
        guard let made = Int64(name.dropFirst().prefix { $0 != "-" }) else { return }
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        if now - made > Self.unfinishedNanosecondsMax { unlink("\(folder)/\(name)") }
    }

    /// Returns the names in a folder, without folders; none when it is not there.
    private func list(_ folder: String) throws(PluginSocketError) -> [String] {
        guard let listing = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw PluginSocketError(.system, "list", errno)
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            guard entry.pointee.d_type != UInt8(DT_DIR) else { continue }
            names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}

/// A DEL that a plugin stored.
public struct SpooledDelete: Hashable, Sendable {
    /// The plugin's `CNI_*` variables; the values are unchecked.
    public let environment: [String: String]
    /// What the runtime wrote to the plugin's standard input, unparsed.
    public let input: [UInt8]
}

/// What came of a replay.
public struct SpoolReplay: Hashable, Sendable {
    /// Requests that were done and are gone.
    public var handled = 0
    /// Requests that wait for the next replay.
    public var kept = 0
    /// Files that could not be worked off, in the order they were met.
    public var faults: [SpoolFault] = []
}

/// A file of the spool that could not be worked off.
public struct SpoolFault: Hashable, Sendable {
    public let file: String
    public let reason: String
}
