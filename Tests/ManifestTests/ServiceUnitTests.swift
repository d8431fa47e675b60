import Foundation
import Testing

/// The unit for nodes without a DaemonSet.
@Suite(
    .enabled(
        if: ServiceAnalysis.isInstalled || ManifestTool.areRequired,
        "needs systemd-analyze: make setup-test"))
struct ServiceUnitTests {
    private static let unit = ManifestTool.repository.appending(path: "Install/systemd/berthd.service")

    @Test func systemdTakesTheUnitWithoutAWarning() throws {
        let outcome = try ServiceAnalysis.run(["verify"], try text())
        #expect(outcome.status == 0 && outcome.output == "", "\(outcome.output)")
    }

    @Test func aDirectiveThatSystemdDoesNotKnowIsSeen() throws {
        let outcome = try ServiceAnalysis.run(["verify"], try text().replacing("ProtectHome=yes", with: "ProtectHomes=yes"))
        #expect(outcome.output.contains("ProtectHomes"), "\(outcome.output)")
    }

    @Test func theServiceHasTheOneCapabilityAndLittleExposure() throws {
        let text = try text()
        let lines = text.split(separator: "\n").map(String.init)
        for line in ["CapabilityBoundingSet=CAP_NET_ADMIN", "NoNewPrivileges=yes", "ProtectSystem=strict", "RuntimeDirectoryPreserve=yes"] {
            #expect(lines.contains(line), "no \(line)")
        }
        // From 0 for none to 10, in tenths.
        #expect(try ServiceAnalysis.run(["security", "--offline=true", "--threshold=30"], text).status == 0)
        let exposed = text.replacing("CapabilityBoundingSet=CAP_NET_ADMIN", with: "").replacing("ProtectSystem=strict", with: "")
        #expect(try ServiceAnalysis.run(["security", "--offline=true", "--threshold=30"], exposed).status != 0)
    }

    @Test func theDaemonIsStartedAsInTheDaemonSetButForTheFoldersOfAContainer() throws {
        let text = try text()
        let pod = try Manifest(
            String(contentsOf: ManifestTool.repository.appending(path: "Install/kustomize/base/daemonset.yaml"), encoding: .utf8)
        ).pod
        for (container, directive) in [(pod["initContainers"].list.first, "ExecStartPre="), (pod["containers"].list.first, "ExecStart=")] {
            let container = try #require(container)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(directive) }).dropFirst(directive.count)
            let options = Self.options(of: line.split(separator: " ").map(String.init))
            var wanted = Self.options(of: container["command"].texts + container["args"].texts)
            // Only a container needs the sysctls elsewhere.
            wanted["--sysctl-directory"] = nil
            #expect(options == wanted.mapValues { $0.trimmingPrefix("/host").description })
        }
    }

    private static func options(of words: [String]) -> [String: String] {
        Dictionary(zip(words, words.dropFirst()).filter { $0.0.hasPrefix("--") }) { $1 }
    }

    private func text() throws -> String { try String(contentsOf: Self.unit, encoding: .utf8) }
}

/// What systemd itself says of a unit.
private enum ServiceAnalysis {
    private static let tool = "/usr/bin/systemd-analyze"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: tool)

    /// With a program that is there in place of the daemon.
    static func run(_ arguments: [String], _ text: String) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "berth-unit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "berthd.service")
        try Data(text.replacing("/usr/local/bin/berthd", with: "/bin/true").utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments + [file.path]
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "cat"]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let printed = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, printed)
    }
}
