import AWSClient
import FoundationEssentials
import Glibc
import HTTPServing
import Hummingbird
import IPAMEngine
import IncumbentState
import KubernetesNode
import NIOCore
import NodePorts
import NodeReports
import NodeRuntime
import ServiceLifecycle

/// Answers `berth` over HTTP on a unix socket that root alone may open.
struct ReportServer: Service {
    let node: Node
    let sweep: OrphanSweep
    let name: String
    let instanceType: String
    let socket: String
    /// What calls to EC2 came to; empty where EC2 is simulated.
    let calls: CallTally
    /// Nil outside a cluster.
    let cluster: ClusterMember?

    func run() async throws {
        // A file that an ended daemon left would keep this one from binding.
        unlink(socket)
        let router = Router()
        router.get("/v1/status") { _, _ in
            var report = node.statusReport(node: name, instanceType: instanceType)
            report.cluster = cluster?.report
            return try Self.json(report)
        }
        router.get("/v1/pods") { _, _ in try Self.json(node.podsReport()) }
        router.get("/v1/ipam.json") { _, _ in
            let now = Int64(Date().timeIntervalSince1970 * 1e9)
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try node.checkpoint(at: now).json)))
        }
        router.get("/v1/explain/pools") { _, _ in try Self.json(node.poolsReport()) }
        router.get("/v1/explain/pods/:namespace/:name") { _, context in
            let name = PodName(namespace: try context.parameters.require("namespace"), name: try context.parameters.require("name"))
            return try Self.json(node.explanation(ofPod: name))
        }
        router.get("/v1/drift") { _, _ in try Self.json(try await node.driftReport(mending: false)) }
        router.post("/v1/drift") { _, _ in try Self.json(try await node.driftReport(mending: true)) }
        router.get("/v1/enis/orphans") { _, _ in try await orphans() }
        router.get("/v1/enis") { _, _ in try Self.json(node.enisReport()) }
        router.post("/v1/degradation/:order") { _, context in
            guard let order = Degradation(rawValue: try context.parameters.require("order")) else { return Response(status: .badRequest) }
            try node.degrade(to: order)
            return try Self.json(node.degradationReport())
        }
        router.get("/metrics") { _, _ in
            var page = node.metrics()
            page.add(calls)
            if let cluster { page.add(cluster.requestCounts) }
            return Response(
                status: .ok, headers: [.contentType: MetricsPage.contentType], body: ResponseBody(byteBuffer: ByteBuffer(string: page.text))
            )
        }
        try await HTTPService(router: router, address: .unixDomainSocket(path: socket)).run()
    }

    /// EC2 is asked; where it does not answer, its words are the answer.
    private func orphans() async throws -> Response {
        do {
            return try Self.json(try await sweep.report())
        } catch let failure as EC2Failure {
            return Response(
                status: .badGateway, headers: [.contentType: "text/plain"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "EC2 did not tell of its ENIs: \(failure)")))
        }
    }

    private static func json(_ report: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(report))))
    }
}
