import ArgumentParser
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
    static let configuration = CommandConfiguration(commandName: "enis", abstract: "Show every ENI with its prefixes and addresses.")

    @OptionGroup var node: NodeOptions

    func run() async throws {
        try await node.show("/v1/enis") { (report: ENIsReport) in Tables.enis(report) }
    }
}
