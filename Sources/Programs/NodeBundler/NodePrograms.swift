import CommandLineTool
import Foundation
import OCIImage

/// The three programs of a node, as they were built.
struct NodePrograms {
    let folder: URL
    /// What the dynamic linker loads for them.
    let libraries: [String]
    /// As Go calls it.
    let architecture: String

    static let names = ["berth", "berth-cni", "berthd"]

    /// - Throws: ``ArchiveFailure`` when one is missing, is of another release, or is not what a node can run.
    init(in folder: URL) throws {
        self.folder = folder
        for name in Self.names where !FileManager.default.isExecutableFile(atPath: folder.appending(path: name).path) {
            throw ArchiveFailure("\(folder.path) has no program \(name)", remedy: "Build it: make build")
        }
        for name in ["berth", "berthd"] {
            let told = try Command.run([folder.appending(path: name).path, "--version"])
            let version = told.output.trimmingCharacters(in: .whitespacesAndNewlines)
            guard told.status == 0, version == Release.version else {
                throw ArchiveFailure("\(name) is of version \"\(version)\", not \(Release.version)", remedy: "Build it anew: make build")
            }
        }
        // It runs on the node and not in the image, with whatever C library the node has.
        guard try SharedObjects.needed(by: folder.appending(path: "berth-cni")).isEmpty else {
            throw ArchiveFailure("berth-cni is not linked statically", remedy: "Build it as it ships: make plugin")
        }
        libraries = Set(try ["berth", "berthd"].flatMap { try SharedObjects.needed(by: folder.appending(path: $0)) }).sorted()
        architecture = try Self.architecture(of: Command.run(["uname", "--machine"]).output)
    }

    private static func architecture(of machine: String) throws -> String {
        switch machine.trimmingCharacters(in: .whitespacesAndNewlines) {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case let other: throw ArchiveFailure("no EC2 instance is a \(other)", remedy: "Build on x86_64 or aarch64")
        }
    }
}
