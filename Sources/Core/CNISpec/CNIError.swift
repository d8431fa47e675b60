public import JSON

/// A failure as the runtime is told of it: a code for programs and one sentence for people.
///
/// Source: CNI spec 1.1.0, section 5, "Error". The specification reserves the codes 0 to 99.
public struct CNIError: Error, Hashable, Sendable {
    public let code: Code
    /// One sentence with the numbers and, where something helps, what to do.
    public let message: String
    /// More for programs or people; for a refusal of ours, JSON with its number and name.
    public let details: String?
    /// The version in which the runtime is answered: that of its configuration, or the newest where none could be read.
    public let version: CNIVersion

    public init(code: Code, message: String, details: String? = nil, version: CNIVersion = .newest) {
        self.code = code
        self.message = message
        self.details = details
        self.version = version
    }

    /// The same error, told in another version.
    public func answering(in version: CNIVersion) -> CNIError {
        CNIError(code: code, message: message, details: details, version: version)
    }

    /// The error object to print on standard output, beside an exit status that is not 0.
    public var json: JSONValue {
        var object: JSONObject = [
            "cniVersion": .string(version.rawValue), "code": JSONValue(code.rawValue), "msg": .string(message),
        ]
        object["details"] = details.map(JSONValue.string)
        return .object(object)
    }
}

extension CNIError {
    /// An error number of the specification, of its reference library, or of ours (100 and above).
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int

        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// The configuration's version and ours do not meet.
        public static let incompatibleVersion = Code(rawValue: 1)
        /// A field of the configuration has a value that we do not support; the message holds key and value.
        public static let unsupportedField = Code(rawValue: 2)
        /// The container is not known. It tells the runtime that no DEL is needed, so we never send it.
        public static let containerUnknown = Code(rawValue: 3)
        /// A variable is missing or malformed; the message holds its name.
        public static let invalidEnvironment = Code(rawValue: 4)
        public static let inputOutputFailed = Code(rawValue: 5)
        /// The configuration or a version in it cannot be decoded.
        public static let undecodable = Code(rawValue: 6)
        public static let invalidConfiguration = Code(rawValue: 7)
        /// The network namespace is not usable; a constant of the reference library, not in the specification's table.
        public static let invalidNetns = Code(rawValue: 8)
        public static let tryAgainLater = Code(rawValue: 11)
        /// STATUS: no pod can be given an address.
        public static let notAvailable = Code(rawValue: 50)
        /// STATUS: as 50, and pods that run may have lost connectivity.
        public static let notAvailableAndPodsAffected = Code(rawValue: 51)
    }
}

extension CNIError: CustomStringConvertible {
    public var description: String { "\(message) (CNI code \(code.rawValue))" }
}
