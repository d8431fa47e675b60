import JSON

/// One call of the plugin, read and checked.
public enum CNIRequest: Hashable, Sendable {
    case add(SandboxRequest, netns: String)
    /// The netns is nil where the runtime has closed it already: containerd sends a second DEL so.
    case delete(SandboxRequest, netns: String?)
    case check(SandboxRequest, netns: String, previousResult: PreviousResult)
    /// Free what the network holds for attachments other than these.
    case collectGarbage(NetworkConfiguration, keeping: Set<CNIAttachment>)
    case status(NetworkConfiguration)
    case version(CNIVersion)
}

/// What ADD, DEL and CHECK have in common.
public struct SandboxRequest: Hashable, Sendable {
    public let containerID: String
    /// The name of the interface inside the sandbox: 1 to 15 bytes.
    public let ifname: String
    public let arguments: PodArguments
    /// The folders in which plugins are searched; empty when the runtime gave none, which is no fault where no other plugin is run.
    public let path: [String]
    /// Whether the sandbox may be the plugin's own network namespace.
    public let isNetnsOverridden: Bool
    public let configuration: NetworkConfiguration
}

extension CNIRequest {
    /// The largest configuration that the parser takes: 256 KiB, which is what the plugin forwards at most.
    public static let inputBytesMax = 256 << 10

    /// Reads a call from its `CNI_*` variables and its standard input.
    ///
    /// The checks run in the order of the reference library: the variables, the decoding, the network's name, the
    /// version. VERSION needs nothing but its command.
    ///
    /// - Throws: Codes 1, 2, 4, 6 and 7, told in the configuration's version where that can be read.
    public init(environment: [String: String], input: [UInt8], inputBytesMax: Int = inputBytesMax) throws(CNIError) {
        let input = RequestInput(input, bytesMax: inputBytesMax)
        do throws(CNIError) {
            self = try Self.parse(CNIEnvironment(environment), input)
        } catch {
            throw error.answering(in: input.errorVersion)
        }
    }

    public var command: CNICommand {
        switch self {
        case .add: .add
        case .delete: .delete
        case .check: .check
        case .collectGarbage: .collectGarbage
        case .status: .status
        case .version: .version
        }
    }

    /// The version in which to answer.
    public var version: CNIVersion {
        switch self {
        case .add(let sandbox, _), .delete(let sandbox, _), .check(let sandbox, _, _): sandbox.configuration.version
        case .collectGarbage(let configuration, _), .status(let configuration): configuration.version
        case .version(let version): version
        }
    }

    private static func parse(_ environment: CNIEnvironment, _ input: RequestInput) throws(CNIError) -> CNIRequest {
        let command = try environment.command()
        switch command {
        case .version: return .version(input.statedVersion ?? .newest)
        case .status: return .status(try input.configuration(for: command))
        case .collectGarbage:
            let configuration = try input.configuration(for: command)
            guard let valid = try CNIAttachment.valid(in: configuration.json) else { throw .missingValidAttachments() }
            return .collectGarbage(configuration, keeping: valid)
        case .add, .delete, .check: return try parseSandbox(command, environment, input)
        }
    }

    private static func parseSandbox(
        _ command: CNICommand, _ environment: CNIEnvironment, _ input: RequestInput
    ) throws(CNIError) -> CNIRequest {
        let (containerID, netns, ifname) = try environment.sandbox(of: command)
        let request = SandboxRequest(
            containerID: containerID, ifname: ifname, arguments: PodArguments(environment["CNI_ARGS"] ?? ""),
            path: environment.path, isNetnsOverridden: environment.isNetnsOverridden,
            configuration: try input.configuration(for: command))
        switch (command, netns) {
        case (.delete, _): return .delete(request, netns: netns)
        case (.add, let netns?): return .add(request, netns: netns)
        case (.check, let netns?):
            guard let previousResult = request.configuration.previousResult else { throw .missingPreviousResult() }
            return .check(request, netns: netns, previousResult: previousResult)
        default: throw .missingVariables(["CNI_NETNS"], command: command)
        }
    }
}

/// Standard input, decoded once: even an error that is found before it must be told in the configuration's version.
private struct RequestInput {
    private let document: Result<JSONValue, JSONError>

    init(_ bytes: [UInt8], bytesMax: Int) {
        document = Result { () throws(JSONError) in try JSONValue(parsing: bytes, bytesMax: bytesMax) }
    }

    /// The configuration's version when it is stated and we speak it.
    var statedVersion: CNIVersion? {
        (try? document.get())?["cniVersion"]?.string.flatMap { CNIVersion($0) }
    }

    /// The version in which an error is told: where none can be read, the newest; where none is stated, what that means.
    var errorVersion: CNIVersion {
        guard let object = (try? document.get())?.object else { return .newest }
        guard let stated = object["cniVersion"], stated != "" else { return .unstated }
        return statedVersion ?? .newest
    }

    func configuration(for command: CNICommand) throws(CNIError) -> NetworkConfiguration {
        switch document {
        case .failure(let error): throw .undecodable(error)
        case .success(.object(let object)): return try NetworkConfiguration(object, for: command)
        case .success(let value): throw .undecodable("The network configuration", value, expected: "a JSON object")
        }
    }
}
