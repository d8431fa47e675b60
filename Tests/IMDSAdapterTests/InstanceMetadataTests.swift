import AWSClient
import AWSTesting
import Addressing
import IMDSAdapter
import Testing

struct InstanceMetadataTests {
    private let time = VirtualClock()
    private let imds = SimulatedIMDS()

    /// Asks over a real connection.
    private func ask<Outcome: Sendable>(
        _ question: @escaping @Sendable (InstanceMetadata) async throws -> Outcome
    ) async throws -> Outcome {
        let clock = time.clock
        return try await imds.run { url, exchange in
            try await question(InstanceMetadata(exchange, at: IMDSEndpoint(url: url), clock: clock))
        }
    }

    // MARK: - Answers

    @Test func theInstanceIsKnownByItsMetadata() async throws {
        let identity = try await ask { try await $0.identity() }
        #expect(identity.instance == InstanceID("i-0a") && identity.type == "p4d.24xlarge")
        #expect(identity.zone == "eu-central-1a" && identity.region == "eu-central-1" && identity.account == "123456789012")
        #expect(identity.mac == MACAddress("02:00:00:00:00:0a"))
    }

    @Test func aRegionThatIsNotToldIsTheZonesWithoutItsLetter() async throws {
        imds.set("meta-data/placement/region", nil)
        imds.set("dynamic/instance-identity/document", nil)
        let identity = try await ask { try await $0.identity() }
        #expect(identity.region == "eu-central-1" && identity.account == nil)
    }

