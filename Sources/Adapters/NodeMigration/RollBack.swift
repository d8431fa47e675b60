import IncumbentState
import Migration
import NodeInstall

/// Puts the incumbent back into its place on a node's disk, with the pods as they are.
///
/// Killed anywhere, it is finished by the next. The file of allocations is written once, since aws-node changes it from then on.
public struct RollBack {
    private let files: HostFiles
    private let export: Export
    private let firewall: Firewall
    private let report: (MigrationDone) -> Void

    /// Gives the running pods as the incumbent's file has them.
    public typealias Export = @Sendable () async throws -> [UInt8]

    /// The node's firewall, as far as a roll-back asks it.
    public struct Firewall {
        /// Whether the incumbent has its chains again.
        public var hasIncumbents: () throws -> Bool
        /// Removes our table.
        public var removeOurs: () throws -> Void

        public init(hasIncumbents: @escaping () throws -> Bool, removeOurs: @escaping () throws -> Void) {
            self.hasIncumbents = hasIncumbents
            self.removeOurs = removeOurs
        }
    }

    public enum Outcome: String, Hashable, Sendable {
        /// Nothing of ours is left but the journal.
        case complete
        /// Our table translates until aws-node has made its chains; the same command then removes it.
        case awaitingIncumbent
    }

    /// How often the file is written again because pods came or went meanwhile.
    private static let exportsMax = 5

    /// - Parameter export: Asks the daemon, or reads its journal.
    public init(
        _ files: HostFiles, export: @escaping Export, firewall: Firewall, report: @escaping (MigrationDone) -> Void
    ) {
        self.files = files
        self.export = export
        self.firewall = firewall
        self.report = report
    }

    /// - Throws: ``InstallFailure`` and ``MigrationRefusal``, and what the export and the firewall throw.
    public func perform() async throws -> Outcome {
        let places = files.places
        guard let conflist = try files.file(places.keptConflist, bytesMax: IncumbentConflist.bytesMax).bytes() else {
            throw MigrationRefusal.withoutKeptFiles(places.keptFolder)
        }
        // With the incumbent's list back, the file has been written, and aws-node may have changed it since.
        let isWritten = try !isAdopted()
        if !isWritten {
            guard !files.isServed(places.incumbentSocket) else { throw MigrationRefusal.incumbentRuns(places.incumbentSocket) }
            // Before anything is changed, so that a node without an export stays as it is.
            _ = try await exported()
        }
        // From here on no pod is added by us: our list with the incumbent's plugin works as its own does.
        try restorePlugin()
        if !isWritten { try await writeCheckpoint() }
        let list = files.file(places.conflist, bytesMax: IncumbentConflist.bytesMax)
        done("restore-conflist", places.conflist, try list.place(conflist, mode: 0o644))
        try withdraw()
        guard try firewall.hasIncumbents() else { return .awaitingIncumbent }
        try firewall.removeOurs()
        done("remove-firewall", "table inet berth", true)
        // Last: by this file a roll-back knows that there is something left to do.
        try files.file(places.keptCheckpoint, bytesMax: Checkpoint.bytesMax).remove()
        done("forget", places.keptConflist, try files.file(places.keptConflist, bytesMax: IncumbentConflist.bytesMax).remove())
        return .complete
    }

    /// Whether the conflist in place is that of a take-over.
    private func isAdopted() throws -> Bool {
        let bytes = try files.file(files.places.conflist, bytesMax: IncumbentConflist.bytesMax).bytes()
        return bytes.flatMap { try? IncumbentConflist(json: $0) }?.isAdopted ?? false
    }

    private func restorePlugin() throws {
        let removal = try files.plugins.remove(named: IncumbentConflist.pluginType)
        if removal == .notOurs { try forgetCopyOfPlugin() }
        done("restore-plugin", files.places.incumbentPlugin, removal == .restored || removal == .removed)
    }

    /// One that was ended between the plugin and its copy leaves both.
    private func forgetCopyOfPlugin() throws {
        let plugin = WholeFile(files.plugins.path(IncumbentConflist.pluginType), bytesMax: 256 << 20, disk: files.disk)
        let copy = WholeFile(files.plugins.aside(IncumbentConflist.pluginType), bytesMax: 256 << 20, disk: files.disk)
        if let bytes = try copy.bytes(), try plugin.bytes() == bytes { try copy.remove() }
    }

    /// No pod is added by us any more; one that was being added while the plugin went is in the next export.
    private func writeCheckpoint() async throws {
        let file = files.file(files.places.checkpoint, bytesMax: Checkpoint.bytesMax)
        var bytes = try await exported()
        for _ in 0..<Self.exportsMax {
            done("write-ipam", files.places.checkpoint, try file.place(bytes))
            let again = try await exported()
            if try Self.isSame(again, bytes) { return }
            bytes = again
        }
    }

    private func exported() async throws -> [UInt8] {
        let bytes = try await export()
        do throws(CheckpointError) {
            _ = try Checkpoint(json: bytes)
        } catch {
            throw MigrationRefusal.unusableExport(error.problem)
        }
        return bytes
    }

    /// Whether two exports have the same pods; their moments are counted from a clock and differ.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) throws -> Bool {
        let (one, other) = (try Checkpoint(json: one).allocations, try Checkpoint(json: other).allocations)
        return one.map(\.key) == other.map(\.key) && one.map(\.address) == other.map(\.address)
    }

    private func withdraw() throws {
        let places = files.places
        for path in [places.handOver, places.handedOver] {
            if try files.file(path, bytesMax: Checkpoint.bytesMax).remove() { done("withdraw", path, true) }
        }
        let settings = files.file(places.settings, bytesMax: 4 << 20)
        if let bytes = try settings.bytes(), bytes.starts(with: SettingsFile.mark.utf8) {
            done("withdraw", places.settings, try settings.remove())
        }
        guard try !isPluginNamed() else { return }
        if try files.plugins.remove(named: PluginFiles.pluginName) == .removed {
            done("withdraw", "\(places.pluginFolder)/\(PluginFiles.pluginName)", true)
        }
    }

    /// Whether a network of the node names our plugin by its own name.
    private func isPluginNamed() throws -> Bool {
        let folder = files.places.conflist.lastIndex(of: "/").map { String(files.places.conflist[..<$0]) } ?? "."
        for name in try files.disk.names(in: files.path(folder)) where [".conf", ".conflist", ".json"].contains(where: name.hasSuffix) {
            guard let bytes = try files.file("\(folder)/\(name)", bytesMax: 1 << 20).bytes() else { continue }
            if String(decoding: bytes, as: UTF8.self).contains("\"\(PluginFiles.pluginName)\"") { return true }
        }
        return false
    }

    private func done(_ step: String, _ path: String, _ isChanged: Bool) {
        report(MigrationDone(step: step, path: path, isChanged: isChanged))
    }
}
