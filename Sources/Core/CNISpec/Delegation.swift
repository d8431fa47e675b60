import JSON

/// Another plugin that is to be run for a request, with the environment of the request but for the command, and the whole network
/// configuration on its standard input (CNI spec 1.1.0, section 4, "Plugin Delegation").
public struct Delegation: Hashable, Sendable {
    /// The name of a file in one of the folders of `CNI_PATH`; never a path.
    public let plugin: String
    public let command: CNICommand
    public let telling: Telling
    /// How long the plugin may take, in whole milliseconds.
    public let limit: Duration

    /// When the request is sent again with what came of the plugin.
    public enum Telling: Hashable, Sendable {
        case always
        /// The answer at hand is for a plugin that succeeds.
        case failure
        /// The answer at hand is what the runtime hears, whatever came of the plugin.
        case never
    }

    /// - Precondition: the name is such as ``canName(_:)`` allows.
    public init(_ command: CNICommand, to plugin: String, telling: Telling, limit: Duration) {
        precondition(Self.canName(plugin), "\"\(plugin)\" is no name of a plugin")
        (self.plugin, self.command, self.telling, self.limit) = (plugin, command, telling, limit)
    }

    /// The longest name of a file in bytes (`NAME_MAX`, limits.h).
    static let nameBytesMax = 255

    /// Whether a text can be the name of a plugin's file, and leads nowhere else.
    static func canName(_ plugin: String) -> Bool {
        (1...nameBytesMax).contains(plugin.utf8.count) && plugin != "." && plugin != ".."
            && plugin.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
    }
}

/// What came of a plugin that was run for a request.
public enum DelegationOutcome: Hashable, Sendable {
    /// It exited by itself.
    case exited(status: Int, output: [UInt8])
    case killed(signal: Int)
    /// No folder of `CNI_PATH` has it.
    case notFound
    /// It could not be started.
    ///
    /// - Parameter problem: What the kernel said.
    case notStarted(problem: String)
    /// It was ended because its time was up.
    case timedOut(after: Duration)
    /// It was ended because it wrote too much.
    case wroteTooMuch(bytesMax: Int)
    /// It was not started, because one that was started for the attachment before went on for that long.
    case busy(for: Duration)

    /// Whether it has run, so that it may have taken an address.
    public var hasRun: Bool {
        switch self {
        case .exited, .killed, .timedOut, .wroteTooMuch: true
        case .notFound, .notStarted, .busy: false
        }
    }
}

extension DelegationOutcome {
    /// Reads the result of an IPAM plugin's ADD.
    ///
    /// - Throws: What the runtime is told of a plugin that failed, or whose output is no result.
    public func ipamResult(of plugin: String) throws(CNIError) -> CNIResult {
        if let failure = failure(of: plugin, running: .add) { throw failure }
        guard case .exited(_, let output) = self else { return CNIResult() }
        do {
            return try CNIResult(parsing: JSONValue(parsing: output, bytesMax: CNIRequest.inputBytesMax))
        } catch {
            throw .ipamPluginFailed(plugin, .add, problem: "its result cannot be read: \(error)")
        }
    }

    /// What the runtime is told of a plugin that failed; nil for one that succeeded.
    ///
    /// The plugin's own error keeps its code, and its message is told behind the plugin's name.
    public func failure(of plugin: String, running command: CNICommand) -> CNIError? {
        switch self {
        case .exited(status: 0, _): nil
        case .exited(let status, let output):
            Self.error(in: output, of: plugin)
                ?? .ipamPluginFailed(
                    plugin, command,
                    problem: "it exited with \(status) and no error object: \(quoted(String(decoding: output, as: UTF8.self)))")
        case .killed(let signal): .ipamPluginFailed(plugin, command, problem: "signal \(signal) ended it")
        case .notFound:
            .ipamPluginFailed(plugin, command, problem: "no folder of CNI_PATH has it; install it there on every node")
        case .notStarted(let problem): .ipamPluginFailed(plugin, command, problem: "it cannot be started: \(problem)")
        case .timedOut(let limit): .ipamPluginFailed(plugin, command, problem: "it did not end within \(limit)")
        case .busy(let time):
            .ipamPluginFailed(
                plugin, command, problem: "one that an earlier call started for this container has not ended within \(time); end it")
        case .wroteTooMuch(let bytesMax): .ipamPluginFailed(plugin, command, problem: "it wrote more than \(bytesMax) bytes")
        }
    }

    private static func error(in output: [UInt8], of plugin: String) -> CNIError? {
        guard let object = try? JSONValue(parsing: output, bytesMax: CNIRequest.inputBytesMax), let code = object["code"]?.integer,
            let message = object["msg"]?.string
        else { return nil }
        return CNIError(code: CNIError.Code(rawValue: code), message: "\(plugin): \(message)", details: object["details"]?.string)
    }
}
