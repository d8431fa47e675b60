/// The name of a thing in a VPC, such as `eni-0a1b2c3d`: a kind, a dash and hexadecimal digits.
///
/// Identifiers are told apart by type, so a subnet cannot be passed where an ENI is meant. The text is checked where
/// it enters the program; EC2 promises no more of it than its prefix.
public protocol CloudIdentifier: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// What every identifier of this kind begins with, the dash included.
    static var prefix: String { get }
    var rawValue: String { get }
    init(unchecked rawValue: String)
}

extension CloudIdentifier {
    /// Takes the text when it has this kind's prefix, something behind it, and at most 64 bytes, each of them ASCII.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count > Self.prefix.utf8.count, text.utf8.count <= 64,
            text.utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        self.init(unchecked: text)
    }

    public var description: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" does not begin with \"\(Self.prefix)\"")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}

/// The identifier of an ENI, `eni-…`.
public struct ENIID: CloudIdentifier {
    public static let prefix = "eni-"
    public let rawValue: String
    public init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The identifier of an ENI's attachment to an instance, `eni-attach-…`.
public struct ENIAttachmentID: CloudIdentifier {
    public static let prefix = "eni-attach-"
    public let rawValue: String
    public init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The identifier of a subnet, `subnet-…`.
public struct SubnetID: CloudIdentifier {
    public static let prefix = "subnet-"
    public let rawValue: String
    public init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The identifier of an instance, `i-…`.
public struct InstanceID: CloudIdentifier {
    public static let prefix = "i-"
    public let rawValue: String
    public init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The identifier of a security group, `sg-…`.
public struct SecurityGroupID: CloudIdentifier {
    public static let prefix = "sg-"
    public let rawValue: String
    public init(unchecked rawValue: String) { self.rawValue = rawValue }
}
