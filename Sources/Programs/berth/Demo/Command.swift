import Foundation

/// One run of another program, from start to exit.
struct Command: Sendable {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    var path: String
    var arguments: [String] = []
    var environment: [String: String] = [:]
    var input: String = ""

    /// Runs the program and returns what it wrote; a cancelled task ends it with SIGTERM.
    ///
    /// Meant for programs that print little: output is read when the program has ended, and a pipe holds 64 KiB.
    func run() async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let box = ProcessBox(process)
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                process.terminationHandler = { _ in continuation.resume() }
                do {
                    try process.run()
                    try input.fileHandleForWriting.write(contentsOf: Data(self.input.utf8))
                    try input.fileHandleForWriting.close()
                } catch {
                    // A program that does not start never calls the handler; one that closed its input still ends.
                    guard !process.isRunning, process.processIdentifier == 0 else { return }
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
            try Task.checkCancellation()
            return Outcome(
                status: process.terminationStatus, output: Self.text(output), errors: Self.text(errors))
        } onCancel: {
            box.terminate()
        }
    }

    private static func text(_ pipe: Pipe) -> String {
        String(decoding: (try? pipe.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    }
}

/// A process that another task may end.
///
/// `Process` may be signalled from any thread once it runs, and `isRunning` is read under its own lock.
private final class ProcessBox: @unchecked Sendable {
    private let process: Process

    init(_ process: Process) {
        self.process = process
    }

    func terminate() {
        if process.isRunning { process.terminate() }
    }
}

/// A program that runs until it is told to end.
final class BackgroundProgram: @unchecked Sendable {
    // Started once and ended by one caller; `Process` guards its own state.
    private let process: Process

    /// Starts the program with its messages in a file.
    init(_ path: String, _ arguments: [String], log: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // Variables of the caller's shell are not meant for the demo's daemons.
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardInput = FileHandle.nullDevice
        guard FileManager.default.createFile(atPath: log, contents: nil), let file = FileHandle(forWritingAtPath: log) else {
            throw DemoFailure(description: "the log \(log) cannot be written")
        }
        process.standardOutput = file
        process.standardError = file
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Asks the program to end and waits for it; after five seconds it is ended.
    func stop() async {
        if process.isRunning { process.terminate() }
        for _ in 0..<500 where process.isRunning { try? await Task.detached { try await Task.sleep(for: .milliseconds(10)) }.value }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
