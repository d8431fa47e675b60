import ArgumentParser
import CommandLineTool
import Migration
import NftablesAdapter
import NodeInstall
import NodeMigration
import NodePorts

struct MigrateRollBack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roll-back", abstract: "Give this node back to aws-node while its pods run.",
        discussion: """
            Writes a fresh ipam.json from the running daemon, or from its journal where none runs, and puts aws-node's plugin and \
            conflist back. Stop berthd then, start aws-node, and run the same command again: table inet berth goes when aws-node has its \
            chains, so that connections of running pods stay translated.

            Exit codes: 0 done, or all but the table; 1 failed, or nothing to roll back; 2 bad input.
            """)

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        let files = try places.files()
        let firewall = NftablesFirewall()
        do {
            let outcome = try await RollBack(
                files, export: { try await RunningPods(files).export() },
                firewall: RollBack.Firewall(
                    hasIncumbents: {
                        let found = try firewall.incumbent()
                        return !found.removed.isEmpty || !found.legacy.isEmpty
                    }, removeOurs: { try firewall.remove() })
            ) { print(MigrationTables.line($0)) }.perform()
            print(closing(outcome))
        } catch let error as MigrationRefusal {
            try MigrationTables.fail(error.description)
        } catch let error as InstallFailure {
            try MigrationTables.fail(error.description)
        } catch let error as FirewallFailure {
            try MigrationTables.fail("\(error). The same command goes on where this one ended.")
        }
    }

    private func closing(_ outcome: RollBack.Outcome) -> String {
        switch outcome {
        case .complete: "The node is aws-node's again."
        case .awaitingIncumbent:
            "Stop berthd, let aws-node start, and run this command again: then table inet berth goes, which translates until then."
        }
    }
}
