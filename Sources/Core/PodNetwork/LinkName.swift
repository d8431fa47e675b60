/// The name of a network link: 1 to 15 bytes, not `.` or `..`, without `/`, `:`, `%`, white space or control characters.
///
/// The kernel's own rule is `dev_valid_name()`, with IFNAMSIZ of 16 counting the final zero. White space there is that of
/// Latin-1, so the byte 0xa0 is refused even inside of a UTF-8 character; `%` is read as a format by `dev_alloc_name()`.
public struct LinkName: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    public static let bytesMax = 15

    private static let refusedBytes: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "%"), 0x7f, 0xa0]

    public let rawValue: String

    public init?(_ text: String) {
        guard (1...Self.bytesMax).contains(text.utf8.count), text != ".", text != ".." else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && !Self.refusedBytes.contains($0) }) else { return nil }
        rawValue = text
    }

    /// A name known to be valid, such as one written in the source.
    ///
    /// - Precondition: the text is a valid link name.
    public init(literal text: StaticString) {
        guard let name = LinkName("\(text)") else { preconditionFailure("\(text) is not a link name") }
        self = name
    }

    public static let loopback = LinkName(literal: "lo")

    public var description: String { rawValue }

    public static func < (a: LinkName, b: LinkName) -> Bool { a.rawValue < b.rawValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = LinkName(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a link name")
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
