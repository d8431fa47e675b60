public import Foundation

/// What an image is besides its files.
public struct ImageDescription: Sendable {
    /// As Go calls it: `amd64` or `arm64`.
    public var architecture: String
    /// What runs by default, with the arguments that always come first.
    public var entrypoint: [String]
    public var environment: [String]
    /// Names and values, such as `org.opencontainers.image.version`.
    public var labels: [String: String]
    /// The name by which tools find the image once they have loaded it, such as `localhost/berth:0.1.0`.
    public var reference: String
    /// Seconds since 1970, for everything that has a time.
    public var time: Int64

    public init(
        architecture: String, entrypoint: [String], environment: [String], labels: [String: String], reference: String, time: Int64
    ) {
        self.architecture = architecture
        self.entrypoint = entrypoint
        self.environment = environment
        self.labels = labels
        self.reference = reference
        self.time = time
    }
}

/// An image of one layer as a folder of the OCI image layout (OCI image specification 1.0, "Image Layout").
///
/// The same tree and description make the same bytes, so that an image is known by its digest wherever it was built.
public struct ImageLayout {
    private let folder: URL
    private var blobs: URL { folder.appending(path: "blobs/sha256") }

    /// - Parameter folder: It must not exist.
    public init(at folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder.appending(path: "blobs/sha256"), withIntermediateDirectories: true)
    }

    /// Writes the image and returns its digest, by which registries and nodes know it.
    ///
    /// - Throws: ``ArchiveFailure`` when a file cannot be read or compressed, and what writing throws.
    public func write(_ tree: FileTree, _ image: ImageDescription) throws -> Digest {
        let archive = folder.appending(path: "layer.tar")
        let plain = try TarArchive(tree, time: image.time).write(to: archive)
        let compressed = folder.appending(path: "layer.tar.gz")
        let layer = try Gzip.compress(archive, to: compressed)
        try FileManager.default.removeItem(at: archive)
        try FileManager.default.moveItem(at: compressed, to: blobs.appending(path: layer.digest.hexadecimal))
        let configuration = try blob(Self.configuration(image, plain.digest))
        let manifest = try blob(
            ManifestDocument(
                config: Descriptor(MediaType.configuration, configuration), layers: [Descriptor(MediaType.layer, layer)],
                annotations: image.labels))
        try put(LayoutDocument(), in: folder.appending(path: "oci-layout"))
        try put(IndexDocument(manifests: [Self.entry(manifest, image)]), in: folder.appending(path: "index.json"))
        return manifest.digest
    }

    /// The folder as a tree, for an archive that tools load whole.
    public var tree: FileTree {
        get throws {
            var tree = FileTree()
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
                let file = folder.appending(path: path)
                let isFolder = try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
                tree.add(path, isFolder ? .folder : .copy(of: file.path))
            }
            return tree
        }
    }

    private static func configuration(_ image: ImageDescription, _ plain: Digest) -> ConfigurationDocument {
        let created = Date(timeIntervalSince1970: TimeInterval(image.time)).ISO8601Format()
        return ConfigurationDocument(
            created: created, architecture: image.architecture,
            config: .init(user: "0:0", env: image.environment, entrypoint: image.entrypoint, labels: image.labels),
            rootfs: .init(diffIDs: ["\(plain)"]), history: [.init(created: created, comment: "swift package node-bundle")])
    }

    /// Podman and skopeo go by the specification's name, containerd by its own.
    private static func entry(_ manifest: WrittenFile, _ image: ImageDescription) -> Descriptor {
        Descriptor(
            MediaType.manifest, manifest, platform: Platform(architecture: image.architecture),
            annotations: ["org.opencontainers.image.ref.name": image.reference, "io.containerd.image.name": image.reference])
    }

    private func blob(_ document: some Encodable) throws -> WrittenFile {
        let json = try Self.json(document)
        let digest = Digest(of: json)
        try json.write(to: blobs.appending(path: digest.hexadecimal))
        return WrittenFile(digest: digest, size: json.count)
    }

    private func put(_ document: some Encodable, in file: URL) throws {
        try Self.json(document).write(to: file)
    }

    private static func json(_ document: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }
}
