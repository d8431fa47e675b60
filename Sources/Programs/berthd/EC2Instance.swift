import AWSClient
import Addressing
import CredentialSources
import EC2Adapter
import Foundation
import IMDSAdapter
import InstanceTypes
import Logging
import NodeConfiguration
import NodePorts

/// The EC2 instance that the daemon runs on: what its metadata say of it, and EC2 as it may ask it.
struct EC2Instance {
    let input: Input
    let ec2: EC2Control
    private let connections: HTTPConnections

    /// Finds out which instance this is.
    ///
    /// - Parameter file: The node's configuration, over the environment; nil for none.
    /// - Throws: ``ConfigurationFaults``, ``EnvironmentFaults`` and ``EnvironmentFault`` for what cannot be used,
    ///   ``IMDSFailure`` when the metadata do not answer.
    static func discover(configuration file: String?, logger: Logger) async throws -> EC2Instance {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try NodeFile(environment: environment, yaml: try file.map(Self.text), file: file ?? "environment")
        let (settings, proxies) = (try EndpointSettings(environment: environment), try ProxyRule(environment: environment))
        let imds = try IMDSEndpoint(environment: environment)
        let connections = HTTPConnections(proxies: proxies)
        do {
            let metadata = InstanceMetadata(connections.exchange, at: imds)
            let identity = try await metadata.identity()
            guard let primary = try await metadata.eni(identity.mac) else {
                throw IMDSFailure(
                    .unreadable, "The instance metadata do not show the primary ENI, of the MAC address \(identity.mac)",
                    remedy: "They are late for a moment after a boot: start again")
            }
            let input = try Self.input(configuration, identity, primary, name: environment["MY_NODE_NAME"])
            logger.info(
                "instance found",
                metadata: [
                    "instance": "\(identity.instance)", "type": "\(identity.type)", "zone": "\(identity.zone)", "vpc": "\(primary.vpc)",
                ])
            let region = settings.region ?? identity.region
            let chain = CredentialChain(
                environment: environment, exchange: connections.exchange, metadata: metadata,
                sts: settings.endpoint(of: .sts, in: region))
            let credentials = CredentialCache { () throws(CredentialsFailure) in try await chain.fetch() }
            let client = EC2Client(
                AWSClient(connections.exchange, credentials: credentials.provider), at: settings.endpoint(of: .ec2, in: region))
            let place = NodeEC2.Place(
                instance: identity.instance, vpc: primary.vpc, zones: [identity.zone], tags: configuration.variables.eniTags)
            return EC2Instance(
                input: input, ec2: NodeEC2(client, place: place, view: InstanceView(metadata)).control, connections: connections)
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

    private static func input(
        _ configuration: NodeFile, _ identity: InstanceIdentity, _ primary: MetadataENI, name: String?
    ) throws(ConfigurationFaults) -> Input {
        guard let type = InstanceType.named(identity.type) else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "instance metadata", problem: "the instance type \(identity.type) is not in the table of limits",
                    remedy: "Take a version of Berth that knows it, or an instance of another type")
            ])
        }
        let name = name ?? identity.instance.rawValue
        let engine = try configuration.engineConfiguration(
            type: type, subnet: primary.subnet, securityGroups: primary.securityGroups, node: name, seed: UInt64.random(in: .min ... .max))
        return Input(name: name, type: type, variables: configuration.variables, engine: engine)
    }
}

extension InstanceView {
    init(_ metadata: InstanceMetadata) {
        self.init(
            vpcBlocks: { () throws(EC2Failure) in
                do throws(IMDSFailure) {
                    return try await metadata.vpcBlocks()
                } catch {
                    throw EC2Failure(code: "InstanceMetadata", message: "\(error)")
                }
            },
            shows: { mac in try? await metadata.shows(mac) })
    }
}
