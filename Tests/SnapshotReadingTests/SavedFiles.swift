import Foundation
import JSON
import SnapshotReading

/// The saved answers beside the tests: two nodes of the cluster "shop", and what else lies in their subnets.
enum SavedFiles {
    static let aws = ["subnets", "network-interfaces", "instances", "vpcs", "reservations"]
    static let kubernetes = ["cluster", "pods"]

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources")
        return Array(try Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    static func documents(_ names: [String]) throws -> [(name: String, value: JSONValue)] {
        try names.map { ("\($0).json", try SnapshotReading.document(try bytes($0), name: "\($0).json")) }
    }
}
