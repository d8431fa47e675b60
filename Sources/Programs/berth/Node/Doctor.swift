import ArgumentParser
import CommandLineTool
import NIOHTTP1
import NodeReports

/// `berth doctor`: in what the node's network differs from what its pods and ENIs need.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what is missing, stale or in the way in the node's network, and mend it.",
        discussion: """
            The daemon mends damage by itself within milliseconds, so what is listed is either another program's, or is undone by \
            another program again and again. Exits with 1 when something was found, or with --repair when something is left.
            """)

    @Flag(help: "Mend what can be mended at once, however often it was undone before.")
    var repair = false

    @OptionGroup var node: NodeOptions

    func run() async throws {
        let report: DriftReport = try await node.show("/v1/drift", method: repair ? .POST : .GET) { Tables.drift($0) }
        if report.drift.contains(where: { !$0.isMended }) { throw ExitCode.foundSomething }
    }
}
