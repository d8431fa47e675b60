import Crypto
import Foundation

/// What a file holds, by its SHA-256.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// 64 digits.
    public let hexadecimal: String

    init(_ digest: SHA256.Digest) {
        hexadecimal = digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    init(of bytes: Data) {
        self.init(SHA256.hash(data: bytes))
    }

    /// As descriptors of an image name it (OCI image specification 1.0, "Digests").
    public var description: String { "sha256:\(hexadecimal)" }
}

/// A file that was written whole.
public struct WrittenFile: Hashable, Sendable {
    public let digest: Digest
    public let size: Int
}

/// A file being written, whose digest grows with it.
struct DigestingFile: ~Copyable {
    private let handle: FileHandle
    private var hash = SHA256()
    private var size = 0

    init(_ file: URL) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw ArchiveFailure("\(file.path) cannot be made", remedy: "Name a folder that can be written")
        }
        handle = try FileHandle(forWritingTo: file)
    }

    mutating func write(_ bytes: Data) throws {
        try handle.write(contentsOf: bytes)
        hash.update(data: bytes)
        size += bytes.count
    }

    consuming func close() throws -> WrittenFile {
        try handle.close()
        return WrittenFile(digest: Digest(hash.finalize()), size: size)
    }
}
