import AWSClient
import FoundationEssentials
import Logging
import NetlinkAdapter
import ServiceLifecycle
import SimulatedAWS
import SimulatedHost
import UnixSignals

/// Where the daemon serves the AWS of its simulation, and whose signatures count there.
struct AWSEndpoint {
    var address: LoopbackAddress
    var key: AWSCredentials
    /// What goes wrong on purpose.
    var faults: EndpointFaults

    /// Returns the server, which tells its address in the log and in the file `aws-endpoint` of the run directory.
    func server(of cloud: SimulatedCloud, runDirectory: String, logger: Logger) -> SimulatedAWSServer {
        let aws = SimulatedAWS(cloud.vpc, instance: cloud.instance, key: key, faults: faults)
        let file = Self.file(in: runDirectory)
        return SimulatedAWSServer(aws, at: address) { url in
            logger.info("serving AWS", metadata: ["url": "\(url)", "region": "\(aws.region)", "access-key-id": "\(key.accessKeyID)"])
            do {
                try "\(url)\n".write(toFile: file, atomically: true, encoding: .utf8)
            } catch {
                logger.error("AWS endpoint not told", metadata: ["file": "\(file)", "error": "\(error)"])
            }
        }
    }

    /// Serves until a signal ends it. The node's links come and go with its ENIs; its pods are another daemon's.
    func serve(_ simulated: SimulatedNode, vpc: String, runDirectory: String, logger: Logger) async throws {
        try FileManager.default.createDirectory(atPath: runDirectory, withIntermediateDirectories: true)
        Self.forget(in: runDirectory)
        let server = server(of: try simulated.launch(vpc: vpc, on: NetlinkKernel()), runDirectory: runDirectory, logger: logger)
        let services = ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await services.run()
    }

    /// Removes what an earlier daemon told and is not true any more.
    static func forget(in runDirectory: String) {
        try? FileManager.default.removeItem(atPath: file(in: runDirectory))
    }

    private static func file(in runDirectory: String) -> String { "\(runDirectory)/aws-endpoint" }
}
