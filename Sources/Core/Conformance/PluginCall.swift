public import CNISpec
public import JSON

/// One call of a plugin as a runtime sees it: what was asked, and what came back.
public struct PluginCall: Hashable, Sendable {
    /// What was asked, for messages: `ADD without CNI_NETNS`.
    public let label: String
    public let command: String
    /// The version of the configuration that was sent; nil where none that is spoken could be read from it.
    public let version: CNIVersion?
    public let end: End
    public let output: String
    public let errors: String
    public let milliseconds: Int

    public enum End: Hashable, Sendable {
        case exited(Int)
        case killed(signal: Int)
        /// It was still running when its time was up, and was killed.
        case timedOut
    }

    public init(
        _ label: String, command: String, version: CNIVersion?, end: End, output: String = "", errors: String = "", milliseconds: Int = 0
    ) {
        self.label = label
        self.command = command
        self.version = version
        self.end = end
        self.output = output
        self.errors = errors
        self.milliseconds = milliseconds
    }

    public var isSuccess: Bool { end == .exited(0) }

    /// Standard output, when it is one JSON object.
    public var object: JSONObject? {
        (try? JSONValue(parsing: Array(output.utf8), bytesMax: 1 << 20))?.object
    }

    /// The code of the error object.
    public var code: Int? { isSuccess ? nil : object?["code"]?.integer }

    private var message: String {
        [object?["msg"]?.string, object?["details"]?.string].compactMap(\.self).joined(separator: " ")
    }

    private var isSilent: Bool { output.utf8.allSatisfy { [0x20, 0x09, 0x0a, 0x0d].contains($0) } }

    /// How it ended, in a few words and cut short: `exit 1, code 11: try again later`.
    public var ending: String {
        switch end {
        case .timedOut: "no answer after \(milliseconds) ms"
        case .killed(let signal): "ended by signal \(signal)"
        case .exited(0): isSilent ? "success" : "success with output"
        case .exited(let status):
            "exit \(status), " + (code.map { "code \($0)" } ?? "no code") + (message.isEmpty ? "" : ": \(Self.short(message))")
        }
    }

    /// How much of a message is repeated, in characters.
    private static let messageMax = 120

    private static func short(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        return line.count > messageMax ? "\(line.prefix(messageMax))…" : line
    }
}

// MARK: - Judging

extension PluginCall {
    /// What is wrong with a call that must succeed.
    public var faultsOfSuccess: [String] {
        isSuccess ? [] : ["\(label): \(ending) instead of success"]
    }

    /// What is wrong with a call that must succeed and print nothing.
    public var faultsOfSilence: [String] {
        guard isSuccess else { return faultsOfSuccess }
        return isSilent ? [] : ["\(label): something on standard output"]
    }

    /// What is wrong with a call that must be refused.
    ///
    /// - Parameters:
    ///   - codes: Those of which the error must have one; empty for any code.
    ///   - words: What message and details together must hold.
    public func faultsOfRefusal(codes: [Int], naming words: [String] = []) -> [String] {
        guard !isSuccess, let code else {
            return ["\(label): \(ending) instead of " + (codes.isEmpty ? "an error" : Self.list(codes))]
        }
        if !codes.isEmpty, !codes.contains(code) { return ["\(label): \(ending) instead of \(Self.list(codes))"] }
        return words.filter { !message.contains($0) }.map { "\(label): the message does not name \($0)" }
    }

    private static func list(_ codes: [Int]) -> String {
        "code " + codes.map(String.init).joined(separator: " or ")
    }

    /// Whether exit status and standard output say the same (row 17): success with one object or nothing, or one error object.
    public var faultsOfForm: [String] {
        switch end {
        case .timedOut, .killed: return ["\(label): \(ending)"]
        case .exited(0):
            guard !isSilent else { return [] }
            guard let object else { return ["\(label): exit 0, but standard output is not one JSON object"] }
            return object["code"] == nil ? [] : ["\(label): exit 0 with an error object"]
        case .exited(let status):
            guard let object else { return ["\(label): exit \(status) without one JSON object on standard output"] }
            guard let code = object["code"]?.integer, code > 0 else { return ["\(label): an error object without a code above 0"] }
            return object["msg"]?.string?.isEmpty == false ? [] : ["\(label): an error object without msg"]
        }
    }

    /// Whether an error tells the version it was asked in (row 18), or the newest or any other spoken where none could be read.
    public var faultsOfVersion: [String] {
        guard !isSuccess, let object, object["code"] != nil else { return [] }
        guard let told = object["cniVersion"]?.string else { return ["\(label): an error without cniVersion"] }
        guard let version else { return CNIVersion(told) == nil ? ["\(label): an error with cniVersion \(told)"] : [] }
        return told == version.rawValue ? [] : ["\(label): an error with cniVersion \(told) instead of \(version)"]
    }
}
