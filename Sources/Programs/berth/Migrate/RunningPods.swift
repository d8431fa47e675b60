import Foundation
import IncumbentState
import JournalAdapter
import Migration
import NodeMigration
import NodeRuntime
import Timeline

/// The pods of this node as the incumbent's file has them: from the daemon, or from what it left.
struct RunningPods: Sendable {
    private let files: HostFiles

    init(_ files: HostFiles) {
        self.files = files
    }

    /// - Throws: ``MigrationRefusal`` where nobody knows the pods.
    func export() async throws -> [UInt8] {
        let places = files.places
        if files.isServed(places.pluginSocket) { return try await askDaemon() }
        // A daemon that was never started has taken nothing over: the file that waits for it says what there is.
        if let waiting = FileManager.default.contents(atPath: files.path(places.handOver)) { return Array(waiting) }
        return try readJournal()
    }

    private func askDaemon() async throws -> [UInt8] {
        do throws(DaemonClient.Failure) {
            return Array(try await DaemonClient(socket: files.path(files.places.reportSocket)).get("/v1/ipam.json").body)
        } catch {
            throw MigrationRefusal(code: "daemon-silent", problem: "berthd runs, but \(error)", remedy: "Try again, or stop berthd first")
        }
    }

    private func readJournal() throws -> [UInt8] {
        let path = files.path(files.places.journal)
        guard FileManager.default.fileExists(atPath: path) else {
            throw MigrationRefusal(
                code: "journal-absent",
                problem: "No berthd runs, and there is no journal at \(path): nobody knows the addresses of the pods",
                remedy: "Start berthd, which finds the pods by their links, and roll back then")
        }
        let entries: [UInt8]
        do {
            let (_, recovered) = try Journal.open(directory: files.path(files.places.runDirectory))
            if let aside = recovered.setAside {
                throw MigrationRefusal(
                    code: "journal-damaged", problem: "The journal is not whole: \(aside)",
                    remedy: "Start berthd, which finds the pods by their links, and roll back then")
            }
            entries = try Checkpoint(
                journal: recovered.entries, at: .now, unixNanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)
            ).json
        } catch let error as JournalError {
            throw MigrationRefusal(code: error.code, problem: error.problem, remedy: error.remedy)
        } catch let error as CheckpointError {
            throw MigrationRefusal(code: "export-unusable", problem: error.problem, remedy: error.remedy)
        }
        return entries
    }
}
