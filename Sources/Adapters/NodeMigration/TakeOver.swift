import IncumbentState
import JSON
public import Migration
import NodeInstall

/// Puts Berth into the incumbent's place on a node's disk, so that its daemon has but to be started.
///
/// Each step looks at what is there and does what is missing: one that was killed is finished by the next, and a second one changes
/// nothing. The incumbent's own file of allocations is copied and never written.
public struct TakeOver {
    private let files: HostFiles
    private let plugin: String
    private let report: (MigrationDone) -> Void

    /// - Parameters:
    ///   - plugin: Where this process finds the plugin that is placed.
    ///   - report: Called with each step once it is done.
    public init(_ files: HostFiles, plugin: String, report: @escaping (MigrationDone) -> Void) {
        self.files = files
        self.plugin = plugin
        self.report = report
    }

    /// - Parameter evidence: As it was found a moment ago, with nothing against the take-over.
    /// - Throws: ``InstallFailure`` and ``MigrationRefusal``. What is in place works with one daemon or the other.
    public func perform(_ evidence: NodeEvidence) throws {
        guard let conflist = evidence.conflist.value else { throw MigrationRefusal.withoutConflist(files.places.conflist) }
        try keepFiles(conflist)
        try writeSettings(evidence)
        try handOver(evidence)
        try placePlugin()
        try placeConflist(conflist)
    }

    // MARK: - Steps

    /// The conflist is kept while it is the incumbent's own; that of a take-over before is not kept in its place.
    private func keepFiles(_ conflist: IncumbentConflist) throws {
        let places = files.places
        let kept = files.file(places.keptConflist, bytesMax: IncumbentConflist.bytesMax)
        if conflist.isAdopted {
            guard try kept.bytes() != nil else { throw MigrationRefusal.withoutKeptConflist(places.conflist, places.keptConflist) }
            done("keep-files", places.keptConflist, false)
        } else if let bytes = try files.file(places.conflist, bytesMax: IncumbentConflist.bytesMax).bytes() {
            done("keep-files", places.keptConflist, try kept.place(bytes))
        }
        guard let bytes = try files.file(places.checkpoint, bytesMax: Checkpoint.bytesMax).bytes() else { return }
        done("keep-files", places.keptCheckpoint, try files.file(places.keptCheckpoint, bytesMax: Checkpoint.bytesMax).place(bytes))
    }

    private func writeSettings(_ evidence: NodeEvidence) throws {
        guard !evidence.hasSettingsOfOthers, evidence.environment != nil else { return }
        let text = SettingsFile.text(evidence)
        let file = files.file(files.places.settings, bytesMax: max(1 << 20, text.utf8.count))
        done("write-settings", files.places.settings, try file.place(Array(text.utf8), mode: 0o644))
    }

    /// What a daemon has taken over already is not handed over again: pods have come and gone since.
    private func handOver(_ evidence: NodeEvidence) throws {
        let places = files.places
        guard let bytes = try files.file(places.checkpoint, bytesMax: Checkpoint.bytesMax).bytes() else { return }
        let (pending, taken) = (
            files.file(places.handOver, bytesMax: Checkpoint.bytesMax), files.file(places.handedOver, bytesMax: Checkpoint.bytesMax)
        )
        if try taken.bytes() == bytes {
            done("hand-over", places.handedOver, false)
            return
        }
        if try pending.bytes() != bytes {
            guard !evidence.running.berth else { throw MigrationRefusal.daemonRuns(places.pluginSocket) }
            // Its pods are those of an earlier life: the incumbent has given out addresses since.
            if try files.file(places.journal, bytesMax: .max).rename(to: files.path(places.journalAside)) {
                done("hand-over", places.journalAside, true)
            }
            try taken.remove()
            try pending.place(bytes)
            done("hand-over", places.handOver, true)
        } else {
            done("hand-over", places.handOver, false)
        }
    }

    private func placePlugin() throws {
        for (name, others) in [(PluginFiles.pluginName, PluginFiles.Others.refuse), (IncumbentConflist.pluginType, .keepAside)] {
            let placement = try files.plugins.place(from: plugin, named: name, others: others)
            done("place-plugin", "\(files.places.pluginFolder)/\(name)", placement.change != .unchanged)
        }
    }

    private func placeConflist(_ conflist: IncumbentConflist) throws {
        let list = JSONValue.object(conflist.adopted(socket: files.places.pluginSocket)).indentedBytes
        let file = files.file(files.places.conflist, bytesMax: IncumbentConflist.bytesMax)
        done("place-conflist", files.places.conflist, try file.place(list, mode: 0o644))
    }

    private func done(_ step: String, _ path: String, _ isChanged: Bool) {
        report(MigrationDone(step: step, path: path, isChanged: isChanged))
    }
}

/// One thing that was brought about.
public struct MigrationDone: Hashable, Sendable, Codable {
    /// The step of the plan that it belongs to.
    public let step: String
    /// As the node sees it.
    public let path: String
    /// False where it was so already.
    public let isChanged: Bool

    public init(step: String, path: String, isChanged: Bool) {
        self.step = step
        self.path = path
        self.isChanged = isChanged
    }
}
