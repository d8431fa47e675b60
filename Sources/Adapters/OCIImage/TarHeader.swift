/// The 512 bytes before each file of an archive in the format that POSIX calls ustar (pax(1), "ustar Interchange Format").
///
/// User and group are 0 without names, the time is one for all, so that the bytes go by the entry alone.
struct TarHeader {
    static let blockBytes = 512
    private static let nameBytesMax = 100
    private static let prefixBytesMax = 155
    /// Eleven octal digits.
    private static let sizeMax = 1 << 33 - 1

    private var bytes = [UInt8](repeating: 0, count: blockBytes)

    /// - Parameters:
    ///   - size: How many bytes follow; 0 for all but files.
    ///   - time: Seconds since 1970.
    /// - Throws: ``ArchiveFailure`` where the format has no room for the path, the link's target or the size.
    static func bytes(_ path: String, _ entry: FileTree.Entry, size: Int, time: Int64) throws(ArchiveFailure) -> [UInt8] {
        var header = TarHeader()
        var (path, kind, target) = (path, "0", "")
        switch entry.content {
        case .folder: (path, kind) = (path + "/", "5")
        case .link(let to): (kind, target) = ("2", to)
        case .copy, .bytes: break
        }
        guard target.utf8.count <= nameBytesMax else { throw tooLong(target, nameBytesMax) }
        guard size <= sizeMax, 0...Int64(sizeMax) ~= time else {
            throw ArchiveFailure(
                "\(path) has \(size) bytes and the time \(time), of which a tar archive takes up to \(sizeMax) each",
                remedy: "Leave it out, or mend the time")
        }
        let (prefix, name) = try split(path)
        header.put(name, at: 0)
        header.put(octal(UInt64(entry.mode), digits: 7), at: 100)
        header.put(octal(0, digits: 7), at: 108)
        header.put(octal(0, digits: 7), at: 116)
        header.put(octal(UInt64(size), digits: 11), at: 124)
        header.put(octal(UInt64(time), digits: 11), at: 136)
        header.put("        ", at: 148)
        header.put(kind, at: 156)
        header.put(target, at: 157)
        header.put("ustar\u{0}00", at: 257)
        header.put(prefix, at: 345)
        let sum = header.bytes.reduce(0) { $0 + UInt64($1) }
        header.put(octal(sum, digits: 6) + "\u{0} ", at: 148)
        return header.bytes
    }

    private mutating func put(_ text: String, at offset: Int) {
        bytes.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
    }

    /// A long path is put together from two fields with a slash between them.
    private static func split(_ path: String) throws(ArchiveFailure) -> (prefix: String, name: String) {
        if path.utf8.count <= nameBytesMax { return ("", path) }
        for slash in path.indices where path[slash] == "/" {
            let (prefix, name) = (path[..<slash], path[path.index(after: slash)...])
            guard prefix.utf8.count <= prefixBytesMax else { break }
            if !name.isEmpty, name.utf8.count <= nameBytesMax { return (String(prefix), String(name)) }
        }
        throw tooLong(path, nameBytesMax + prefixBytesMax)
    }

    private static func tooLong(_ path: String, _ bytesMax: Int) -> ArchiveFailure {
        ArchiveFailure(
            "the path \(path) has \(path.utf8.count) bytes, of which a tar archive takes at most \(bytesMax)", remedy: "Shorten it")
    }

    private static func octal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
