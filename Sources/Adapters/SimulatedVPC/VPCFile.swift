import FoundationEssentials
import Glibc
import VPCModel

/// A VPC in a file that several processes use at once and that outlives any of them.
///
/// A change is made under an exclusive lock on `PATH.lock` and comes into being by renaming `PATH.tmp` over the file. The
/// kernel gives the lock up when its holder dies, so a process killed at any moment leaves either the VPC from before its
/// change or the one after it, and at most a temporary file that the next change overwrites. Nothing is flushed to the disk:
/// the times in the file count from boot, so it belongs on a file system that a reboot empties, such as `/run`.
struct VPCFile: Sendable {
    let path: String
    private var lockPath: String { path + ".lock" }
    private var temporaryPath: String { path + ".tmp" }

    /// Far above a fleet of thousands of nodes.
    private static let bytesMax = 256 << 20

    init(_ path: String) {
        self.path = path
    }

    /// Writes the VPC unless the file is there already.
    ///
    /// - Returns: Whether it was written.
    func create(_ vpc: VPCModel) throws(VPCFileError) -> Bool {
        let lock = try lock()
        defer { lock.release() }
        guard access(path, F_OK) != 0 else { return false }
        try save(vpc)
        return true
    }

    /// Returns the VPC as the last change left it; waits for nobody, since a renamed file is whole.
    func read() throws(VPCFileError) -> VPCModel {
        let bytes = try contents()
        do {
            return try JSONDecoder().decode(VPCFileContents.self, from: bytes).vpc
        } catch let strange as VPCFileContents.StrangeFormat {
            throw VPCFileError(
                problem: "\(path) holds a VPC in format \(strange.format), this program reads and writes format \(VPCFileContents.format)",
                remedy: "Move the file away, stop every node that uses it, and start again, all with the same version")
        } catch {
            throw VPCFileError(
                problem: "\(path) is not a VPC: \(error)", remedy: "Move the file away, stop every node that uses it, and start again")
        }
    }

    /// Changes the VPC; waits for other changes, each of a few milliseconds.
    func update<Answer>(_ change: (inout VPCModel) -> Answer) throws(VPCFileError) -> Answer {
        let lock = try lock()
        defer { lock.release() }
        let before = try read()
        var vpc = before
        let answer = change(&vpc)
        if vpc != before { try save(vpc) }
        return answer
    }

    private func save(_ vpc: VPCModel) throws(VPCFileError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes: Data
        do {
            bytes = try encoder.encode(VPCFileContents(vpc: vpc))
        } catch {
            throw VPCFileError(problem: "the VPC of \(path) cannot be written as JSON: \(error)", remedy: "Report this as a defect")
        }
        guard bytes.count <= Self.bytesMax else {
            throw VPCFileError(
                problem: "the VPC has \(bytes.count) bytes, \(Self.bytesMax) at most", remedy: "Use fewer or smaller subnets")
        }
        let file = try OpenFile(temporaryPath, flags: O_WRONLY | O_CREAT | O_TRUNC)
        defer { file.close() }
        try file.write(bytes)
        guard rename(temporaryPath, path) == 0 else { throw VPCFileError("rename", temporaryPath, errno) }
    }

    private func contents() throws(VPCFileError) -> Data {
        let file = try OpenFile(path, flags: O_RDONLY)
        defer { file.close() }
        return try file.contents(bytesMax: Self.bytesMax)
    }

    private func lock() throws(VPCFileError) -> FileLock {
        try FileLock(OpenFile(lockPath, flags: O_RDWR | O_CREAT))
    }
}

/// Why the file could not be used.
public struct VPCFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What failed, on what, with the error number's name for it.
    public var problem: String
    public var remedy: String

    init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    init(_ action: String, _ path: String, _ number: Int32) {
        self.init(
            problem: "\(action) \(path): \(String(cString: strerror(number)))",
            remedy: "Give a path in a folder that exists and can be written")
    }

    public var description: String { "\(problem). \(remedy)" }
}
