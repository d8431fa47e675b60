import ArgumentParser
import CommandLineTool
import Migration

struct MigrateCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what stands against taking this node over; nothing is changed.",
        discussion: "Exit codes: 0 it can be taken over, 1 something stands against it, 2 bad input.")

    @OptionGroup var places: PlaceOptions
    @OptionGroup var incumbent: IncumbentOptions
    @OptionGroup var forced: ForceOptions

    @Option(name: .shortAndLong, help: "How to print the answer.")
    var output: OutputFormat = .table

    func run() async throws {
        let evidence = try await MigrationLook.evidence(try places.files(), incumbent)
        let report = MigrationReport(
            MigrationCheck.findings(evidence), pods: evidence.adoptablePods.count, forced: Set(forced.force))
        print(output == .json ? try MigrationTables.json(report) : MigrationTables.text(report))
        if !report.canTakeOver { throw ExitCode.foundSomething }
    }
}
