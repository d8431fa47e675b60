public import ClusterImport
public import JSON

/// Reads what was saved of AWS and Kubernetes into snapshots, with every fault that it has.
public enum SnapshotReading {
    /// The largest file that is read, in bytes: the pods of some ten thousand nodes want one file a namespace.
    public static let fileBytesMax = 128 << 20

    /// Reads documents of the AWS CLI, in any order, by what is in them.
    ///
    /// - Parameter documents: Each with the name that faults carry.
    /// - Throws: ``SnapshotFaults`` with every fault, about a hundred at most.
    public static func aws(_ documents: [(name: String, value: JSONValue)]) throws(SnapshotFaults) -> CloudSnapshot {
        var (reader, cloud) = (SnapshotReader(), CloudSnapshot())
        for document in documents { cloud.add(reader.readAWS(JSONPlace(document.value, in: document.name))) }
        try reader.finish()
        return cloud
    }

    /// Reads documents of kubectl, in any order, by what is in them.
    ///
    /// - Parameter documents: Each with the name that faults carry.
    /// - Throws: ``SnapshotFaults`` with every fault, about a hundred at most.
    public static func kubernetes(_ documents: [(name: String, value: JSONValue)]) throws(SnapshotFaults) -> ClusterSnapshot {
        var (reader, cluster) = (SnapshotReader(), ClusterSnapshot())
        for document in documents { cluster.add(reader.readKubernetes(JSONPlace(document.value, in: document.name))) }
        try reader.finish()
        return cluster
    }

    /// Reads objects of one kind, as a server lists them.
    ///
    /// - Parameter kind: Such as `Deployment`.
    public static func kubernetes(_ objects: [JSONObject], kind: String) throws(SnapshotFaults) -> ClusterSnapshot {
        var (reader, cluster) = (SnapshotReader(), ClusterSnapshot())
        for object in objects {
            let name = object["metadata"]?["name"]?.string ?? "?"
            reader.read(JSONPlace(.object(object), in: "\(kind) \(name)"), kind, into: &cluster)
        }
        try reader.finish()
        return cluster
    }

    /// Parses a document.
    ///
    /// - Throws: ``SnapshotFaults`` where it is no JSON.
    public static func document(_ bytes: [UInt8], name: String) throws(SnapshotFaults) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: bytes, bytesMax: fileBytesMax)
        } catch {
            throw SnapshotFaults([
                SnapshotFault(
                    place: "\(name):\(error.line)", problem: "it is no JSON document: \(error)",
                    remedy: "Save the whole output of the command, with --output json for the AWS CLI and -o json for kubectl")
            ])
        }
    }
}
