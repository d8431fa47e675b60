import Foundation

/// The working copy that these tests were compiled from.
struct Repository {
    let root: URL

    static let current = Repository(
        root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent())

    /// What the tools leave behind: never part of a commit.
    private static func isProduct(_ name: String) -> Bool {
        name == ".git" || name.hasPrefix(".build") || name == ".swiftpm" || name == "bin"
    }

    func text(of file: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: file)), as: UTF8.self)
    }

    /// Returns the names of the folders directly in `folder`, sorted; empty when it is absent.
    func folders(in folder: String) throws -> [String] {
        try names(in: folder).filter { isFolder("\(folder)/\($0)") }
    }

    /// Returns the paths of all files below `folder`, `""` being the root, sorted and without what a build leaves behind.
    func files(in folder: String) throws -> [String] {
        try names(in: folder).flatMap { name -> [String] in
            if folder.isEmpty && Self.isProduct(name) { return [] }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            return isFolder(path) ? try files(in: path) : [path]
        }
    }

    private func names(in folder: String) throws -> [String] {
        let path = root.appending(path: folder).path
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
