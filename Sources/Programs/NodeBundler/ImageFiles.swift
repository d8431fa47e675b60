import Foundation
import OCIImage

/// The files of the image: the programs, what they are linked with, whom they trust, and nothing else. No shell.
struct ImageFiles {
    let programs: NodePrograms
    /// Our own license.
    let license: URL
    /// Where the C library, the daemon and the AWS SDKs look by default.
    private static let authorities = "/etc/ssl/certs/ca-certificates.crt"

    func tree() throws -> FileTree {
        var tree = FileTree()
        for name in NodePrograms.names {
            tree.add("usr/bin/\(name)", .copy(of: programs.folder.appending(path: name).path), mode: 0o755)
        }
        for library in programs.libraries {
            tree.add(Self.place(of: library), .copy(of: URL(filePath: library).resolvingSymlinksInPath().path), mode: 0o755)
        }
        // As Debian has it, so that the linker finds its libraries by either path.
        for folder in ["lib", "lib64"] where tree.entries["usr/\(folder)"] != nil { tree.add(folder, .link(to: "usr/\(folder)")) }
        try addSystem(to: &tree)
        return tree
    }

    /// `/lib/x86_64-linux-gnu/libc.so.6` as `usr/lib/x86_64-linux-gnu/libc.so.6`.
    private static func place(of library: String) -> String {
        library.hasPrefix("/usr/") ? String(library.dropFirst()) : "usr" + library
    }

    private func addSystem(to tree: inout FileTree) throws {
        guard FileManager.default.fileExists(atPath: Self.authorities) else {
            throw ArchiveFailure("there is no \(Self.authorities)", remedy: "Install ca-certificates, by which EC2 is told from others")
        }
        tree.add(String(Self.authorities.dropFirst()), .copy(of: Self.authorities))
        tree.add("etc/passwd", .bytes(Array("root:x:0:0:root:/:/sbin/nologin\n".utf8)))
        tree.add("etc/group", .bytes(Array("root:x:0:\n".utf8)))
        tree.add("etc/nsswitch.conf", .bytes(Array("hosts: files dns\n".utf8)))
        tree.add("etc/os-release", .copy(of: URL(filePath: "/etc/os-release").resolvingSymlinksInPath().path))
        for folder in ["dev", "proc", "run", "sys"] { tree.add(folder, .folder) }
        tree.add("tmp", .folder, mode: 0o1777)
        tree.add("usr/share/doc/berth/copyright", .copy(of: license.path))
        let packages = try DebianPackages(of: programs.libraries, and: ["ca-certificates"]).tree
        for path in packages.paths {
            guard let entry = packages.entries[path] else { continue }
            tree.add(path, entry.content, mode: entry.mode)
        }
    }
}
