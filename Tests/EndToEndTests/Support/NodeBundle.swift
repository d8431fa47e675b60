import Foundation
import Testing

/// A release as the bundler made it.
struct NodeBundle {
    let folder: String
    /// A line for each result.
    let lines: [String]

    /// Runs the bundler that was built with these tests.
    static func run(_ arguments: [String], time: Int = 1_700_000_000) throws -> ChildProcess.Outcome {
        let tool = try #require(Bundle.main.executableURL).deletingLastPathComponent().appendingPathComponent("NodeBundler").path
        let environment = ChildProcess.environment.merging(["SOURCE_DATE_EPOCH": "\(time)"]) { $1 }
        return try ChildProcess.run([tool, "--package", repository] + arguments, environment: environment)
    }

    /// - Parameter programs: The folder with the three; that of the tests by default.
    static func make(
        in folder: String, programs: String = URL(fileURLWithPath: Programs.daemon).deletingLastPathComponent().path,
        time: Int = 1_700_000_000
    ) throws -> NodeBundle {
        let made = try run(["--programs", programs, "--output", folder], time: time)
        guard made.status == 0 else { throw DaemonReports.Failure(description: "the bundler ended with \(made)") }
        return NodeBundle(folder: folder, lines: made.output.split(separator: "\n").map(String.init))
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The name, the digest and the folder of the image, as the last line tells them: `localhost/berth:0.1.0@sha256:…  FOLDER`.
    private var words: [Substring] { lines.last?.split(separator: " ") ?? [] }
    var digest: String { words.first?.split(separator: "@").last.map(String.init) ?? "" }
    var image: String { "\(folder)/\(words.last ?? "")" }
    var architecture: String { image.contains("arm64") ? "arm64" : "amd64" }

    /// Unpacks the one layer, as a runtime would.
    func unpack(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let script = """
            set -e
            layer=$(ls -S "$0"/blobs/sha256/* | head -1)
            tar -xpzf "$layer" -C "$1"
            """
        let unpacked = try ChildProcess.run(["sh", "-c", script, image, folder])
        guard unpacked.status == 0 else { throw DaemonReports.Failure(description: "the layer was not unpacked: \(unpacked)") }
    }
}
