import ArgumentParser
import CommandLineTool
import Foundation
import Migration
import NodeInstall
import NodeMigration

struct MigrateTakeOver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "take-over", abstract: "Put Berth into the place of aws-node on this node's disk, for berthd to be started.",
        discussion: """
            aws-node has to be stopped. The pods run on, and are berthd's from its next start. It may be repeated, and goes on where an \
            earlier one was ended.

            Exit codes: 0 done, 1 something stands against it or failed, 2 bad input.
            """)

    @OptionGroup var places: PlaceOptions
    @OptionGroup var incumbent: IncumbentOptions
    @OptionGroup var forced: ForceOptions

    @Flag(help: "Succeed without doing anything on a node where aws-node left neither a conflist nor allocations.")
    var ifPresent = false

    func run() async throws {
        let files = try places.files()
        let evidence = try await MigrationLook.evidence(files, incumbent)
        if ifPresent, case .absent = evidence.conflist, case .absent = evidence.checkpoint {
            print("aws-node has not run on this node: nothing to take over")
            return
        }
        let report = MigrationReport(
            findings(evidence), pods: evidence.adoptablePods.count, forced: Set(forced.force))
        guard report.canTakeOver else {
            StandardError.write(MigrationTables.text(report))
            throw ExitCode.foundSomething
        }
        do {
            try TakeOver(files, plugin: incumbent.pluginPath) { print(MigrationTables.line($0)) }.perform(evidence)
        } catch let error as MigrationRefusal {
            try MigrationTables.fail(error.description)
        } catch let error as InstallFailure {
            try MigrationTables.fail(error.description)
        }
        print(
            evidence.isTakenOver
                ? "The node was taken over before." : "\(report.pods) pods are adopted when berthd starts: \(startCommand(files))")
    }

    /// One that runs does not hinder a look, and does a take-over.
    private func findings(_ evidence: NodeEvidence) -> [MigrationFinding] {
        MigrationCheck.findings(evidence).map { finding in
            guard finding.code == MigrationFinding.Code.agentRuns.rawValue else { return finding }
            return MigrationFinding(
                .agentRuns, .blocks, finding.subject, "It runs, and would give out addresses beside berthd", remedy: finding.remedy)
        }
    }

    private func startCommand(_ files: HostFiles) -> String {
        let run = files.places.runDirectory == MigrationPlaces().runDirectory ? "" : " --run-directory \(files.places.runDirectory)"
        return "berthd --config \(files.places.settings)\(run)"
    }
}
