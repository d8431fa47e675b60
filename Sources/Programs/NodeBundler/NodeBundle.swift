import CommandLineTool
import Foundation
import OCIImage

/// A release: an archive for nodes without Kubernetes, and an image for those with it.
struct NodeBundle {
    let programs: NodePrograms
    let package: URL
    let source: SourceState
    /// The image's name and tag.
    let reference: String

    private var name: String { "berth-\(Release.version)-linux-\(programs.architecture)" }

    /// Makes everything beside its place, and puts it there when it is whole.
    ///
    /// - Returns: A line for each result, with its SHA-256.
    func write(to folder: URL) throws -> [String] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let work = folder.appending(path: ".\(name).\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: work) }
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)

        let archive = work.appending(path: "archive.tar")
        try TarArchive(try archiveFiles(), time: source.time).write(to: archive)
        let release = try Gzip.compress(archive, to: work.appending(path: "release"))
        let layout = try ImageLayout(at: work.appending(path: "image"))
        let image = try layout.write(try ImageFiles(programs: programs, license: package.appending(path: "LICENSE")).tree(), description)
        let loadable = try TarArchive(try layout.tree, time: source.time).write(to: work.appending(path: "loadable"))

        let results = [("release", "\(name).tar.gz"), ("image", "\(name).oci"), ("loadable", "\(name).oci.tar")]
        for (made, final) in results { try replace(folder.appending(path: final), with: work.appending(path: made)) }
        let lines = [(release.digest, results[0].1), (loadable.digest, results[2].1)].map { "\($0.hexadecimal)  \($1)" }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "\(name).sha256"), options: .atomic)
        return lines + ["\(reference)@\(image)  \(results[1].1)"]
    }

    private func replace(_ old: URL, with new: URL) throws {
        if FileManager.default.fileExists(atPath: old.path) { try FileManager.default.removeItem(at: old) }
        try FileManager.default.moveItem(at: new, to: old)
    }

    private var description: ImageDescription {
        var labels = [
            "org.opencontainers.image.title": "Berth",
            "org.opencontainers.image.description": "VPC addresses for the pods of a Kubernetes node on EC2",
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.version": Release.version,
        ]
        labels["org.opencontainers.image.revision"] = source.revision
        return ImageDescription(
            architecture: programs.architecture, entrypoint: ["/usr/bin/berthd"], environment: ["PATH=/usr/bin"], labels: labels,
            reference: reference, time: source.time)
    }

    /// Everything below one folder, which is what an archive is expected to unpack to.
    private func archiveFiles() throws -> FileTree {
        var files = FileTree()
        for program in NodePrograms.names {
            files.add("bin/\(program)", .copy(of: programs.folder.appending(path: program).path), mode: 0o755)
        }
        for text in ["README.md", "LICENSE", "CHANGELOG.md"] { files.add(text, .copy(of: package.appending(path: text).path)) }
        let install = package.appending(path: "Install")
        for path in try FileManager.default.subpathsOfDirectory(atPath: install.path) {
            let file = install.appending(path: path)
            let isFolder = try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
            files.add("Install/\(path)", isFolder ? .folder : .copy(of: file.path))
        }
        var tree = FileTree()
        tree.add(files, below: name)
        return tree
    }
}
