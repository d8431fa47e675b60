public import Foundation

/// A tree as the bytes of a tar archive: the same bytes for the same files, whenever and by whomever it is written.
public struct TarArchive: Sendable {
    private let tree: FileTree
    private let time: Int64
    private static let pieceBytes = 1 << 20

    /// - Parameter time: What every entry is dated, in seconds since 1970.
    public init(_ tree: FileTree, time: Int64) {
        self.tree = tree
        self.time = time
    }

    /// Writes the archive to a file that is made or replaced, and returns what it came to.
    ///
    /// - Throws: ``ArchiveFailure`` when a file cannot be read or changes meanwhile, and what writing throws.
    @discardableResult
    public func write(to file: URL) throws -> WrittenFile {
        var output = try DigestingFile(file)
        for path in tree.paths {
            guard let entry = tree.entries[path] else { continue }
            try write(path, entry, to: &output)
        }
        // Two empty blocks end an archive.
        try output.write(Data(count: 2 * TarHeader.blockBytes))
        return try output.close()
    }

    private func write(_ path: String, _ entry: FileTree.Entry, to output: inout DigestingFile) throws {
        switch entry.content {
        case .folder, .link:
            try output.write(Data(TarHeader.bytes(path, entry, size: 0, time: time)))
        case .bytes(let bytes):
            try output.write(Data(TarHeader.bytes(path, entry, size: bytes.count, time: time)))
            try output.write(Data(bytes))
            try pad(bytes.count, in: &output)
        case .copy(let source):
            try copy(source, as: path, entry, to: &output)
        }
    }

    private func copy(_ source: String, as path: String, _ entry: FileTree.Entry, to output: inout DigestingFile) throws {
        let input = try FileHandle(forReadingFrom: URL(filePath: source))
        defer { try? input.close() }
        let size = Int(try input.seekToEnd())
        try input.seek(toOffset: 0)
        try output.write(Data(TarHeader.bytes(path, entry, size: size, time: time)))
        var rest = size
        while rest > 0 {
            guard let piece = try input.read(upToCount: min(rest, Self.pieceBytes)), !piece.isEmpty else { break }
            try output.write(piece)
            rest -= piece.count
        }
        guard rest == 0 else {
            throw ArchiveFailure(
                "\(source) had \(size) bytes and ended \(rest) before its end", remedy: "Let nothing write it, and try again")
        }
        try pad(size, in: &output)
    }

    /// A file's bytes fill whole blocks.
    private func pad(_ size: Int, in output: inout DigestingFile) throws {
        let rest = size % TarHeader.blockBytes
        if rest > 0 { try output.write(Data(count: TarHeader.blockBytes - rest)) }
    }
}
