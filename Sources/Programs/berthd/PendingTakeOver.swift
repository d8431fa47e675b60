import Foundation
import Glibc
import IncumbentState
import Migration

/// The incumbent's pods that this start of the daemon takes over.
struct PendingTakeOver {
    let checkpoint: Checkpoint
    /// Where a take-over left the file, and where it goes once its pods are ours; nil for one that was named on the command line.
    private let handOver: (path: String, takenPath: String)?

    /// The file that was named, else the one that `berth migrate take-over` left in the run directory; nil without either.
    ///
    /// - Throws: ``CheckpointError`` for a file with a fault, and when one that was named cannot be read.
    init?(named path: String?, runDirectory: String) throws {
        if let path {
            (checkpoint, handOver) = (try Self.read(path), nil)
            return
        }
        let left = HandOver.path(in: runDirectory)
        guard FileManager.default.fileExists(atPath: left) else { return nil }
        (checkpoint, handOver) = (try Self.read(left), (left, HandOver.takenPath(in: runDirectory)))
    }

    /// Has the next start not take it over again; called when the journal has its pods.
    ///
    /// - Returns: The error number where the file cannot be renamed; 0 for none.
    func finish() -> Int32 {
        guard let handOver else { return 0 }
        return rename(handOver.path, handOver.takenPath) == 0 ? 0 : errno
    }

    /// Reads a file of which it knows that it fits into memory.
    private static func read(_ path: String) throws -> Checkpoint {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let bytes = try file.read(upToCount: Checkpoint.bytesMax + 1) ?? Data()
        return try Checkpoint(json: Array(bytes))
    }
}
