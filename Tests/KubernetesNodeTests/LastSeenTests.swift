import Foundation
import KubernetesNode
import NodeConfiguration
import Testing

@Suite struct LastSeenTests {
    private static let view = ClusterView(
        node: "node-a", labels: ["zone": "a"], annotations: ["settings.berth.dev/MAX_ENI": "2", "odd": "\"\\\n"],
        eniConfigs: ["a": .init(subnet: "subnet-0a", securityGroups: ["sg-0a", "sg-0b"]), "b": .init(subnet: "subnet-0b")])

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("last-seen-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func whatWasWrittenIsReadAndOfThatNodeAlone() throws {
        try inFolder { folder in
            let seen = LastSeen(directory: folder)
            #expect(seen.read(node: "node-a") == nil)
            try seen.write(Self.view)
            #expect(seen.read(node: "node-a") == Self.view)
            #expect(seen.read(node: "node-b") == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["cluster.json"])
        }
    }

    @Test(arguments: ["", "{", #"{"node":7}"#, "[]", "\u{0}"]) func aDamagedFileIsNone(text: String) throws {
        try inFolder { folder in
            try text.write(toFile: "\(folder)/cluster.json", atomically: false, encoding: .utf8)
            #expect(LastSeen(directory: folder).read(node: "node-a") == nil)
        }
    }

    @Test func aFolderThatIsNotThereIsToldWithItsPath() {
        let failure = #expect(throws: LastSeen.Failure.self) { try LastSeen(directory: "/nonexistent/berth").write(Self.view) }
        #expect("\(failure as Any)".contains("/nonexistent/berth/cluster.json.new"))
    }
}
