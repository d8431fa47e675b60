import Foundation
import OCIImage

/// Which sources the programs were built from, and when these were.
struct SourceState {
    /// Seconds since 1970 (reproducible-builds.org, "SOURCE_DATE_EPOCH").
    let time: Int64
    /// The commit, with `-dirty` behind it where files differ from it; nil outside of a git repository.
    let revision: String?

    /// - Throws: ``ArchiveFailure`` when neither the environment nor git tells the time.
    init(of package: URL, environment: [String: String]) throws {
        revision = try Self.git(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], in: package)
        if let text = environment["SOURCE_DATE_EPOCH"] {
            guard let time = Int64(text), time >= 0 else {
                throw ArchiveFailure("SOURCE_DATE_EPOCH is \"\(text)\"", remedy: "Set it to seconds since 1970, or unset it")
            }
            self.time = time
        } else if let time = try Self.git(["log", "-1", "--format=%ct"], in: package).flatMap({ Int64($0) }) {
            self.time = time
        } else {
            throw ArchiveFailure(
                "git does not tell when the commit of \(package.path) was made", remedy: "Set SOURCE_DATE_EPOCH to seconds since 1970")
        }
    }

    private static func git(_ arguments: [String], in package: URL) throws -> String? {
        let answer = try Command.run(["git", "-C", package.path] + arguments)
        return answer.status == 0 ? answer.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }
}

/// A program that is asked something.
enum Command {
    /// Runs it to its end; what it says to standard error is left out.
    static func run(_ words: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["LC_ALL=C"] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
