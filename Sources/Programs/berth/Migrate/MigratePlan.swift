import ArgumentParser
import CommandLineTool
import Migration
import NodeMigration

struct MigratePlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show step by step what a take-over of this node does; nothing is changed.",
        discussion: "What stands against it is told by berth migrate check. Exit codes: 0, or 2 for bad input.")

    @OptionGroup var places: PlaceOptions
    @OptionGroup var incumbent: IncumbentOptions

    @Option(name: .shortAndLong, help: "How to print the answer.")
    var output: OutputFormat = .table

    func run() async throws {
        let files = try places.files()
        let plan = MigrationPlan(try await MigrationLook.evidence(files, incumbent), files.places, plugin: incumbent.pluginPath)
        print(output == .json ? try MigrationTables.json(Report(steps: plan.steps)) : plan.description, terminator: "")
        if output == .json { print() }
    }

    private struct Report: Encodable {
        let schema = "berth/migration-plan/1"
        let steps: [MigrationPlan.Step]
    }
}
