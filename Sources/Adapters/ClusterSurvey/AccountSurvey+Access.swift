import AWSClient
import CredentialSources
import EC2Adapter
import IMDSAdapter
public import SnapshotReading

extension AccountSurvey {
    /// Runs with EC2 as the variables of the AWS SDKs say who asks and where; on an instance its metadata say what they leave out.
    ///
    /// - Parameter region: Comes before the environment's.
    /// - Throws: ``SnapshotFaults`` of the environment, or the body's.
    public static func withAccess<Answer: Sendable>(
        environment: [String: String], region: String? = nil, _ body: (AccountSurvey) async throws(SnapshotFaults) -> Answer
    ) async throws(SnapshotFaults) -> Answer {
        let connections: HTTPConnections
        do {
            connections = HTTPConnections(proxies: try ProxyRule(environment: environment))
        } catch {
            throw SnapshotFaults([SnapshotFault(place: "environment", problem: "\(error)", remedy: "Mend the variable")])
        }
        let outcome: Result<Answer, SnapshotFaults>
        do throws(SnapshotFaults) {
            let survey = try await AccountSurvey(client(environment, region, connections.exchange))
            outcome = .success(try await body(survey))
        } catch {
            outcome = .failure(error)
        }
        await connections.shutdown()
        return try outcome.get()
    }

    /// A look asks for more at once than a node does, and no more often than half of what EC2 gives an account; pages of ENIs are large.
    private static let settings = AWSClient.Settings(
        rates: CallBucket.Limits(rateMax: 10, burst: 20, climb: 0.5), limits: HTTPLimits(timeout: .seconds(30), bytesMax: 16 << 20))

    private static func client(
        _ environment: [String: String], _ region: String?, _ exchange: HTTPExchange
    ) async throws(SnapshotFaults) -> EC2Client {
        let (settings, metadata): (EndpointSettings, InstanceMetadata)
        do {
            settings = try EndpointSettings(environment: environment)
            metadata = InstanceMetadata(exchange, at: try IMDSEndpoint(environment: environment))
        } catch {
            throw SnapshotFaults([SnapshotFault(place: "environment", problem: "\(error)", remedy: "Mend the variables that are named")])
        }
        let chosen = try await regionName(region ?? settings.region, metadata)
        let chain = CredentialChain(
            environment: environment, exchange: exchange, metadata: metadata, sts: settings.endpoint(of: .sts, in: chosen))
        let cache = CredentialCache { () throws(CredentialsFailure) in try await chain.fetch() }
        let aws = AWSClient(exchange, credentials: cache.provider, settings: Self.settings)
        return EC2Client(aws, at: settings.endpoint(of: .ec2, in: chosen))
    }

    private static func regionName(_ named: String?, _ metadata: InstanceMetadata) async throws(SnapshotFaults) -> String {
        if let named { return named }
        do throws(IMDSFailure) {
            return try await metadata.identity().region
        } catch {
            throw SnapshotFaults([
                SnapshotFault(
                    place: "environment", problem: "no Region is named, and this is no instance: \(error)",
                    remedy: "Give --region or AWS_REGION, or saved answers with --from-aws")
            ])
        }
    }
}
