import ArgumentParser
import CommandLineTool
import Foundation
import UnixSignals

/// Shows two nodes, their pods and their pings, with no AWS account.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show two simulated EC2 nodes giving VPC addresses to pods that ping each other.",
        discussion: """
            As root the pods are real network namespaces on this machine's kernel; everything made is removed at the end, also \
            after Ctrl-C. Without root the same runs on a kernel in memory.
            """)

    @Option(
        help:
            "How both nodes give addresses: \(DemoMode.allCases.map(\.rawValue).joined(separator: ", ")); not said, one gives single addresses and one prefixes."
    )
    var mode: DemoMode?

    @Flag(help: "Serve EC2's API and the metadata of a node for boto3, the AWS CLI and others until Ctrl-C, and say how to use them.")
    var awsEndpoint = false

    @Option(help: "The folder with berthd and berth-cni; that of this program by default.")
    var programs: String?

    func run() async throws {
        let scenario = DemoScenario(mode)
        let cluster: any DemoCluster =
            geteuid() == 0 ? try KernelCluster(scenario, programs: programs ?? Self.ownFolder) : try InMemoryCluster(scenario)
        let script = Task { [awsEndpoint] in
            let script = DemoScript(scenario, cluster)
            try await awsEndpoint ? script.serveAWS() : script.run()
        }
        let watch = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                script.cancel()
            }
        }
        let outcome = await script.result
        await cluster.stop()
        watch.cancel()
        do {
            try outcome.get()
        } catch is CancellationError where awsEndpoint {
            // Ctrl-C is how it is meant to end.
            print("\nEnded; everything the demo made is removed.")
        } catch is CancellationError {
            StandardError.write("berth: stopped; everything the demo made is removed")
            throw ExitCode(130)
        } catch {
            StandardError.write("berth: the demo failed: \(error)")
            throw ExitCode.foundSomething
        }
    }

    private static var ownFolder: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    }
}
