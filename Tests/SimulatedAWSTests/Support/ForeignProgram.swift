import Foundation

/// A program of others that asks the simulated AWS.
struct ForeignProgram: Sendable {
    struct Outcome: Sendable {
        var status: Int32
        /// Of both outputs.
        var text: String
    }

    private let path: String

    /// Takes what `make setup-test` has installed, or else what `PATH` has; nil where neither has it.
    init?(_ name: String) {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders =
            [repository.appending(path: ".build-python/bin").path()]
            + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let path = folders.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile) else { return nil }
        self.path = path
    }

    /// Runs the program with the environment of AWS's SDKs, and no other of theirs.
    func run(_ arguments: [String], environment: [String: String]) async throws -> Outcome {
        let file = FileManager.default.temporaryDirectory.appending(path: "simulated-aws-\(UUID().uuidString).txt")
        guard FileManager.default.createFile(atPath: file.path(), contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let own = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AWS_") && $0.key != "HOME" }
        process.environment = own.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (output, output)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return Outcome(status: process.terminationStatus, text: try String(contentsOf: file, encoding: .utf8))
    }

    static let python = ForeignProgram("python3")
    static let cli = ForeignProgram("aws")

    /// Whether Python has Amazon's SDK.
    static let pythonHasSDK: Bool = {
        guard let python else { return false }
        let process = Process()
        process.executableURL = URL(filePath: python.path)
        process.arguments = ["-c", "import boto3"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

extension TestCloud {
    /// What points the programs of others at a server, and keeps them from whatever else they know of AWS.
    static func environment(_ url: String) -> [String: String] {
        [
            "AWS_ENDPOINT_URL_EC2": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "NO_PROXY": "127.0.0.1",
        ]
    }
}
