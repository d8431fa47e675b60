import ArgumentParser
import CommandLineTool
import NodeReports

/// `berth explain`: why a pod has no address, and why a pool is as large as it is.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a pod has no address, or why a pool is as large as it is.", subcommands: [ExplainPod.self, ExplainPool.self])
}

struct ExplainPod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod", abstract: "Say what became of a pod's request for an address.",
        discussion: "Exits with 1 when the pod waits, was refused last, or never asked.")

    @Argument(help: "The pod, as NAMESPACE/NAME; NAME alone is of the namespace default.")
    var pod: String

    @OptionGroup var node: NodeOptions

    func run() async throws {
        let parts = pod.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && !$0.contains("?") && !$0.contains("#") }) else {
            throw ValidationError("\"\(pod)\" is not NAMESPACE/NAME")
        }
        let (namespace, name) = parts.count == 2 ? (parts[0], parts[1]) : ("default", parts[0])
        let report: PodExplanationReport = try await node.show("/v1/explain/pods/\(namespace)/\(name)") { Tables.explanation($0) }
        if report.requests.first?.state != "holding" { throw ExitCode(1) }
    }
}

struct ExplainPool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Say how large each pool is, how large it is to be, and why.")

    @OptionGroup var node: NodeOptions

    func run() async throws {
        let _: PoolsReport = try await node.show("/v1/explain/pools") { Tables.pools($0) }
    }
}