    @Test func everyENIIsReadWithWhatItHolds() async throws {
        let enis = try await ask { try await $0.enis() }
        let (first, second) = (try #require(enis.first), try #require(enis.last))
        #expect(enis.count == 2)
        #expect(first.id == ENIID("eni-0a") && first.deviceIndex == 0 && first.card == 0)
        #expect(first.addresses == [IPv4Address(10, 0, 0, 5), IPv4Address(10, 0, 0, 6)])
        #expect(first.prefixes.isEmpty && first.ipv6Addresses.isEmpty && first.ipv6Prefixes.isEmpty && first.subnetIPv6Block == nil)
        #expect(first.subnetBlock == IPv4CIDR("10.0.0.0/24") && first.vpc == "vpc-0a" && first.subnet == SubnetID("subnet-0a"))
        #expect(first.securityGroups.map(\.rawValue) == ["sg-0a", "sg-0b"])
        #expect(second.id == ENIID("eni-0b") && second.deviceIndex == 1 && second.card == 1)
        #expect(second.prefixes.map(\.description) == ["10.0.0.16/28", "10.0.0.32/28"])
        #expect(second.ipv6Addresses == [try #require(IPv6Address("2001:db8::5"))])
        #expect(second.ipv6Prefixes.map(\.description) == ["2001:db8:0:0:1::/80"])
        #expect(second.subnetIPv6Block == IPv6CIDR("2001:db8::/64"))
    }

    @Test func thePrimaryENIHasIndex0WhateverIsTold() async throws {
        imds.set("meta-data/network/interfaces/macs/02:00:00:00:00:0a/device-number", "3")
        let enis = try await ask { try await $0.enis() }
        #expect(enis.map(\.deviceIndex) == [0, 1])
    }

    @Test func anENIThatGoesWhileItIsLookedAtIsLeftOut() async throws {
        imds.set("meta-data/network/interfaces/macs/02:00:00:00:00:0b/subnet-id", nil)
        #expect(try await ask { try await $0.enis() }.map(\.id.rawValue) == ["eni-0a"])
    }

    @Test func anENIThatIsNotShownYetIsNotShown() async throws {
        let known = try #require(MACAddress("02:00:00:00:00:0b"))
        let unknown = try #require(MACAddress("02:00:00:00:00:0c"))
        let shown = try await ask { [try await $0.shows(known), try await $0.shows(unknown)] }
        #expect(shown == [true, false])
    }

    @Test func theBlocksOfTheVPCAreTheList() async throws {
        let blocks = try await ask { try await $0.vpcBlocks() }
        #expect(blocks.map(\.description) == ["10.0.0.0/16", "100.64.0.0/16"])
        imds.set("meta-data/network/interfaces/macs/02:00:00:00:00:0a/vpc-ipv4-cidr-blocks", nil)
        #expect(try await ask { try await $0.vpcBlocks() }.map(\.description) == ["10.0.0.0/16"])
    }

    @Test(arguments: ["", " \n"]) func whatIsEmptyIsAbsent(_ text: String) async throws {
        imds.set("meta-data/spot/instance-action", text)
        #expect(try await ask { try await $0.text("meta-data/spot/instance-action") } == nil)
    }

    @Test func aValueOfAnotherFormIsNamedInTheFailure() async throws {
        imds.set("meta-data/mac", "not a MAC")
        let failure = await #expect(throws: IMDSFailure.self) { try await ask { try await $0.identity() } }
        #expect(failure?.kind == .unreadable)
        #expect(failure?.problem.contains("meta-data/mac") == true && failure?.problem.contains("not a MAC") == true)
    }

    @Test func aValueThatMustBeThereIsNamedWhenItIsNot() async throws {
        imds.set("meta-data/instance-type", nil)
        let failure = await #expect(throws: IMDSFailure.self) { try await ask { try await $0.identity() } }
        #expect(failure?.problem.contains("meta-data/instance-type") == true)
    }

    // MARK: - Tokens

    @Test func oneTokenDoesForManyQuestions() async throws {
        _ = try await ask { try await $0.enis() }
        #expect(imds.tokensGiven == 1)
    }

    @Test func whoAskAtOnceShareOneToken() async throws {
        try await ask { metadata in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await metadata.text("meta-data/mac") } }
                try await group.waitForAll()
            }
        }
        #expect(imds.tokensGiven == 1)
    }

    @Test func aTokenIsRenewedBeforeItEnds() async throws {
        let time = time
        try await ask { metadata in
            _ = try await metadata.text("meta-data/mac")
            time.advance(by: .seconds(21_200))
            _ = try await metadata.text("meta-data/mac")
            time.advance(by: .seconds(200))
            _ = try await metadata.text("meta-data/mac")
        }
        #expect(imds.tokensGiven == 2)
    }

    @Test func aTokenThatIsRefusedIsReplacedOnce() async throws {
        let imds = imds
        let mac = try await ask { metadata in
            _ = try await metadata.text("meta-data/mac")
            imds.endTokens()
            return try await metadata.text("meta-data/mac")
        }
        #expect(mac == "02:00:00:00:00:0a")
        #expect(imds.tokensGiven == 2)
    }

    @Test func tokensThatAreAlwaysRefusedEndInAFailure() async throws {
        let script = ScriptedExchange(otherwise: { request in
            .success(request.method == .put ? HTTPAnswer(200, "token") : HTTPAnswer(401, ""))
        })
        let metadata = InstanceMetadata(script.exchange, at: .ipv4, clock: time.clock)
        await #expect(throws: IMDSFailure.self) { try await metadata.text("meta-data/mac") }
        #expect(script.requests.count == 4)
    }

    /// From a pod that is not on the host network, with the hop limit at 1.
    @Test func aTokenThatNeverComesTellsOfTheHopLimit() async throws {
        let script = ScriptedExchange(otherwise: { .failure(HTTPFailure(.timedOut, "\($0) had no answer")) })
        let metadata = InstanceMetadata(script.exchange, at: .ipv4, clock: time.clock)
        let failure = await #expect(throws: IMDSFailure.self) { try await metadata.identity() }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.remedy.contains("http-put-response-hop-limit 2") == true)
        #expect(script.requests.count == 3)
        #expect(time.sleptInAll < .seconds(1))
    }

    // MARK: - What goes wrong

    @Test func aServiceThatFailsForAMomentIsAskedAgain() async throws {
        imds.fail(next: 2)
        #expect(try await ask { try await $0.text("meta-data/mac") } == "02:00:00:00:00:0a")
        imds.fail(next: 3)
        let failure = await #expect(throws: IMDSFailure.self) { try await ask { try await $0.text("meta-data/mac") } }
        #expect(failure?.kind == .unreachable && failure?.problem.contains("meta-data/mac") == true)
    }

    @Test func aServiceThatIsOffIsNotAskedAgain() async throws {
        imds.turnOff()
        let failure = await #expect(throws: IMDSFailure.self) { try await ask { try await $0.text("meta-data/mac") } }
        #expect(failure?.kind == .disabled)
        #expect(time.slept.isEmpty)
    }

    @Test func theVariableKeepsBerthFromAsking() async throws {
        let script = ScriptedExchange()
        let endpoint = try IMDSEndpoint(environment: ["AWS_EC2_METADATA_DISABLED": "true"])
        let metadata = InstanceMetadata(script.exchange, at: endpoint, clock: time.clock)
        let failure = await #expect(throws: IMDSFailure.self) { try await metadata.text("meta-data/mac") }
        #expect(failure?.kind == .disabled)
        #expect(script.requests.isEmpty)
    }

    @Test(arguments: [
        ([:], "http://169.254.169.254/"),
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]/"),
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338"], "http://127.0.0.1:1338/"),
        (
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://a/base/", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"],
            "http://a/base/"
        ),
    ])
    func theEndpointIsWhereTheEnvironmentSays(_ environment: [String: String], _ url: String) throws {
        #expect("\(try IMDSEndpoint(environment: environment).url)" == url)
    }

    @Test(arguments: [
        ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "169.254.169.254"], ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "both"],
    ])
    func anEndpointThatIsNoneIsAFault(_ environment: [String: String]) {
        #expect(throws: EnvironmentFault.self) { try IMDSEndpoint(environment: environment) }
    }
}
