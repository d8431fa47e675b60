import Glibc
import JSON
package import NodeConfiguration

/// What the cluster last said of the node, on the node's own disk: for a daemon that starts while the API server is away.
///
/// It lies beside the journal and goes with it when the instance starts again.
package struct LastSeen: Sendable {
    private let path: String
    /// A node's labels and annotations are at most 256 KiB, ENIConfigs a few hundred bytes each.
    private static let bytesMax = 4 << 20

    package init(directory: String) {
        path = "\(directory)/cluster.json"
    }

    /// Nil when there is none, or none of this node.
    package func read(node: String) -> ClusterView? {
        guard let bytes = contents(), let value = try? JSONValue(parsing: bytes, bytesMax: Self.bytesMax), value["node"]?.string == node
        else { return nil }
        func texts(_ value: JSONValue?) -> [String: String] {
            Dictionary((value?.object?.members ?? []).compactMap { member in member.value.string.map { (member.name, $0) } }) { $1 }
        }
        let configs = (value["eniConfigs"]?.object?.members ?? []).map { member in
            (
                member.name,
                ClusterView.ENIConfig(
                    subnet: member.value["subnet"]?.string ?? "",
                    securityGroups: member.value["securityGroups"]?.array?.compactMap(\.string) ?? [])
            )
        }
        return ClusterView(
            node: node, labels: texts(value["labels"]), annotations: texts(value["annotations"]),
            eniConfigs: Dictionary(configs) { $1 })
    }

    /// Keeps a view in place of the one before; whole, or not at all.
    ///
    /// - Throws: ``Failure``.
    package func write(_ view: ClusterView) throws(Failure) {
        func object(_ texts: [String: String]) -> JSONValue {
            .object(JSONObject(texts.sorted { $0.key < $1.key }.map { JSONObject.Member(name: $0.key, value: .string($0.value)) }))
        }
        let configs = view.eniConfigs.sorted { $0.key < $1.key }.map { name, config in
            JSONObject.Member(
                name: name,
                value: ["subnet": .string(config.subnet), "securityGroups": .array(config.securityGroups.map { .string($0) })])
        }
        let value: JSONValue = [
            "node": .string(view.node), "labels": object(view.labels), "annotations": object(view.annotations),
            "eniConfigs": .object(JSONObject(configs)),
        ]
        try replace(with: value.bytes)
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        init(_ step: String, _ path: String) {
            description = "\(step) \(path): \(String(cString: strerror(errno)))"
        }
    }

    private func contents() -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var all: [UInt8] = []
        while true {
            let count = fread(&bytes, 1, bytes.count, file)
            all += bytes[..<count]
            guard count > 0, all.count <= Self.bytesMax else { return all.count <= Self.bytesMax ? all : nil }
        }
    }

    private func replace(with bytes: [UInt8]) throws(Failure) {
        let new = path + ".new"
        guard let file = fopen(new, "we") else { throw Failure("open", new) }
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten else {
            let failure = Failure("write", new)
            unlink(new)
            throw failure
        }
        guard rename(new, path) == 0 else { throw Failure("rename", new) }
    }
}
