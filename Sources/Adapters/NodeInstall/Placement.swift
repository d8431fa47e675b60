import Crypto

/// What became of a file that was to be in a place.
public struct Placement: Hashable, Sendable {
    public enum Change: String, Codable, Sendable {
        case created, replaced
        /// The same bytes were there already, and were left alone.
        case unchanged
    }

    public let path: String
    public let change: Change
    /// The digest of what was there before; nil where there was nothing.
    public let before: FileDigest?
    public let after: FileDigest
    /// Where the file of somebody else that had the name is kept; nil where nobody's was replaced.
    public let keptAside: String?
}

/// What became of a file that was to be taken away.
public enum Removal: Hashable, Sendable {
    case absent
    case removed
    /// The file of somebody else that was kept aside has its name again.
    case restored
    /// A file of somebody else, which was left alone.
    case notOurs
}

/// The SHA-256 of a file's bytes.
public struct FileDigest: Hashable, Sendable, CustomStringConvertible {
    /// 64 hexadecimal digits, as `sha256sum` prints them.
    public let description: String

    init(of bytes: [UInt8]) {
        description = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
