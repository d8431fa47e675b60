import CPluginSocket
import Foundation

/// A run of the plugin's binary, with files for its standard streams.
struct PluginProcess {
    private let process: pid_t
    private let folder: TemporaryFolder

    struct Outcome {
        let exitStatus: Int32
        let output: [UInt8]
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }

        /// The answer's members, empty unless the answer is one JSON object.
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output))) as? [String: Any] ?? [:]
        }

        var code: Int? { json["code"] as? Int }
        var details: String { json["details"] as? String ?? "" }
    }

    /// The binary under test: `BERTH_CNI`, else the one built with the tests.
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["BERTH_CNI"] { return path }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("berth-cni").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue { return candidate }
        }
        return "berth-cni: not found above \(CommandLine.arguments[0]); set BERTH_CNI"
    }()

    /// Starts the plugin.
    ///
    /// - Parameters:
    ///   - environment: All of it.
    ///   - through: A command that runs the plugin, such as one that changes the user.
    init(_ environment: [String: String], input: [UInt8] = [], through: [String] = [], binary: String = binary) throws {
        folder = try TemporaryFolder()
        try Data(input).write(to: URL(fileURLWithPath: folder.path + "/in"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, folder.path + "/in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.path + "/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder.path + "/err", O_WRONLY | O_CREAT, 0o600)

        let words = through + [binary]
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var process = pid_t()
        let error = posix_spawnp(&process, words[0], &actions, nil, &arguments, &variables)
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EINVAL) }
        self.process = process
    }

    /// Starts the plugin with a command and a configuration that names the socket.
    init(_ command: String, socket: String, _ environment: [String: String] = [:], input: String = #"{"cniVersion":"1.0.0"}"#) throws {
        let base = ["CNI_COMMAND": command, "CNI_CONTAINERID": "c1", "BERTH_SOCKET": socket]
        try self.init(base.merging(environment) { $1 }, input: Array(input.utf8))
    }

    func kill() {
        Foundation.kill(process, SIGKILL)
    }

    /// Waits for the end.
    func finish() throws -> Outcome {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        func read(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.path + name))) }
        return Outcome(
            exitStatus: status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f), output: try read("/out"),
            errors: String(decoding: try read("/err"), as: UTF8.self))
    }
}

/// A folder that is removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/berth-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Whether tests that take root are run: where everything must be tested they fail without it instead of being skipped.
let isPrivileged = geteuid() == 0 || ProcessInfo.processInfo.environment["BERTH_REQUIRE_PRIVILEGED"] == "1"
