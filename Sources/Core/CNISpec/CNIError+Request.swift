import JSON

/// What can be wrong with a request, in the order in which it is checked.
extension CNIError {
    static func unknownCommand(_ value: String) -> CNIError {
        let known = CNICommand.allCases.map(\.rawValue).joined(separator: ", ")
        return CNIError(code: .invalidEnvironment, message: "CNI_COMMAND is \(quoted(value)), which is none of \(known)")
    }

    static func missingVariables(_ names: [String], command: CNICommand?) -> CNIError {
        let need = command.map { "\($0) needs" } ?? "every call needs"
        let noun = names.count == 1 ? "1 variable" : "\(names.count) variables"
        return CNIError(
            code: .invalidEnvironment, message: "The environment lacks \(noun) that \(need): \(names.joined(separator: ", "))")
    }

    static func malformedContainerID(_ value: String) -> CNIError {
        CNIError(
            code: .invalidEnvironment,
            message: "CNI_CONTAINERID is \(quoted(value)); it must \(nameRule)")
    }

    static func malformedIfname(_ value: String) -> CNIError {
        CNIError(
            code: .invalidEnvironment,
            message: "CNI_IFNAME is \(quoted(value)), \(value.utf8.count) bytes; an interface name "
                + "has 1 to \(CNIEnvironment.ifnameBytesMax) bytes, is not \".\" or \"..\", "
                + "and holds no \"/\", \":\", white space or control character")
    }

    /// Standard input could not be read to its end.
    ///
    /// - Parameter problem: What the read gave, such as `EIO after 512 bytes`.
    public static func inputUnreadable(_ problem: String) -> CNIError {
        CNIError(code: .inputOutputFailed, message: "The network configuration could not be read from standard input: \(problem)")
    }

    static func undecodable(_ error: JSONError) -> CNIError {
        CNIError(code: .undecodable, message: "The network configuration is not JSON: \(error)")
    }

    static func undecodable(_ key: String, _ value: JSONValue, expected: String) -> CNIError {
        CNIError(code: .undecodable, message: "\(key) is \(shown(value)); it must be \(expected)")
    }

    static func undecodablePreviousResult(_ fault: MalformedResult) -> CNIError {
        CNIError(code: .undecodable, message: "prevResult cannot be read: \(fault)")
    }

    static func missingName() -> CNIError {
        CNIError(code: .invalidConfiguration, message: "The network configuration has no name; give the network one in its conflist")
    }

    static func malformedName(_ value: JSONValue) -> CNIError {
        CNIError(
            code: .invalidConfiguration,
            message: "The network's name is \(shown(value)); it must \(nameRule)")
    }

    static func incompatibleVersion(_ text: String) -> CNIError {
        CNIError(
            code: .incompatibleVersion,
            message: "The network configuration has cniVersion \(quoted(text)), which this plugin does not speak",
            details: versionDetails(text))
    }

    static func commandTooRecent(_ command: CNICommand, for version: CNIVersion) -> CNIError {
        CNIError(
            code: .incompatibleVersion,
            message: "\(command) exists since CNI \(command.since), but the network configuration has cniVersion \(version); "
                + "raise it in the conflist",
            details: versionDetails(version.rawValue))
    }

    static func unsupportedField(_ key: String, _ value: JSONValue, supported: String) -> CNIError {
        CNIError(code: .unsupportedField, message: "\(key) is \(shown(value)); supported is \(supported)")
    }

    static func missingPreviousResult() -> CNIError {
        CNIError(
            code: .invalidConfiguration,
            message: "CHECK came without prevResult, the result of the ADD that it compares with; the runtime must send it")
    }

    static func missingValidAttachments() -> CNIError {
        CNIError(
            code: .invalidConfiguration,
            message: "GC came without \(CNIAttachment.validKey), so nothing was freed; the runtime must list the attachments to keep")
    }

    static func malformedValidAttachments(_ key: String, problem: String) -> CNIError {
        CNIError(code: .invalidConfiguration, message: "\(key) cannot be read, so nothing was freed: \(problem)")
    }

    private static let nameRule = "begin with a letter or digit and go on with those, \"_\", \".\" or \"-\""

    private static func versionDetails(_ text: String) -> String {
        "config has \(quoted(text)), plugin supports \(CNIVersion.allCases.map(\.rawValue).joined(separator: ", "))"
    }

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .number(let number): number.text.utf8.count <= quotedScalarsMax ? number.text : "a very long number"
        case .bool(let bool): "\(bool)"
        case .null, .array, .object: value.kind
        }
    }
}

/// How much of a text from outside a message repeats.
private let quotedScalarsMax = 100

/// The text in quotes, cut short where it is long: a message must stay readable whatever was sent.
func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > quotedScalarsMax else { return "\"\(text)\"" }
    return "\"\(String(scalars.prefix(quotedScalarsMax)))…\" (\(text.utf8.count) bytes)"
}
