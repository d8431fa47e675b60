import AWSClient
public import ArgumentParser
import CommandLineTool
import Foundation
import Glibc
import IncumbentState
import KubernetesAdapter
import KubernetesNode
public import Logging
import Migration
import NetlinkAdapter
import NodeConfiguration
import NodePorts
public import SimulatedAWS
import SimulatedHost

/// `berthd serve`, or `berthd` alone: the daemon of one node.
struct Berthd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
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

    @Option(
        help: ArgumentHelp(
            "The kubeconfig with the cluster that the node is in; in a pod, its service account serves without.",
            discussion: "The node is MY_NODE_NAME there, in a simulation the one of --node."))
    var kubeconfig: String?

    @Option(help: "The folder for sockets, journal and spool.")
    var runDirectory = "/run/berth"

    @Option(
        help: ArgumentHelp(
            "The container runtime's folder of networks, in which the conflist of berthd install is kept while the node has addresses.",
            discussion: "The conflist is taken away while a node without pods has none. By default nothing is placed.",
            valueName: "folder"))
    var cniConfDir: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the node's sysctls.", discussion: "In a container, where the node's /proc/sys/net is mounted for writing."))
    var sysctlDirectory = NetlinkKernel.sysctlFolder

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
            let checkpoint = try PendingTakeOver(named: takeOver, runDirectory: runDirectory)
            if let simulate, let node {
                try await serve(SimulatedNode(scenario: simulate, node: node), checkpoint, logger)
            } else {
                try await serve(checkpoint, logger)
            }
        } catch let error as CheckpointError {
            StandardError.write("berthd: \(takeOver ?? HandOver.path(in: runDirectory)): \(error)")
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
        } catch let failure as ClusterAccessFailure {
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

    private func serve(_ simulated: SimulatedNode, _ checkpoint: PendingTakeOver?, _ logger: Logger) async throws {
        let endpoint = try awsEndpoint.map { address in
            let key = try awsCredentials.map(Self.key) ?? SimulatedAWS.exampleKey
            return AWSEndpoint(address: address, key: key, faults: awsFaults ?? .none)
        }
        if let endpoint, awsOnly { return try await endpoint.serve(simulated, vpc: vpc, runDirectory: runDirectory, logger: logger) }
        var server: SimulatedAWSServer?
        let (file, member) = try await join(simulated.file, name: simulated.name, logger)
        let input = try simulated.input(file)
        let cluster = member.map { Cluster(member: $0, direct: simulated.direct) }
        let daemon = try Daemon(
            input, in: cluster, runDirectory: runDirectory, confDirectory: cniConfDir, sysctls: sysctlDirectory, takingOver: checkpoint,
            logger: logger
        ) { kernel in
            let cloud = try simulated.launch(vpc: vpc, on: kernel)
            AWSEndpoint.forget(in: runDirectory)
            server = endpoint?.server(of: cloud, runDirectory: runDirectory, logger: logger)
            return NodeCloud(
                ec2: cloud.ec2, orphans: cloud.orphans,
                rule: OrphanRule(instance: cloud.instanceID, cluster: input.cluster))
        }
        try await daemon.run(beside: [server].compactMap { $0 })
    }

    /// What file and cluster say of the node together, and its place there; nil where it is in none.
    private func join(_ file: NodeFile, name: String?, _ logger: Logger) async throws -> (NodeFile, ClusterMember?) {
        let member = try ClusterMember.joined(kubeconfig: kubeconfig, name: name, file: file, directory: runDirectory, logger: logger)
        return (try await member?.beginning() ?? file, member)
    }

    private func serve(_ checkpoint: PendingTakeOver?, _ logger: Logger) async throws {
        let name = ProcessInfo.processInfo.environment["MY_NODE_NAME"]
        let (file, member) = try await join(EC2Instance.configuration(config), name: name, logger)
        let instance = try await EC2Instance.discover(file, logger: logger)
        do {
            let daemon = try Daemon(
                instance.input, in: member.map { Cluster(member: $0, direct: instance.direct) }, runDirectory: runDirectory,
                confDirectory: cniConfDir, sysctls: sysctlDirectory, takingOver: checkpoint, calls: instance.calls, logger: logger
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
        await BerthdCommands.runToExit()
    }
}
