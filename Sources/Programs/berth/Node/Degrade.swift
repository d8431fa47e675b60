public import ArgumentParser
public import IPAMEngine
import NIOHTTP1
import NodeReports

/// `berth degrade`: how far the node is to keep away from EC2.
struct Degrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the node keep away from EC2, or call it again.",
        discussion: """
            stop-releases: nothing is given back to EC2. stop-calls: EC2 is asked for nothing; pods are served from what the node has. \
            normal: EC2 is called again, also by a node that stopped by itself because EC2 failed. An order stands until the next one or \
            the node's next boot.
            """)

    @Argument(help: "One of normal, stop-releases and stop-calls.")
    var degradation: Degradation

    @OptionGroup var node: NodeOptions

    func run() async throws {
        let path = "/v1/degradation/\(degradation.rawValue)"
        try await node.show(path, method: .POST) { (report: DegradationReport) in Tables.degradation(report) }
    }
}

extension Degradation: ExpressibleByArgument {}
