import AWSClient
import AWSTesting
import Addressing
import CapacityPlanner
import ClusterImport
import ClusterSurvey
import EC2Adapter
import Foundation
import InstanceTypes
import JSON
import SimulatedAWS
import SimulatedVPC
import SnapshotReading
import Testing
import VPCModel

@Suite(.timeLimit(.minutes(2))) struct AccountSurveyTests {
    // MARK: - Against the simulated service

    @Test func theVPCOfANodeIsToldOfWithEverythingInIt() async throws {
        let cloud = try await Self.withSimulatedAWS { environment in
            try await AccountSurvey.withAccess(environment: environment) { survey throws(SnapshotFaults) in
                try await survey.snapshot(of: .vpcOfInstance("i-0a"))
            }
        }
        #expect(cloud.vpcs.flatMap(\.blocks).map(\.description) == ["10.0.0.0/16"])
        #expect(cloud.subnets.map(\.zone) == ["eu-central-1a", "eu-central-1a"] && cloud.subnets[0].tags == ["kind": "nodes"])
        #expect(cloud.instances.map(\.type) == ["m5.large", "m5.large"] && cloud.instances[0].subnet == cloud.subnets[0].id)
        #expect(cloud.interfaces.count == 2 && cloud.interfaces.allSatisfy { $0.deviceIndex == 0 && $0.addresses.count == 1 })
        #expect(cloud.subnets.map { $0.freeAddresses ?? 0 } == [251 - 2, 11])
        let imported = try ClusterImport(
            cloud, ClusterSnapshot(nodes: cloud.instances.map { ClusterSnapshot.Node(name: $0.id, instance: $0.id) }))
        #expect(imported.scenario.nodeGroups.map(\.desired) == [2] && imported.vpcBlocks.count == 1)
    }

    @Test func subnetsThatAreNamedAreToldOfAlone() async throws {
        let id = SubnetID(unchecked: "subnet-0a")
        let cloud = try await Self.withSimulatedAWS { environment in
            try await AccountSurvey.withAccess(environment: environment) { survey throws(SnapshotFaults) in
                try await survey.snapshot(of: .subnets([id]))
            }
        }
        #expect(cloud.subnets.map(\.id) == [id] && cloud.interfaces.count == 2 && cloud.instances.count == 2)
    }

    @Test func aVPCThatIsNotThereIsToldWithARemedy() async throws {
        try await Self.withSimulatedAWS { environment in
            let outcome = await #expect(throws: SnapshotFaults.self) {
                try await AccountSurvey.withAccess(environment: environment) { survey throws(SnapshotFaults) in
                    try await survey.snapshot(of: .vpc("vpc-none"))
                }
            }
            let fault = try #require(outcome?.faults.first)
            #expect(fault.place == "EC2 DescribeVpcs" && fault.problem.contains("InvalidVpcID.NotFound"))
        }
    }

    @Test func withoutARegionItIsSaidWhatToGive() async {
        let outcome = await #expect(throws: SnapshotFaults.self) {
            try await AccountSurvey.withAccess(environment: ["AWS_EC2_METADATA_DISABLED": "true"]) { survey throws(SnapshotFaults) in
                try await survey.snapshot(of: .vpc("vpc-1"))
            }
        }
        #expect(outcome?.faults.first?.remedy.contains("--region") == true)
    }

    private static func withSimulatedAWS<Outcome: Sendable>(
        _ body: @escaping @Sendable (_ environment: [String: String]) async throws -> Outcome
    ) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "survey-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let vpc = SimulatedVPC(path: folder.appending(path: "vpc.json").path(), latencies: .none)
        var model = try VPCModel(blocks: ["10.0.0.0/16"].compactMap { IPv4CIDR($0) }, seed: 7, physics: Physics(throttles: false))
        for (id, block, tags) in [("subnet-0a", "10.0.32.0/24", ["kind": "nodes"]), ("subnet-0b", "10.0.48.0/28", [:])] {
            _ = try model.createSubnet(
                try #require(IPv4CIDR(block)), zone: "eu-central-1a", ipv6Block: nil, tags: tags, id: SubnetID(unchecked: id))
        }
        try vpc.create(model)
        let type = try #require(InstanceType.named("m5.large"))
        let subnet = SubnetID(unchecked: "subnet-0a")
        let instance = try vpc.launch(InstanceID(unchecked: "i-0a"), type: type, in: subnet)
        _ = try vpc.launch(InstanceID(unchecked: "i-0b"), type: type, in: subnet)
        let (urls, told) = AsyncStream<String>.makeStream()
        let address = try #require(LoopbackAddress("127.0.0.1:0"))
        let server = SimulatedAWSServer(SimulatedAWS(vpc, instance: instance), at: address) { told.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            var addresses = urls.makeAsyncIterator()
            let url = try #require(await addresses.next())
            let key = SimulatedAWS.exampleKey
            return try await body([
                "AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": key.accessKeyID,
                "AWS_SECRET_ACCESS_KEY": key.secretAccessKey,
            ])
        }
    }

    // MARK: - Against a script

    /// What is asked, of an EC2 that gives ENIs in two pages, one of them of a load balancer.
    private static func scripted(refusing action: String = "") -> (survey: AccountSurvey, exchange: ScriptedExchange) {
        let exchange = ScriptedExchange { request in
            let body = String(decoding: request.body, as: UTF8.self)
            let asked = body.split(separator: "&").first.map { String($0.dropFirst("Action=".count)) } ?? ""
            guard asked != action else {
                return .success(
                    HTTPAnswer(
                        403,
                        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you</Message></Error></Errors></Response>")
                )
            }
            return .success(HTTPAnswer(200, "<R>\(answer(asked, isSecond: body.contains("NextToken=")))</R>"))
        }
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        let aws = AWSClient(exchange.exchange, credentials: .fixed(keys), clock: VirtualClock().clock)
        let url = HTTPURL(scheme: .https, host: "ec2.eu-central-1.amazonaws.com")
        return (AccountSurvey(EC2Client(aws, at: ServiceEndpoint(.ec2, region: "eu-central-1", url: url))), exchange)
    }

    private static func answer(_ action: String, isSecond: Bool) -> String {
        switch action {
        case "DescribeVpcs":
            "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet>"
        case "DescribeInstances":
            """
            <reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceType>m5.large</instanceType><vpcId>vpc-1</vpcId>\
            <placement><availabilityZone>zone-a</availabilityZone></placement><instanceState><name>running</name></instanceState></item>\
            <item><instanceId>i-2</instanceId><instanceState><name>terminated</name></instanceState></item></instancesSet></item></reservationSet>
            """
        case "DescribeSubnets":
            """
            <subnetSet><item><subnetId>subnet-1</subnetId><availabilityZone>zone-a</availabilityZone><cidrBlock>10.0.0.0/24</cidrBlock>\
            <availableIpAddressCount>200</availableIpAddressCount></item></subnetSet>
            """
        case "DescribeNetworkInterfaces" where isSecond:
            """
            <networkInterfaceSet><item><networkInterfaceId>eni-2</networkInterfaceId><subnetId>subnet-1</subnetId><macAddress>-</macAddress>\
            <interfaceType>network_load_balancer</interfaceType><description>ELB net/in/1</description>\
            <privateIpAddress>10.0.0.8</privateIpAddress><attachment><attachmentId>ela-attach-1</attachmentId><deviceIndex>1</deviceIndex>\
            </attachment></item></networkInterfaceSet>
            """
        case "DescribeNetworkInterfaces":
            """
            <networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId>\
            <privateIpAddress>10.0.0.9</privateIpAddress><privateIpAddressesSet><item><privateIpAddress>10.0.0.9</privateIpAddress></item>\
            <item><privateIpAddress>10.0.0.10</privateIpAddress></item></privateIpAddressesSet><ipv4PrefixSet><item>\
            <ipv4Prefix>10.0.0.32/28</ipv4Prefix></item></ipv4PrefixSet><attachment><instanceId>i-1</instanceId>\
            <deviceIndex>0</deviceIndex></attachment></item></networkInterfaceSet><nextToken>more</nextToken>
            """
        default:
            """
            <subnetIpv4CidrReservationSet><item><subnetId>subnet-1</subnetId><cidr>10.0.0.128/25</cidr>\
            <reservationType>prefix</reservationType></item></subnetIpv4CidrReservationSet>
            """
        }
    }

    @Test func everyPageCountsAndENIsOfServicesAreRead() async throws {
        let cloud = try await Self.scripted().survey.snapshot(of: .vpcOfInstance("i-1"))
        #expect(cloud.interfaces.map(\.id) == ["eni-1", "eni-2"] && cloud.interfaces[1].description == "ELB net/in/1")
        #expect(cloud.interfaces[0].addresses.map(\.description) == ["10.0.0.9", "10.0.0.10"] && cloud.interfaces[0].prefixes.count == 1)
        #expect(cloud.instances.map(\.id) == ["i-1"] && cloud.reservations.map(\.kind) == [.prefix])
    }

    @Test(arguments: ["DescribeVpcs", "DescribeInstances", "DescribeSubnets", "DescribeNetworkInterfaces", "GetSubnetCidrReservations"])
    func aRightThatIsMissingIsNamed(action: String) async throws {
        let outcome = await #expect(throws: SnapshotFaults.self) {
            try await Self.scripted(refusing: action).survey.snapshot(of: .vpcOfInstance("i-1"))
        }
        let fault = try #require(outcome?.faults.first)
        #expect(
            fault.place == "EC2 \(action)" && fault.problem.hasPrefix("UnauthorizedOperation")
                && fault.remedy.hasPrefix("Allow ec2:\(action)"))
    }

    /// As `PolicyTests` does for nodes.
    @Test func thePolicyOfThePageHasTheCallsThatAreMadeAndNoOthers() async throws {
        let (survey, exchange) = Self.scripted()
        for scope in [
            AccountSurvey.Scope.vpc("vpc-1"), .vpcOfInstance("i-1"), .vpcOfCluster("shop"), .subnets([SubnetID(unchecked: "subnet-1")]),
        ] {
            _ = try await survey.snapshot(of: scope)
        }
        #expect(try Self.policy() == Set(exchange.actions.map { "ec2:\($0)" }))
    }

    private static func policy() throws -> Set<String> {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Docs/Reference/IAM.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- policy: plan-import -->\n```json\n")).upperBound
        let end = try #require(text.range(of: "\n```", range: begin..<text.endIndex)).lowerBound
        let policy = try JSONValue(parsing: Array(text[begin..<end].utf8), bytesMax: 1 << 16)
        return Set((policy["Statement"]?.array ?? []).flatMap { $0["Action"]?.array ?? [] }.compactMap(\.string))
    }
}
