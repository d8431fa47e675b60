import ArgumentParser
import CNISpec
import CommandLineTool
import Conformance
import ConformanceRunner
import Foundation
import JSON
import UnixSignals

/// `berth conformance`: drives any CNI plugin as container runtimes do, and says where it does not do what they rely on.
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Drive a CNI plugin as a container runtime would, and judge it by 41 rows of a checklist.",
        discussion: """
            Needs root: the pods are network namespaces without processes, which are removed at the end, also after Ctrl-C. The plugin \
            is given a network of its own, NAME-conformance, so that no pod of the node is touched. It is run in the network namespace \
            of this command; use `ip netns exec` for another.

            Exit codes: 0 no row failed; 1 a row failed; 2 bad input.
            """)

    @Option(help: "The plugin's file.")
    var plugin: String

    @Option(help: "A file with the plugin's configuration, or with a list that has it.")
    var conf: String

    @Option(name: .shortAndLong, help: "How to print the answer.")
    var output: OutputFormat = .table

    @Option(help: "The folders in which other plugins are looked for, with colons between them; the plugin's own comes first.")
    var cniPath = "/opt/cni/bin:/usr/lib/cni"

    @Option(
        name: .customLong("version"), parsing: .upToNextOption,
        help: ArgumentHelp("The versions of the specification to drive it in, or all.", valueName: "versions"))
    var versions: [String] = ["all"]

    @Flag(help: "Drive the plugin behind those that stand before it in the list, in versions from 0.3.0.")
    var chained = false

    @Option(help: "How many pods are added at once.")
    var parallel = 50

    @Option(help: ArgumentHelp("A command for sh that ends the plugin's daemon.", valueName: "command"))
    var stopDaemon: String?

    @Option(help: ArgumentHelp("A command for sh that starts the plugin's daemon and returns.", valueName: "command"))
    var startDaemon: String?

    func validate() throws {
        _ = try chosenVersions
        guard (2...1000).contains(parallel) else { throw ValidationError("--parallel is 2 to 1000.") }
        guard (stopDaemon == nil) == (startDaemon == nil) else {
            throw ValidationError("--stop-daemon and --start-daemon are given both or not at all.")
        }
    }

    func run() async throws {
        let plugin = try pluginUnderTest
        guard geteuid() == 0 else { throw ValidationError("It makes network namespaces: run it as root.") }
        let stop = StopRequest()
        let watch = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { stop.make() }
        }
        defer { watch.cancel() }
        let report: ConformanceReport
        do {
            report = try await Self.report(on: plugin, stop: stop)
        } catch {
            StandardError.write("berth: \(error); everything the run has made is removed")
            throw stop.isMade ? ExitCode(130) : ExitCode.badInput
        }
        print(output == .json ? "\(report.json)" : Tables.conformance(report))
        if report.failed > 0 { throw ExitCode.foundSomething }
    }

    /// Runs on a thread of its own, since everything in it blocks.
    private static func report(on plugin: PluginUnderTest, stop: StopRequest) async throws -> ConformanceReport {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        var run = try ConformanceRun(plugin, stop: stop)
                        return try run.report()
                    })
            }
        }
    }
}

// MARK: - The command line, read

extension ConformanceCommand {
    private var chosenVersions: [CNIVersion] {
        get throws {
            if versions == ["all"] { return CNIVersion.allCases.filter { !chained || $0 >= .v030 } }
            let chosen = try versions.map { text in
                guard let version = CNIVersion(text) else {
                    let known = CNIVersion.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--version \(text) is none of \(known), nor all.")
                }
                return version
            }
            guard !chosen.isEmpty else { throw ValidationError("--version names no version.") }
            if chained, let old = chosen.first(where: { $0 < .v030 }) {
                throw ValidationError("--version \(old) has no lists, so there are no chained plugins in it.")
            }
            return Set(chosen).sorted()
        }
    }

    private var pluginUnderTest: PluginUnderTest {
        get throws {
            let file = URL(fileURLWithPath: plugin)
            guard FileManager.default.isExecutableFile(atPath: file.path) else {
                throw ValidationError("--plugin \(plugin) is not there, or is no program.")
            }
            let configuration = try drivenConfiguration(type: file.lastPathComponent)
            guard !chained || !configuration.earlier.isEmpty else {
                throw ValidationError("--chained: no plugin stands before \(file.lastPathComponent) in --conf \(conf).")
            }
            return PluginUnderTest(
                path: file.path, configuration: configuration, earlier: chained ? configuration.earlier : [],
                cniPath: [file.deletingLastPathComponent().path] + cniPath.split(separator: ":").map(String.init),
                versions: try chosenVersions, environment: ProcessInfo.processInfo.environment, parallel: parallel,
                daemon: stopDaemon.flatMap { stop in startDaemon.map { PluginUnderTest.DaemonCommands(stop: stop, start: $0) } })
        }
    }

    private func drivenConfiguration(type: String) throws -> DrivenConfiguration {
        guard let data = FileManager.default.contents(atPath: conf) else { throw ValidationError("--conf \(conf) cannot be read.") }
        do {
            return try DrivenConfiguration(parsing: try JSONValue(parsing: Array(data), bytesMax: 1 << 20), type: type)
        } catch {
            throw ValidationError("--conf \(conf) cannot be taken: \(error).")
        }
    }
}
