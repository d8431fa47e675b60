public import JSON

/// A published version of the CNI specification that we speak, oldest first.
///
/// Source: the changelog of the CNI specification 1.1.0.
public enum CNIVersion: String, CaseIterable, Sendable {
    case v010 = "0.1.0"
    case v020 = "0.2.0"
    case v030 = "0.3.0"
    case v031 = "0.3.1"
    case v040 = "0.4.0"
    case v100 = "1.0.0"
    case v110 = "1.1.0"

    /// What we speak when the runtime's version is unknown.
    public static let newest = CNIVersion.v110
    /// What a configuration without `cniVersion` means, as in the reference library.
    public static let unstated = CNIVersion.v010

    /// Takes the text of a version in full, such as `0.4.0`.
    public init?(_ text: String) {
        self.init(rawValue: text)
    }

    /// The answer to VERSION: the version asked in, and every version we speak.
    public var answer: JSONValue {
        [
            "cniVersion": .string(rawValue),
            "supportedVersions": .array(Self.allCases.map { .string($0.rawValue) }),
        ]
    }

    /// Whether `text` is one to three decimal numbers joined by dots, whether or not we speak that version.
    ///
    /// A text that is no version cannot be decoded (code 6); a version we do not speak is incompatible (code 1).
    static func isWellFormed(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...3).contains(parts.count)
            && parts.allSatisfy { part in
                (1...9).contains(part.count) && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}

extension CNIVersion: Comparable {
    public static func < (a: CNIVersion, b: CNIVersion) -> Bool { a.place < b.place }

    private var place: Int {
        switch self {
        case .v010: 0
        case .v020: 1
        case .v030: 2
        case .v031: 3
        case .v040: 4
        case .v100: 5
        case .v110: 6
        }
    }
}

extension CNIVersion: CustomStringConvertible {
    public var description: String { rawValue }
}
