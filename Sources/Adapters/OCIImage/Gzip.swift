public import Foundation

/// Compresses with the system's `gzip`, without name and time, so that the same bytes come out each time.
public enum Gzip {
    /// Writes `source` compressed to `target`.
    ///
    /// - Throws: ``ArchiveFailure`` when there is no `gzip` or it fails.
    @discardableResult
    public static func compress(_ source: URL, to target: URL) throws -> WrittenFile {
        guard FileManager.default.createFile(atPath: target.path, contents: nil) else {
            throw ArchiveFailure("\(target.path) cannot be made", remedy: "Name a folder that can be written")
        }
        let output = try FileHandle(forWritingTo: target)
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "--no-name", "--stdout", "-6", source.path]
        gzip.standardOutput = output
        try gzip.run()
        gzip.waitUntilExit()
        try output.close()
        guard gzip.terminationReason == .exit, gzip.terminationStatus == 0 else {
            throw ArchiveFailure(
                "gzip ended with \(gzip.terminationStatus) on \(source.path)", remedy: "Install gzip; its own message is above")
        }
        let written = try Data(contentsOf: target, options: .mappedIfSafe)
        return WrittenFile(digest: Digest(of: written), size: written.count)
    }
}
