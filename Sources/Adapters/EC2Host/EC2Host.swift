public import AWSClient
import CredentialSources
import EC2Adapter
public import IMDSAdapter
public import NodePorts

/// A node that is on EC2: who it is, and EC2 as it may ask it, from the environment and the instance metadata alone.
public struct EC2Host: Sendable {
    public let identity: InstanceIdentity
    /// Such as `vpc-0a1b2c3d`.
    public let vpc: String
    public let ec2: EC2Control
    /// EC2 as it is asked about ENIs that other nodes left behind.
    public let orphans: OrphanControl
    /// Hints about the ENIs that the instance sees, addresses that linger, and its end.
    public let metadata: InstanceMetadata

    /// Asks the instance metadata who this is, and makes what calls EC2; EC2 itself is not asked yet.
    ///
    /// - Parameters:
    ///   - environment: The variables of the AWS SDKs, `AWS_EC2_ENDPOINT` included.
    ///   - exchange: Of ``HTTPConnections`` that last as long as the host.
    ///   - tags: Put on every ENI that the node creates; they must not vary from one start to the next.
    ///   - takesUntaggedENIs: Whether attached ENIs without a node's tags are for pods.
    ///   - observer: Told of every call to EC2.
    /// - Throws: `EnvironmentFaults`, `EnvironmentFault`, `IMDSFailure`.
    public init(
        environment: [String: String], exchange: HTTPExchange, tags: [String: String] = [:], takesUntaggedENIs: Bool = true,
        clock: AWSClock = .system,
        observer: @escaping @Sendable (CallReport) -> Void = { _ in }
    ) async throws {
        let settings = try EndpointSettings(environment: environment)
        metadata = InstanceMetadata(exchange, at: try IMDSEndpoint(environment: environment), clock: clock)
        identity = try await metadata.identity()
        vpc = try await metadata.vpc()
        let region = settings.region ?? identity.region
        let chain = CredentialChain(
            environment: environment, exchange: exchange, metadata: metadata, sts: settings.endpoint(of: .sts, in: region), clock: clock)
        let cache = CredentialCache(clock: clock) { () throws(CredentialsFailure) in try await chain.fetch() }
        let aws = AWSClient(exchange, credentials: cache.provider, clock: clock, observer: observer)
        let place = NodeEC2.Place(
            instance: identity.instance, vpc: vpc, zones: [identity.zone], tags: tags, takesUntagged: takesUntaggedENIs)
        let client = EC2Client(aws, at: settings.endpoint(of: .ec2, in: region))
        let node = NodeEC2(client, place: place, view: InstanceView(metadata), clock: clock)
        (ec2, orphans) = (node.control, node.orphanControl)
    }
}

extension InstanceView {
    /// What the instance metadata tell.
    init(_ metadata: InstanceMetadata) {
        self.init(
            vpcBlocks: { () throws(EC2Failure) in
                do throws(IMDSFailure) {
                    return try await metadata.vpcBlocks()
                } catch {
                    throw EC2Failure(code: "MetadataUnavailable", message: error.description)
                }
            },
            securityGroups: { () throws(EC2Failure) in
                do throws(IMDSFailure) {
                    return try await metadata.securityGroups()
                } catch {
                    throw EC2Failure(code: "MetadataUnavailable", message: error.description)
                }
            },
            shows: { mac in try? await metadata.shows(mac) })
    }
}
