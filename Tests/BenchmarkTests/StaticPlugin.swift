import Foundation
import PluginSocket
import Testing

/// The plugin as it ships, in a folder of its own.
///
/// The folder's path has the same length in every run: the runtime searches for its own files around the binary, and each
/// byte of the path costs instructions.
final class StaticPlugin {
    private let folder: String

    /// The binary: `BERTH_CNI_STATIC`, else `bin/berth-cni` in the repository.
    static let path =
        ProcessInfo.processInfo.environment["BERTH_CNI_STATIC"] ?? repositoryRoot.appendingPathComponent("bin/berth-cni").path

    /// What keeps the figures from being taken here, or nil.
    static let missing: String? = {
        #if !arch(x86_64)
            return "the kept figures are those of x86-64"
        #else
            let tools = ["/usr/bin/valgrind", "/usr/bin/strace"]
            for file in [path] + tools where !FileManager.default.isExecutableFile(atPath: file) {
                return "\(file) is missing: run make setup-test build"
            }
            return nil
        #endif
    }()

    /// Where everything must be tested, what is missing makes the tests fail instead of skipping them.
    static let isToBeMeasured = missing == nil || ProcessInfo.processInfo.environment["BERTH_REQUIRE_PRIVILEGED"] == "1"

    init() throws {
        var template = Array("/tmp/berth-bench-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        try FileManager.default.copyItem(atPath: Self.path, toPath: folder + "/berth-cni")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Counts what one call costs while a server answers it at once.
    func measure(_ command: String) throws -> PluginCost {
        let server = try PluginServer<Void>(
            PluginListener(path: folder + "/cni.sock"), makeContext: {}, refused: { _ in },
            handle: { _, request in request.reply(exitStatus: 0, output: []) })
        let callgrind = try run(["/usr/bin/valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"], command)
        let strace = try run(["/usr/bin/strace", "-f", "-c", "-o", folder + "/calls"], command)
        let isComplete = server.drain(within: .seconds(20)).isEmpty
        #expect(isComplete && callgrind.exitStatus == 0 && strace.exitStatus == 0, "\(callgrind.errors)\n\(strace.errors)")
        return PluginCost(
            instructions: try #require(instructions(in: callgrind.errors), "\(callgrind.errors)"),
            systemCalls: try systemCalls())
    }

    /// Runs the plugin under a tool, with an environment and an input of which no byte differs from run to run.
    private func run(_ tool: [String], _ command: String) throws -> (exitStatus: Int32, errors: String) {
        try Data(#"{"cniVersion":"1.0.0","name":"aws-cni","type":"berth-cni"}"#.utf8).write(to: URL(fileURLWithPath: folder + "/in"))
        try Data().write(to: URL(fileURLWithPath: folder + "/err"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool[0])
        process.arguments = tool.dropFirst() + [folder + "/berth-cni"]
        process.environment = [
            "CNI_COMMAND": command, "CNI_CONTAINERID": String(repeating: "c", count: 64), "CNI_IFNAME": "eth0", "CNI_NETNS": "",
            "CNI_PATH": "/opt/cni/bin", "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=pod",
            "BERTH_SOCKET": folder + "/cni.sock",
        ]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder + "/in"))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/err"))
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: folder + "/err", encoding: .utf8))
    }

    /// Reads callgrind's total, such as `==17== Collected : 79530`.
    private func instructions(in text: String) -> Int? {
        let line = text.split(separator: "\n").last { $0.contains("Collected :") }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }

    /// Reads the count of the last line of strace's table, such as `100.00 0.000412 9 45 8 total`.
    private func systemCalls() throws -> Int {
        let table = try String(contentsOfFile: folder + "/calls", encoding: .utf8)
        let words = try #require(table.split(separator: "\n").last { $0.hasSuffix(" total") }).split(separator: " ")
        return try #require(words.count >= 4 ? Int(words[3]) : nil, "\(table)")
    }
}
