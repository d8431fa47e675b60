import Foundation

/// The programs by which operators make objects of the manifests, and the one that holds objects to the API's schemas.
enum ManifestTool: String, CaseIterable {
    case helm
    case kubectl
    case validator = "kubernetes-validate"

    /// The working copy that these tests were compiled from.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `make setup-test` puts them there.
    private var path: String { Self.repository.appending(path: ".build-python/bin/\(rawValue)").path }

    static let missing = allCases.filter { !FileManager.default.isExecutableFile(atPath: $0.path) }
    /// CI sets it, and has to have them.
    static let areRequired = ProcessInfo.processInfo.environment["CI"] == "true"

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the tool to its end and returns what it prints.
    ///
    /// - Throws: ``Failure`` with what it says when it ends with another status than 0.
    func run(_ arguments: [String]) throws -> String {
        let outcome = try outcome(arguments)
        guard outcome.status == 0 else {
            throw Failure(description: "\(rawValue) \(arguments) ended with \(outcome.status): \(outcome.output)")
        }
        return outcome.output
    }

    /// The same, whatever the status. What goes to standard error is in the output only where the tool failed.
    func outcome(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        // Neither a cluster nor a plugin of the one who runs the tests.
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "KUBECONFIG": "/dev/null", "LC_ALL": "C.UTF-8"]
        let errors = FileManager.default.temporaryDirectory.appending(path: "berth-manifests-\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: errors.path, contents: nil) else { throw Failure(description: "no \(errors.path)") }
        defer { try? FileManager.default.removeItem(at: errors) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let status = process.terminationStatus
        return (status, status == 0 ? text : text + (try String(contentsOf: errors, encoding: .utf8)))
    }
}
