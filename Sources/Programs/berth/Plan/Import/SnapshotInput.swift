import ArgumentParser
import ClusterImport
import CommandLineTool
import JSON
import SnapshotReading

/// Files that were saved of AWS and Kubernetes.
enum SnapshotInput {
    static func cloud(_ files: [String]) throws -> CloudSnapshot {
        try read(files, CloudSnapshot()) { cloud, document throws(SnapshotFaults) in cloud.add(try SnapshotReading.aws([document])) }
    }

    static func cluster(_ files: [String]) throws -> ClusterSnapshot {
        try read(files, ClusterSnapshot()) { cluster, document throws(SnapshotFaults) in
            cluster.add(try SnapshotReading.kubernetes([document]))
        }
    }

    /// One file after the other, so that no two are in memory as documents; the faults of all of them together.
    private static func read<Snapshot>(
        _ files: [String], _ empty: Snapshot, _ add: (inout Snapshot, (name: String, value: JSONValue)) throws(SnapshotFaults) -> Void
    ) throws -> Snapshot {
        var (snapshot, faults) = (empty, SnapshotFaults([]))
        for file in files {
            do throws(SnapshotFaults) {
                try add(&snapshot, (file, try document(file)))
            } catch {
                faults.faults += error.faults
            }
        }
        guard faults.faults.isEmpty else { throw SnapshotOptions.refused(faults) }
        return snapshot
    }

    private static func document(_ file: String) throws(SnapshotFaults) -> JSONValue {
        let text: String
        do throws(InputFile.Failure) {
            text = try InputFile.text(at: file, bytesMax: SnapshotReading.fileBytesMax)
        } catch {
            throw SnapshotFaults([
                SnapshotFault(
                    place: file, problem: "\(error)",
                    remedy:
                        "Give the path of a file of JSON with at most \(SnapshotReading.fileBytesMax) bytes, one for each kind or namespace"
                )
            ])
        }
        return try SnapshotReading.document(Array(text.utf8), name: file)
    }
}
