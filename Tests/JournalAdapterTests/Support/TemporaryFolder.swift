import Glibc
import Testing

/// A folder of one test, removed with everything in it when the test ends.
///
/// It is in memory where it can be, as `/run` is: ext4 waits for the disk whenever a file is renamed over another.
final class TemporaryFolder {
    let path: String

    init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/berth-journal-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil, "no folder could be made in \(parent): error \(errno)")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        removeTree(path)
    }

    /// Where the journal of this test is.
    var journal: String { "\(path)/journal" }

    /// The files in the folder that were set aside, by name.
    var setAside: [String] {
        names(in: path).filter { $0.hasPrefix("journal.") && $0 != "journal.lock" }.sorted()
    }
}

private func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
}

private func removeTree(_ path: String) {
    if unlink(path) == 0 { return }
    for name in names(in: path) where name != "." && name != ".." { removeTree("\(path)/\(name)") }
    rmdir(path)
}

/// Reads a whole file.
func readBytes(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0, "\(path) cannot be opened: error \(errno)")
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let taken = read(descriptor, &part, part.count)
        try #require(taken >= 0)
        if taken == 0 { return bytes }
        bytes += part[..<taken]
    }
}

/// Replaces a file's content.
func writeBytes(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0, "\(path) cannot be opened: error \(errno)")
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

/// The permission bits of a file or folder.
func mode(_ path: String) throws -> mode_t {
    var status = stat()
    try #require(stat(path, &status) == 0, "\(path) cannot be inspected: error \(errno)")
    return status.st_mode & 0o777
}
