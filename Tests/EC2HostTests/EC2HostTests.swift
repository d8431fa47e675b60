import AWSClient
import AWSTesting
import Addressing
import EC2Host
import IMDSAdapter
import NodePorts
import Synchronization
import Testing

/// A whole node on a machine of its own: metadata, a role's credentials, signatures and EC2, over real connections to loopback.
struct EC2HostTests {
    private let imds = SimulatedIMDS(
        SimulatedIMDS.node.merging([
            "meta-data/iam/security-credentials/": "node-role",
            "meta-data/iam/security-credentials/node-role": """
            {"Code": "Success", "AccessKeyId": "ASIA1", "SecretAccessKey": "hush", "Token": "the-token", \
            "Expiration": "2026-01-02T09:04:05Z"}
            """,
        ]) { $1 })
    private let time = VirtualClock()

    private static let subnets = """
        <R><subnetSet><item><subnetId>subnet-0a</subnetId><availabilityZone>eu-central-1a</availabilityZone>\
        <cidrBlock>10.0.0.0/24</cidrBlock><availableIpAddressCount>200</availableIpAddressCount></item></subnetSet></R>
        """

    /// Runs with one server in the place of both services.
    private func run<Outcome: Sendable>(
        _ variables: [String: String] = [:], _ ec2: @escaping @Sendable (HTTPRequest) -> HTTPAnswer,
        _ body: @escaping @Sendable (EC2Host) async throws -> Outcome
    ) async throws -> Outcome {
        let (imds, clock) = (imds, time.clock)
        return try await LoopbackServer.run({ $0.url.path == "/ec2" ? ec2($0) : imds.answer($0) }) { url in
            let environment = variables.merging([
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": "\(url)", "AWS_EC2_ENDPOINT": "\(url.appending("ec2"))",
            ]) { given, _ in given }
            let connections = HTTPConnections()
            let outcome = await Result {
                let host = try await EC2Host(
                    environment: environment, exchange: connections.patientExchange, tags: ["cluster": "c"], clock: clock)
                return try await body(host)
            }
            await connections.shutdown()
            return try outcome.get()
        }
    }

    @Test func theNodeKnowsItselfAndAsksEC2WithTheRoleOfItsInstance() async throws {
        let asked = Mutex<[HTTPRequest]>([])
        let subnets = try await run { request in
            asked.withLock { $0.append(request) }
            return HTTPAnswer(200, Self.subnets)
        } _: { host in
            #expect(host.identity.instance == InstanceID("i-0a") && host.vpc == "vpc-0a")
            return try await host.ec2.describeSubnets()
        }
        #expect(subnets.map(\.freeAddresses) == [200])
        let request = try #require(asked.withLock { $0.first })
        #expect(request["authorization"]?.contains("Credential=ASIA1/20260102/eu-central-1/ec2/aws4_request") == true)
        #expect(request["x-amz-security-token"] == "the-token")
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.contains("vpc-0a") && body.contains("eu-central-1a"))
    }

    @Test func theRegionOfTheEnvironmentCountsMoreThanTheInstances() async throws {
        let scope = Mutex("")
        _ = try await run(["AWS_REGION": "us-west-2"]) { request in
            scope.withLock { $0 = request["authorization"] ?? "" }
            return HTTPAnswer(200, Self.subnets)
        } _: { host in
            try await host.ec2.describeSubnets()
        }
        #expect(scope.withLock { $0 }.contains("/us-west-2/ec2/"))
    }

    @Test func theBlocksOfTheVPCAreAskedOfTheMetadataAlone() async throws {
        let blocks = try await run { _ in
            HTTPAnswer(500, "")
        } _: { host in
            try await host.ec2.describeVPCBlocks()
        }
        #expect(blocks.map(\.description) == ["10.0.0.0/16", "100.64.0.0/16"])
    }

    @Test func anENIIsAttachedWhenTheMetadataShowIt() async throws {
        let actions = Mutex<[String]>([])
        _ = try await run { request in
            let action = String(decoding: request.body, as: UTF8.self).split(separator: "&").first.map(String.init) ?? ""
            actions.withLock { $0.append(action) }
            return switch action {
            case "Action=CreateNetworkInterface":
                HTTPAnswer(
                    200,
                    """
                    <R><networkInterface><networkInterfaceId>eni-0b</networkInterfaceId><macAddress>02:00:00:00:00:0b</macAddress>\
                    <subnetId>subnet-0a</subnetId><privateIpAddress>10.0.0.7</privateIpAddress></networkInterface></R>
                    """)
            case "Action=AttachNetworkInterface": HTTPAnswer(200, "<R><attachmentId>eni-attach-0b</attachmentId></R>")
            case "Action=DescribeSubnets": HTTPAnswer(200, Self.subnets)
            default: HTTPAnswer(200, "<R><return>true</return></R>")
            }
        } _: { host in
            _ = try await host.ec2.describeSubnets()
            let eni = try await host.ec2.createENI(
                ENIRequest(subnet: SubnetID(unchecked: "subnet-0a"), securityGroups: [], clientToken: "t", content: .prefixes(1)))
            return try await host.ec2.attachENI(eni.id, 1, 1)
        }
        #expect(
            actions.withLock { $0 } == [
                "Action=DescribeSubnets", "Action=CreateNetworkInterface", "Action=AttachNetworkInterface",
                "Action=ModifyNetworkInterfaceAttribute",
            ])
    }

    @Test func aMachineWithoutMetadataSaysSo() async throws {
        imds.turnOff()
        let failure = await #expect(throws: IMDSFailure.self) {
            try await run { _ in
                HTTPAnswer(500, "")
            } _: { _ in
            }
        }
        #expect(failure?.kind == .disabled)
    }

    @Test func aFaultyEnvironmentIsToldBeforeAnythingIsAsked() async throws {
        let failure = await #expect(throws: EnvironmentFaults.self) {
            try await run(["AWS_REGION": "nowhere at all"]) { _ in
                HTTPAnswer(500, "")
            } _: { _ in
            }
        }
        #expect(failure?.faults.map(\.variable) == ["AWS_REGION"])
        #expect(imds.tokensGiven == 0)
    }
}
