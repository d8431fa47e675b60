import Foundation
import OCIImage
import Testing

struct TarArchiveTests {
    private static let time: Int64 = 1_700_000_000

    @Test func whatTarUnpacksIsWhatWasPutIn() throws {
        try TemporaryFolder.use { folder in
            let long = String(repeating: "a", count: 90) + "/" + String(repeating: "b", count: 90)
            let source = folder.appending(path: "source")
            try Data(repeating: 7, count: 1_500_000).write(to: source)
            var tree = FileTree()
            tree.add("usr/bin/program", .copy(of: source.path), mode: 0o755)
            tree.add("lib", .link(to: "usr/lib"))
            tree.add(long, .bytes(Array("text".utf8)))
            tree.add("empty", .bytes([]))
            tree.add("tmp", .folder, mode: 0o1777)
            let archive = folder.appending(path: "archive.tar")
            let written = try TarArchive(tree, time: Self.time).write(to: archive)
            #expect(written.size == (try Data(contentsOf: archive)).count && written.size % 512 == 0)

            let listing = try Shell.run("tar --utc --numeric-owner --full-time -tvf '\(archive.path)'")
            let lines = listing.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
            #expect(lines.allSatisfy { $0[1] == "0/0" && $0[3] == "2023-11-14" && $0[4] == "22:13:20" }, "\(listing)")
            #expect(lines.count == 8, "five entries and the three folders above them")
            #expect(lines.contains { $0[0] == "-rwxr-xr-x" && $0[2] == "1500000" && $0[5] == "usr/bin/program" })
            #expect(lines.contains { $0[0] == "drwxrwxrwt" && $0[5] == "tmp/" })
            #expect(listing.contains("lib -> usr/lib"))

            let unpacked = folder.appending(path: "unpacked")
            try FileManager.default.createDirectory(at: unpacked, withIntermediateDirectories: false)
            _ = try Shell.run("tar --no-same-owner -xf '\(archive.path)' -C '\(unpacked.path)'")
            #expect(try Data(contentsOf: unpacked.appending(path: "usr/bin/program")) == Data(contentsOf: source))
            #expect(try String(contentsOf: unpacked.appending(path: long), encoding: .utf8) == "text")
        }
    }

    @Test func theBytesGoByTheFilesAloneAndNotByWhenAndInWhatOrderTheyWereMade() throws {
        try TemporaryFolder.use { folder in
            let digests = try [["b", "a/c", "a"], ["a", "a/c", "b"]].enumerated().map { number, paths in
                let source = folder.appending(path: "source-\(number)")
                try Data("content".utf8).write(to: source)
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: Double(number) * 1e6), .posixPermissions: 0o600 + number],
                    ofItemAtPath: source.path)
                var tree = FileTree()
                for path in paths { tree.add(path, path == "a" ? .folder : .copy(of: source.path)) }
                return try TarArchive(tree, time: Self.time).write(to: folder.appending(path: "\(number).tar")).digest
            }
            #expect(digests[0] == digests[1])
            #expect("\(digests[0])" == "sha256:\(try Shell.run("sha256sum < '\(folder.path)/0.tar'").prefix(64))")
        }
    }

    @Test(arguments: [String(repeating: "n", count: 101), String(repeating: "d/", count: 130) + "n"])
    func aPathForWhichTheFormatHasNoRoomIsRefused(path: String) throws {
        try TemporaryFolder.use { folder in
            var tree = FileTree()
            tree.add(path, .bytes([1]))
            #expect(throws: ArchiveFailure.self) { try TarArchive(tree, time: Self.time).write(to: folder.appending(path: "x.tar")) }
        }
    }

    @Test func aFileThatIsNotThereIsAnError() throws {
        try TemporaryFolder.use { folder in
            var tree = FileTree()
            tree.add("file", .copy(of: folder.appending(path: "nothing").path))
            #expect(throws: (any Error).self) { try TarArchive(tree, time: Self.time).write(to: folder.appending(path: "x.tar")) }
        }
    }
}
