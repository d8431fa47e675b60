import Foundation
import OCIImage
import Testing

struct ImageLayoutTests {
    private static let image = ImageDescription(
        architecture: "arm64", entrypoint: ["/usr/bin/berthd"], environment: ["PATH=/usr/bin"],
        labels: ["org.opencontainers.image.version": "1.2.3"], reference: "localhost/berth:1.2.3", time: 1_700_000_000)

    private static var tree: FileTree {
        var tree = FileTree()
        tree.add("usr/bin/berthd", .bytes(Array("program".utf8)), mode: 0o755)
        return tree
    }

    @Test func everyDescriptorLeadsToABlobOfThatDigestAndSize() throws {
        try TemporaryFolder.use { folder in
            let place = folder.appending(path: "image")
            let digest = try ImageLayout(at: place).write(Self.tree, Self.image)
            #expect(try json(place.appending(path: "oci-layout"))["imageLayoutVersion"] as? String == "1.0.0")
            let index = try json(place.appending(path: "index.json"))
            let entry = try #require((index["manifests"] as? [[String: Any]])?.first)
            #expect(entry["digest"] as? String == "\(digest)")
            #expect((entry["platform"] as? [String: String]) == ["architecture": "arm64", "os": "linux"])
            #expect((entry["annotations"] as? [String: String])?["org.opencontainers.image.ref.name"] == "localhost/berth:1.2.3")

            let manifest = try document(entry, in: place)
            let configuration = try document(try #require(manifest["config"] as? [String: Any]), in: place)
            let layer = try #require((manifest["layers"] as? [[String: Any]])?.first)
            _ = try blob(layer, in: place)
            let process = try #require(configuration["config"] as? [String: Any])
            #expect(process["Entrypoint"] as? [String] == ["/usr/bin/berthd"] && process["User"] as? String == "0:0")
            #expect(configuration["created"] as? String == "2023-11-14T22:13:20Z")
            // The identity of a layer is that of its bytes before they were compressed (OCI image specification, "Layer DiffID").
            let name = try #require(layer["digest"] as? String).dropFirst("sha256:".count)
            let plain = try Shell.run("gzip -dc '\(place.path)/blobs/sha256/\(name)' | sha256sum").prefix(64)
            #expect((configuration["rootfs"] as? [String: Any])?["diff_ids"] as? [String] == ["sha256:\(plain)"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == ["blobs", "index.json", "oci-layout"])
        }
    }

    @Test func theSameFilesMakeTheSameImageAndOthersAnother() throws {
        try TemporaryFolder.use { folder in
            var other = Self.tree
            other.add("usr/bin/berthd", .bytes(Array("program".utf8)), mode: 0o700)
            let digests = try [Self.tree, Self.tree, other].enumerated().map {
                try ImageLayout(at: folder.appending(path: "\($0)")).write($1, Self.image)
            }
            #expect(digests[0] == digests[1] && digests[1] != digests[2])
            #expect(try Shell.run("diff -r '\(folder.path)/0' '\(folder.path)/1'") == "")
        }
    }

    private func document(_ descriptor: [String: Any], in place: URL) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: blob(descriptor, in: place)) as? [String: Any])
    }

    private func blob(_ descriptor: [String: Any], in place: URL) throws -> Data {
        let digest = try #require(descriptor["digest"] as? String)
        let file = place.appending(path: "blobs/" + digest.replacing(":", with: "/"))
        let bytes = try Data(contentsOf: file)
        #expect(bytes.count == descriptor["size"] as? Int)
        #expect("sha256:\(try Shell.run("sha256sum < '\(file.path)'").prefix(64))" == digest)
        return bytes
    }

    private func json(_ file: URL) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }
}
