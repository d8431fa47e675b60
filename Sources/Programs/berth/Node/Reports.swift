import ArgumentParser
import CommandLineTool
import NodeReports

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the node's pool: addresses, ENIs, and why a pod would wait.")

    @OptionGroup var node: NodeOptions

    func run() async throws {
        try await node.show("/v1/status") { (report: StatusReport) in Tables.status(report) }
    }
}

struct Pods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show every pod that holds an address.")

    @OptionGroup var node: NodeOptions

    func run() async throws {
        try await node.show("/v1/pods") { (report: PodsReport) in Tables.pods(report) }
    }
}

struct ENIs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enis", abstract: "Show every ENI with its prefixes and addresses.",
        discussion: "With --orphans nothing is deleted either. Exits with 1 when there are orphans.")

    @Flag(help: "Show the ENIs of the VPC that are attached to nothing instead, and what the sweep for orphans would do with each.")
    var orphans = false

    @OptionGroup var node: NodeOptions

    func run() async throws {
        if orphans {
            let report: OrphansReport = try await node.show("/v1/enis/orphans", within: .seconds(60)) { Tables.orphans($0) }
            if report.enis.contains(where: \.isOrphan) { throw ExitCode.foundSomething }
            return
        }
        try await node.show("/v1/enis") { (report: ENIsReport) in Tables.enis(report) }
    }
}
