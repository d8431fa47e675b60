import Foundation
import OCIImage

/// Which Debian packages files come from: an image that holds them owes their licenses, and scanners look for their versions.
struct DebianPackages {
    /// By name.
    private let names: Set<String>

    /// - Parameter others: Packages whose files are made on the machine, so that none of them is theirs.
    /// - Throws: ``ArchiveFailure`` for a file that no package has.
    init(of files: [String], and others: [String]) throws {
        names = Set(try files.map { try Self.package(of: $0) } + others)
    }

    /// The license and the description of each, where distroless images have them.
    var tree: FileTree {
        get throws {
            var tree = FileTree()
            for name in names.sorted() {
                let license = "/usr/share/doc/\(name)/copyright"
                guard FileManager.default.fileExists(atPath: license) else {
                    throw ArchiveFailure(
                        "the license of \(name) is not at \(license)", remedy: "Install the package with its documentation")
                }
                tree.add("usr/share/doc/\(name)/copyright", .copy(of: license))
                let status = try Command.run(["dpkg-query", "--status", name])
                guard status.status == 0 else {
                    throw ArchiveFailure("dpkg-query does not know \(name)", remedy: "Install it: make setup")
                }
                tree.add("var/lib/dpkg/status.d/\(name)", .bytes(Array(status.output.utf8)))
            }
            return tree
        }
    }

    /// Since /lib became a link to /usr/lib, the package may know a file by either path.
    private static func package(of file: String) throws -> String {
        let real = URL(filePath: file).resolvingSymlinksInPath().path
        for path in [file, real, "/usr" + file, String(real.dropFirst(real.hasPrefix("/usr/") ? 4 : 0))] {
            let answer = try Command.run(["dpkg-query", "--search", path])
            guard answer.status == 0, let name = answer.output.split(whereSeparator: { ":,".contains($0) }).first else { continue }
            return String(name)
        }
        throw ArchiveFailure(
            "no Debian package has \(file)", remedy: "Build on Debian or Ubuntu, with the packages that make setup installs")
    }
}
