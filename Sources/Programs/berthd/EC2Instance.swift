import AWSClient
import Addressing
import EC2Host
import Foundation
import IMDSAdapter
import IPAMEngine
import InstanceTypes
import KubernetesNode
import Logging
import NodeConfiguration
import NodePorts

/// The EC2 instance that the daemon runs on: what its metadata say of it, and EC2 as it may ask it.
struct EC2Instance {
    let input: Input
    let cloud: NodeCloud
    /// What calls to EC2 have come to.
    let calls: CallTally
    private let place: Place
    private let connections: HTTPConnections

    /// What environment and file say of the node.
    static func configuration(_ file: String?) throws(ConfigurationFaults) -> NodeFile {
        try NodeFile(environment: ProcessInfo.processInfo.environment, yaml: try file.map(Self.text), file: file ?? "environment")
    }

    /// Finds out which instance this is.
    ///
    /// - Throws: ``ConfigurationFaults``, ``EnvironmentFaults`` and ``EnvironmentFault`` for what cannot be used,
    ///   ``IMDSFailure`` when the metadata do not answer.
    static func discover(_ configuration: NodeFile, logger: Logger) async throws -> EC2Instance {
        let environment = ProcessInfo.processInfo.environment
        let calls = CallTally()
        let connections = HTTPConnections(proxies: try ProxyRule(environment: environment))
        do {
            let host = try await EC2Host(
                environment: environment, exchange: connections.exchange, tags: configuration.variables.eniTags,
                takesUntaggedENIs: configuration.variables.placement.takesUntaggedENIs
            ) { report in
                calls.note(report)
                logger.debug(
                    "EC2 called",
                    metadata: [
                        "action": "\(report.action)", "tries": "\(report.tries)", "duration": "\(report.duration)",
                        "failure": "\(report.failureCode ?? "none")",
                    ])
            }
            guard let primary = try await host.metadata.eni(host.identity.mac) else {
                throw IMDSFailure(
                    .unreadable, "The instance metadata do not show the primary ENI, of the MAC address \(host.identity.mac)",
                    remedy: "They are late for a moment after a boot: start again")
            }
            let place = try Place(host.identity, primary, name: environment["MY_NODE_NAME"])
            let input = try place.input(configuration)
            logger.info(
                "instance found",
                metadata: [
                    "instance": "\(host.identity.instance)", "type": "\(host.identity.type)", "zone": "\(host.identity.zone)",
                    "vpc": "\(host.vpc)",
                ])
            let rule = OrphanRule(instance: host.identity.instance, cluster: input.cluster)
            let cloud = NodeCloud(ec2: host.ec2, orphans: host.orphans, rule: rule)
            return EC2Instance(input: input, cloud: cloud, calls: calls, place: place, connections: connections)
        } catch {
            await connections.shutdown()
            throw error
        }
    }

    private static func text(of file: String) throws(ConfigurationFaults) -> String {
        do {
            return try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationFaults([
                ConfigurationFault(place: file, problem: "the file cannot be read", remedy: "Give the path of a readable YAML file")
            ])
        }
    }

    /// Closes the connections to AWS.
    func close() async {
        await connections.shutdown()
    }

    /// How the node is to work by another configuration than it began with.
    var direct: ClusterMember.Directing {
        let place = place
        return { (file, hasTrunk) throws(ConfigurationFaults) in
            Directions(file.variables, engine: try place.engine(file, hasTrunk: hasTrunk))
        }
    }
}

/// What of an instance decides how its node can work, and does not change while it runs.
private struct Place: Sendable {
    private let name: String
    private let type: InstanceType
    private let primary: MetadataENI
    private let seed = UInt64.random(in: .min ... .max)

    init(_ identity: InstanceIdentity, _ primary: MetadataENI, name: String?) throws(ConfigurationFaults) {
        guard let type = InstanceType.named(identity.type) else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "instance metadata", problem: "the instance type \(identity.type) is not in the table of limits",
                    remedy: "Take a version of Berth that knows it, or an instance of another type")
            ])
        }
        self.name = name ?? identity.instance.rawValue
        self.type = type
        self.primary = primary
    }

    func engine(_ configuration: NodeFile, hasTrunk: Bool = false) throws(ConfigurationFaults) -> EngineConfiguration {
        try configuration.engineConfiguration(
            type: type, subnet: primary.subnet, securityGroups: primary.securityGroups, node: name, seed: seed, hasTrunk: hasTrunk)
    }

    func input(_ configuration: NodeFile) throws(ConfigurationFaults) -> Input {
        Input(name: name, type: type, variables: configuration.variables, engine: try engine(configuration))
    }
}
