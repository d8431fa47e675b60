import Foundation
import NetlinkAdapter

/// `berthd` on a node of a simulated VPC.
final class SimulatedNode {
    let namespace: NetworkNamespace
    private(set) var daemon: BackgroundDaemon?
    private let grounds: Grounds
    private let programs: String
    private let folder: String

    /// A type whose ENIs hold more prefixes than the pods of the budget need. Addresses need not cool: it is the wait for the link
    /// to be gone that a benchmark shall see.
    private static let instanceType = "m5.12xlarge"
    static let podsMax = 750

    init(_ grounds: Grounds, programs: String, warmAddresses: Int) throws {
        self.grounds = grounds
        self.programs = programs
        folder = "\(grounds.folder)/node"
        _ = try grounds.makeNamespace("fabric")
        namespace = try grounds.makeNamespace("node")
        let scenario = """
            seed: 7
            fabric: \(grounds.name("fabric"))
            subnets:
              - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/20}
            nodes:
              - name: node
                instanceType: \(Self.instanceType)
                subnet: subnet-0a
                settings:
                  ENABLE_PREFIX_DELEGATION: true
                  IP_COOLDOWN_PERIOD: 0
                  WARM_IP_TARGET: 1
                  MINIMUM_IP_TARGET: \(warmAddresses)
                  BERTH_MAX_PODS: \(Self.podsMax)

            """
        try scenario.write(toFile: "\(grounds.folder)/scenario.yaml", atomically: true, encoding: .utf8)
    }

    var socket: String { "\(folder)/cni.sock" }

    /// Starts the daemon; plugins may be executed when this returns, and wait if they must.
    func start() throws {
        // A socket that an ended daemon left would look like one that listens.
        unlink(socket)
        daemon = try grounds.start(
            [
                "\(programs)/berthd", "--simulate", "\(grounds.folder)/scenario.yaml", "--node", "node", "--run-directory", folder, "--vpc",
                "\(grounds.folder)/vpc.json",
            ], in: namespace, part: "node")
        try awaitSocket()
    }

    private func awaitSocket() throws {
        let deadline = Nanoseconds.now + Nanoseconds(10_000_000_000)
        while access(socket, F_OK) != 0 {
            try BenchmarkFailure.checkInterruption()
            guard daemon?.isRunning == true, Nanoseconds.now < deadline else {
                throw BenchmarkFailure.broken("berthd does not listen on \(socket)\n\(grounds.log("node"))")
            }
            usleep(100)
        }
    }

    /// Ends the daemon; SIGKILL leaves the next one no more than the journal.
    func stop(_ signal: Int32 = SIGTERM) {
        guard let daemon else { return }
        grounds.stop(daemon, signal)
        self.daemon = nil
    }
}
