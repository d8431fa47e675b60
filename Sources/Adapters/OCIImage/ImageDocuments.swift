import Foundation

// The JSON documents of an image (OCI image specification 1.0: "Image Layout", "Index", "Manifest", "Configuration").

struct Descriptor: Encodable {
    let mediaType: String
    let digest: String
    let size: Int
    var platform: Platform?
    var annotations: [String: String]?

    init(_ mediaType: String, _ file: WrittenFile, platform: Platform? = nil, annotations: [String: String]? = nil) {
        self.mediaType = mediaType
        digest = "\(file.digest)"
        size = file.size
        self.platform = platform
        self.annotations = annotations
    }
}

struct Platform: Encodable {
    let architecture: String
    var os = "linux"
}

struct LayoutDocument: Encodable {
    var imageLayoutVersion = "1.0.0"
}

struct IndexDocument: Encodable {
    var schemaVersion = 2
    var mediaType = MediaType.index
    let manifests: [Descriptor]
}

struct ManifestDocument: Encodable {
    var schemaVersion = 2
    var mediaType = MediaType.manifest
    let config: Descriptor
    let layers: [Descriptor]
    let annotations: [String: String]
}

struct ConfigurationDocument: Encodable {
    struct Process: Encodable {
        let user: String
        let env: [String]
        let entrypoint: [String]
        let workingDir = "/"
        let labels: [String: String]

        private enum CodingKeys: String, CodingKey {
            case user = "User"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case workingDir = "WorkingDir"
            case labels = "Labels"
        }
    }

    struct RootFileSystem: Encodable {
        let type = "layers"
        let diffIDs: [String]

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    struct Step: Encodable {
        let created: String
        let comment: String
    }

    let created: String
    let architecture: String
    let os = "linux"
    let config: Process
    let rootfs: RootFileSystem
    let history: [Step]
}

enum MediaType {
    static let index = "application/vnd.oci.image.index.v1+json"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let configuration = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar+gzip"
}
