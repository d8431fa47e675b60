import AWSClient
public import ArgumentParser
import CommandLineTool
import Foundation
import Glibc
import IncumbentState
public import Logging
import NodeConfiguration
import NodePorts
public import SimulatedAWS
import SimulatedHost

/// `berthd`: the daemon of one node.
struct Berthd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthd",
        abstract: "Give the pods of this node their VPC addresses.",
        discussion: """
            Serves the EC2 instance that it runs on, or with --simulate a node of a simulated VPC. Reads the variables of the AWS VPC CNI \
            (\(NodeVariables.names.joined(separator: ", "))) from the environment, and those of the AWS SDKs for credentials, region \
            and endpoints. Exit codes: 0 ended when told to, 1 failed, 2 bad input.
            """)

    @Option(help: "A YAML file with settings over those of the environment, ENIConfigs and pools.")
    var config: String?

    @Option(help: "Run against a simulated VPC that this YAML file describes.")
    var simulate: String?

    @Option(help: "The name of the node in the simulation that this daemon is.")
    var node: String?

    @Option(help: "The folder for sockets, journal and spool.")
    var runDirectory = "/run/berth"

    @Option(help: "The file in which the simulated VPC lives; the daemons of all its nodes share it.")
    var vpc = "/run/berth-vpc/vpc.json"

    @Option(help: "The ipam.json of the AWS VPC CNI, whose pods are taken over with their addresses.")
    var takeOver: String?

    @Option(
        help: ArgumentHelp(
            "Serve EC2's API and this node's instance metadata, as the simulation has them, at this loopback address.",
            discussion: "For boto3, the AWS CLI and others. With port 0 one is chosen; aws-endpoint in the run directory tells it.",
            valueName: "127.0.0.1:port"))
    var awsEndpoint: LoopbackAddress?

    @Flag(
        help: ArgumentHelp(
            "Serve the AWS of --aws-endpoint and nothing else: the node's pods are for another daemon.",
            discussion: "One without --simulate, in the same network namespace, finds itself there by its metadata as on EC2."))
    var awsOnly = false

    @Option(help: "The file with the key that calls to --aws-endpoint are signed with; the one of Amazon's examples by default.")
    var awsCredentials: String?

    @Option(
        help: ArgumentHelp(
            "Let calls to --aws-endpoint fail: throttle, error and lost-answer, each with a share of the calls in percent.",
            valueName: "throttle=10,lost-answer=2"))
    var awsFaults: EndpointFaults?

    @Option(help: "The least severe messages to print: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        guard (simulate == nil) == (node == nil) else { throw ValidationError("--simulate and --node are given both or not at all.") }
        guard simulate == nil || config == nil else {
            throw ValidationError("--config is of no use with --simulate: the scenario has it all.")
        }
        guard simulate != nil || awsEndpoint == nil else {
            throw ValidationError("--aws-endpoint serves the AWS of a simulation: give --simulate and --node.")
        }
        guard awsEndpoint != nil || (awsCredentials == nil && awsFaults == nil && !awsOnly) else {
            throw ValidationError("--aws-credentials, --aws-faults and --aws-only are of no use without --aws-endpoint.")
        }
    }

    func run() async throws {
        // Sockets, journal and spool are root's alone from the moment they exist.
        umask(0o077)
        IdleMemory.limitHeaps()
        var logger = Logger(label: "berthd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        do {
            let checkpoint = try takeOver.map(Self.checkpoint)
            if let simulate, let node {
                try await serve(SimulatedNode(scenario: simulate, node: node), checkpoint, logger)
            } else {
                try await serve(EC2Instance.discover(configuration: config, logger: logger), checkpoint, logger)
            }
        } catch let error as CheckpointError {
            StandardError.write("berthd: \(takeOver ?? ""): \(error)")
            throw ExitCode.badInput
        } catch let faults as ConfigurationFaults {
            for fault in faults.faults { StandardError.write("berthd: \(fault)") }
            throw ExitCode.badInput
        } catch let faults as EnvironmentFaults {
            for fault in faults.faults { StandardError.write("berthd: \(fault)") }
            throw ExitCode.badInput
        } catch let failure as CredentialsFailure where awsCredentials != nil {
            StandardError.write("berthd: \(failure)")
            throw ExitCode.badInput
        } catch let fault as EnvironmentFault {
            StandardError.write("berthd: \(fault)")
            throw ExitCode.badInput
        } catch {
            StandardError.write("berthd: \(error)")
            throw ExitCode.failure
        }
    }

    private func serve(_ simulated: SimulatedNode, _ checkpoint: Checkpoint?, _ logger: Logger) async throws {
        let endpoint = try awsEndpoint.map { address in
            let key = try awsCredentials.map(Self.key) ?? SimulatedAWS.exampleKey
            return AWSEndpoint(address: address, key: key, faults: awsFaults ?? .none)
        }
        if let endpoint, awsOnly { return try await endpoint.serve(simulated, vpc: vpc, runDirectory: runDirectory, logger: logger) }
        var server: SimulatedAWSServer?
        let daemon = try Daemon(simulated.input, runDirectory: runDirectory, takingOver: checkpoint, logger: logger) { kernel in
            let cloud = try simulated.launch(vpc: vpc, on: kernel)
            AWSEndpoint.forget(in: runDirectory)
            server = endpoint?.server(of: cloud, runDirectory: runDirectory, logger: logger)
            return NodeCloud(
                ec2: cloud.ec2, orphans: cloud.orphans,
                rule: OrphanRule(instance: cloud.instanceID, cluster: simulated.input.cluster))
        }
        try await daemon.run(beside: [server].compactMap { $0 })
    }

    private func serve(_ instance: EC2Instance, _ checkpoint: Checkpoint?, _ logger: Logger) async throws {
        do {
            let daemon = try Daemon(
                instance.input, runDirectory: runDirectory, takingOver: checkpoint, calls: instance.calls, logger: logger
            ) { _ in instance.cloud }
            try await daemon.run()
        } catch {
            await instance.close()
            throw error
        }
        await instance.close()
    }
}

extension Berthd {
    /// Reads the incumbent's file, of which it knows that it fits into memory.
    private static func checkpoint(_ path: String) throws -> Checkpoint {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let bytes = try file.read(upToCount: Checkpoint.bytesMax + 1) ?? Data()
        return try Checkpoint(json: Array(bytes))
    }
}

extension Berthd {
    private static func key(_ path: String) throws(CredentialsFailure) -> AWSCredentials {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CredentialsFailure(problem: "\(path) cannot be read", remedy: "Give the path of a readable file with a key")
        }
        return try AWSCredentials(endpointKeyIn: text, of: path)
    }
}

extension LoopbackAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension EndpointFaults: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

@main
enum Main {
    static func main() async {
        await Berthd.runToExit()
    }
}
