import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import NodePorts
import Testing

struct NodeEC2Tests {
    private let request = ENIRequest(
        subnet: SubnetID(unchecked: "subnet-0a"), securityGroups: [SecurityGroupID(unchecked: "sg-0a")], clientToken: "token-1",
        content: .prefixes(2))

    // MARK: - What is there

    @Test func theENIsOfTheInstanceAreDescribedWithTheirSubnetsBlocks() async throws {
        let script = EC2Script([
            EC2Script.enis([
                EC2Script.eni("eni-0b", attached: "attached", deviceIndex: 1),
                EC2Script.eni("eni-0a", attached: "attached", deviceIndex: 0),
                EC2Script.eni("eni-0c", attached: "attaching", deviceIndex: 2),
                EC2Script.eni("eni-0d", attached: "detaching", deviceIndex: 3),
            ]),
            EC2Script.subnets(),
        ])
        let enis = try await script.control.describeENIs().enis
        #expect(enis.map(\.id.rawValue) == ["eni-0a", "eni-0b"])
        #expect(enis.allSatisfy { $0.subnetBlock == IPv4CIDR("10.0.0.0/24") })
        #expect(enis.first?.primaryAddress == IPv4Address(10, 0, 0, 5))
        #expect(enis.first?.secondaryAddresses == [IPv4Address(10, 0, 0, 6)])
        #expect(script.body(0).contains("Filter.1.Name=attachment.instance-id&Filter.1.Value.1=i-0a"))
    }

    @Test func theBlocksOfASubnetAreAskedForOnce() async throws {
        let list = EC2Script.enis([EC2Script.eni(attached: "attached")])
        let script = EC2Script([list, EC2Script.subnets(), list])
        _ = try await script.control.describeENIs().enis
        _ = try await script.control.describeENIs().enis
        #expect(script.exchange.actions == ["DescribeNetworkInterfaces", "DescribeSubnets", "DescribeNetworkInterfaces"])
    }

    @Test func everyPageIsRead() async throws {
        let script = EC2Script([
            EC2Script.enis([EC2Script.eni("eni-0a", attached: "attached", deviceIndex: 0)], nextToken: "more"),
            EC2Script.enis([], nextToken: "still more"),
            EC2Script.enis([EC2Script.eni("eni-0b", attached: "attached")]),
            EC2Script.subnets(),
        ])
        #expect(try await script.control.describeENIs().enis.count == 2)
        #expect(script.body(1).hasSuffix("NextToken=more") && script.body(2).hasSuffix("NextToken=still+more"))
    }

    @Test func subnetsComeInTheSameOrderFromWhateverPages() async throws {
        let script = EC2Script([
            EC2Script.subnets(["subnet-0c", "subnet-0a"], nextToken: "more"), EC2Script.subnets(["subnet-0b"]),
        ])
        #expect(try await script.control.describeSubnets().map(\.id.rawValue) == ["subnet-0a", "subnet-0b", "subnet-0c"])
        #expect(script.body(0).contains("vpc-id&Filter.1.Value.1=vpc-0a"))
        #expect(script.body(0).contains("availability-zone&Filter.2.Value.1=eu-central-1a"))
    }

    @Test func pagesWithoutEndAreAFailure() async throws {
        let script = EC2Script(results: (0..<300).map { _ in .success(EC2Script.subnets(nextToken: "again")) })
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.describeSubnets() }
        #expect(failure?.code == "TooManyPages")
    }

    @Test func theBlocksOfTheVPCAreNoCallToEC2() async throws {
        let script = EC2Script([])
        #expect(try await script.control.describeVPCBlocks() == [try #require(IPv4CIDR("10.0.0.0/16"))])
        #expect(script.exchange.requests.isEmpty)
    }

    // MARK: - A new ENI

    @Test func aNewENITakesThreeCalls() async throws {
        let script = EC2Script(
            [
                EC2Script.subnets(), EC2Script.created(EC2Script.eni(status: "pending")), EC2Script.attachment, EC2Script.done,
            ], shows: { $0 == MACAddress("02:00:00:00:00:0b") })
        _ = try await script.control.describeSubnets()
        let eni = try await script.control.createENI(request)
        #expect(try await script.control.attachENI(eni.id, 0, 1) == ENIAttachmentID("eni-attach-0c"))
        #expect(
            script.exchange.actions.dropFirst() == [
                "CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute",
            ])
        #expect(eni.subnetBlock == IPv4CIDR("10.0.0.0/24"))
        #expect(script.body(1).contains("Ipv4PrefixCount=2") && script.body(1).contains("ClientToken=token-1"))
        #expect(script.body(1).contains("Description=aws-K8S-i-0a"))
        // In the order of their keys.
        let tags = [
            ("berth%2Frequest", "token-1"), ("cluster", "c"), ("node.k8s.amazonaws.com%2FcreatedAt", "2026-01-02T03%3A04%3A05Z"),
            ("node.k8s.amazonaws.com%2Finstance_id", "i-0a"),
        ]
        for (index, (key, value)) in tags.enumerated() {
            let tag = "TagSpecification.1.Tag.\(index + 1)"
            #expect(script.body(1).contains("\(tag).Key=\(key)&\(tag).Value=\(value)"), "\(script.body(1))")
        }
        #expect(script.body(3).contains("Attachment.AttachmentId=eni-attach-0c&Attachment.DeleteOnTermination=true"))
    }

    @Test func anAnswerThatWasLostIsAskedForAgainWithTheSameToken() async throws {
        let script = EC2Script(results: [
            .failure(HTTPFailure(.timedOut, "nothing")), .success(EC2Script.created(EC2Script.eni())), .success(EC2Script.subnets()),
        ])
        _ = try await script.control.createENI(request)
        #expect(script.body(0) == script.body(1))
    }

    /// A throttle after a lost answer would tell the engine that there is no ENI, and it would create another under another token.
    @Test func aCreationInDoubtStaysInDoubtWhateverFollows() async throws {
        let throttled = ScriptedExchange.Answer.success(.error(503, "RequestLimitExceeded"))
        let lost = ScriptedExchange.Answer.failure(HTTPFailure(.timedOut, "no answer"))
        let script = EC2Script(results: [lost, throttled, throttled, throttled])
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.createENI(request) }
        #expect(failure?.code == "RequestTimeout")
        #expect(failure?.message == "no answer; then RequestLimitExceeded: No. (after 4 tries)")
        let settled = EC2Script(results: [lost, .success(.error(400, "InsufficientCidrBlocks"))])
        let refusal = await #expect(throws: EC2Failure.self) { try await settled.control.createENI(request) }
        #expect(refusal?.code == "InsufficientCidrBlocks")
    }

    @Test func theInstanceIsAskedUntilItShowsTheENI() async throws {
        let (tries, count) = (Counter(), 4)
        let script = EC2Script(
            [EC2Script.created(EC2Script.eni()), EC2Script.subnets(), EC2Script.attachment, EC2Script.done],
            shows: { _ in tries.next() >= count })
        _ = try await script.control.createENI(request)
        _ = try await script.control.attachENI(EC2Script.eni, 0, 1)
        #expect(script.time.slept == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
        #expect(script.exchange.requests.count == 4)
    }

    @Test func anENIThatEC2DoesNotKnowEverywhereYetIsAskedForAgain() async throws {
        let unknown = HTTPAnswer.error(400, "InvalidNetworkInterfaceID.NotFound")
        let script = EC2Script(
            [EC2Script.created(EC2Script.eni()), EC2Script.subnets(), unknown, unknown, EC2Script.attachment, unknown, EC2Script.done],
            shows: { _ in true })
        _ = try await script.control.createENI(request)
        _ = try await script.control.attachENI(EC2Script.eni, 0, 1)
        #expect(script.exchange.requests.count == 7)
    }

    /// One that could not be attached must not be taken for deleted because EC2 has not heard of it everywhere.
    @Test func anENIThatWasJustCreatedIsDeletedForCertain() async throws {
        let unknown = HTTPAnswer.error(400, "InvalidNetworkInterfaceID.NotFound")
        let script = EC2Script([EC2Script.created(EC2Script.eni()), EC2Script.subnets(), unknown, EC2Script.done])
        _ = try await script.control.createENI(request)
        try await script.control.deleteENI(EC2Script.eni)
        #expect(script.exchange.actions.suffix(2) == ["DeleteNetworkInterface", "DeleteNetworkInterface"])
    }

    @Test func anENIThatIsGoneFailsAtOnceWhenItsCreationIsLongPast() async throws {
        let script = EC2Script([
            EC2Script.created(EC2Script.eni()), EC2Script.subnets(), .error(400, "InvalidNetworkInterfaceID.NotFound"),
        ])
        _ = try await script.control.createENI(request)
        script.time.advance(by: .seconds(60))
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.attachENI(EC2Script.eni, 0, 1) }
        #expect(failure?.code == "InvalidNetworkInterfaceID.NotFound")
        #expect(script.exchange.requests.count == 3)
    }

    @Test func ec2IsAskedWhereTheInstanceCannotTell() async throws {
        let script = EC2Script([
            EC2Script.attachment, EC2Script.done, EC2Script.enis([EC2Script.eni(attached: "attaching")]),
            EC2Script.enis([EC2Script.eni(attached: "attached")]),
        ])
        _ = try await script.control.attachENI(EC2Script.eni, 0, 1)
        #expect(script.exchange.actions.suffix(2) == ["DescribeNetworkInterfaces", "DescribeNetworkInterfaces"])
    }

    @Test func anAttachmentThatNeverEndsIsAFailure() async throws {
        let attaching = EC2Script.enis([EC2Script.eni(attached: "attaching")])
        let script = EC2Script([EC2Script.attachment, EC2Script.done] + (0..<40).map { _ in attaching })
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.attachENI(EC2Script.eni, 0, 1) }
        #expect(failure?.code == "RequestTimeout")
        #expect(script.time.sleptInAll <= .seconds(70))
    }

    @Test func anAttachmentWhoseAnswerWasLostIsFoundAgain() async throws {
        let attached = EC2Script.enis([EC2Script.eni(attached: "attached")])
        let script = EC2Script(results: [
            .failure(HTTPFailure(.broken, "reset")), .success(attached), .success(EC2Script.done), .success(attached),
        ])
        #expect(try await script.control.attachENI(EC2Script.eni, 0, 1) == ENIAttachmentID("eni-attach-0c"))
        #expect(script.exchange.actions.count { $0 == "AttachNetworkInterface" } == 1)
    }

    @Test(arguments: [("i-0f", 1), ("i-0a", 2)])
    func anENIThatIsInUseElsewhereIsNotOurs(_ instance: String, _ deviceIndex: Int) async throws {
        let script = EC2Script([
            .error(400, "InvalidParameterValue", "Interface: [eni-0b] in use."),
            EC2Script.enis([EC2Script.eni(attached: "attached", instance: instance, deviceIndex: deviceIndex)]),
        ])
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.attachENI(EC2Script.eni, 0, 1) }
        #expect(failure?.code == "InvalidParameterValue" && failure?.requestID == "req-1")
    }

    // MARK: - An ENI that goes

    @Test func aDetachedENIIsAvailableWhenTheCallReturns() async throws {
        let script = EC2Script([
            EC2Script.enis([EC2Script.eni(attached: "attached")]), EC2Script.done, EC2Script.enis([EC2Script.eni(attached: "detaching")]),
            EC2Script.enis([EC2Script.eni(status: "available")]),
        ])
        try await script.control.detachENI(EC2Script.eni)
        #expect(script.body(1).contains("AttachmentId=eni-attach-0c"))
        #expect(script.exchange.requests.count == 4)
    }

    @Test func anENIThatIsDetachedAlreadyNeedsNoCallButTheLook() async throws {
        let script = EC2Script([EC2Script.enis([EC2Script.eni(status: "available")])])
        try await script.control.detachENI(EC2Script.eni)
        #expect(script.exchange.requests.count == 1)
    }

    @Test func anENIThatSomebodyHasMovedIsNotTakenFromThem() async throws {
        let script = EC2Script([EC2Script.enis([EC2Script.eni(attached: "attached", instance: "i-0f")])])
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.detachENI(EC2Script.eni) }
        #expect(failure?.code == "AttachedElsewhere" && failure?.message.contains("i-0f") == true)
        #expect(script.exchange.requests.count == 1)
    }

    @Test func anENIThatIsInUseForAMomentIsDeletedAMomentLater() async throws {
        let inUse = HTTPAnswer.error(400, "InvalidParameterValue", "Network interface 'eni-0b' is currently in use.")
        let script = EC2Script([inUse, inUse, EC2Script.done])
        try await script.control.deleteENI(EC2Script.eni)
        #expect(script.time.slept == [.seconds(1), .seconds(2)])
    }

    @Test func anENIThatDoesNotExistIsDeleted() async throws {
        let script = EC2Script([.error(400, "InvalidNetworkInterfaceID.NotFound")])
        try await script.control.deleteENI(EC2Script.eni)
    }

    // MARK: - Addresses

    @Test func assignedAddressesAndPrefixesAreTheNewOnes() async throws {
        let script = EC2Script([
            HTTPAnswer(
                200,
                "<R><assignedPrivateIpAddressesSet><item><privateIpAddress>10.0.0.9</privateIpAddress></item></assignedPrivateIpAddressesSet></R>"
            ),
            HTTPAnswer(200, "<R><assignedIpv4PrefixSet><item><ipv4Prefix>10.0.0.16/28</ipv4Prefix></item></assignedIpv4PrefixSet></R>"),
            HTTPAnswer(200, "<R><assignedIpv6PrefixSet><item>2001:db8:0:0:1::/80</item></assignedIpv6PrefixSet></R>"),
        ])
        #expect(try await script.control.assignAddresses(EC2Script.eni, 1) == [IPv4Address(10, 0, 0, 9)])
        #expect(try await script.control.assignPrefixes(EC2Script.eni, 1) == [try #require(IPv4CIDR("10.0.0.16/28"))])
        #expect(try await script.control.assignIPv6Prefix(EC2Script.eni) == IPv6CIDR("2001:db8:0:0:1::/80"))
    }

    @Test func anAssignmentByCountIsNotMadeAgainInDoubt() async throws {
        let script = EC2Script(results: [.failure(HTTPFailure(.timedOut, "nothing"))])
        let failure = await #expect(throws: EC2Failure.self) { try await script.control.assignPrefixes(EC2Script.eni, 1) }
        #expect(failure?.code == "RequestTimeout")
        #expect(script.exchange.requests.count == 1)
    }

    @Test func anAddressThatTheENIHoldsIsAssigned() async throws {
        let refusal = HTTPAnswer.error(400, "InvalidParameterValue", "[10.0.0.7] has already been assigned.")
        let own = EC2Script([refusal, EC2Script.enis([EC2Script.eni(attached: "attached", secondary: "10.0.0.7")])])
        try await own.control.assignAddress(EC2Script.eni, IPv4Address(10, 0, 0, 7))
        let foreign = EC2Script([refusal, EC2Script.enis([EC2Script.eni(attached: "attached")])])
        await #expect(throws: EC2Failure.self) { try await foreign.control.assignAddress(EC2Script.eni, IPv4Address(10, 0, 0, 7)) }
        #expect(!own.body(0).contains("AllowReassignment"))
    }

    @Test func addressesAndPrefixesAreTakenBackInACallEach() async throws {
        let script = EC2Script([EC2Script.done, EC2Script.done, EC2Script.done])
        let prefix = try #require(IPv4CIDR("10.0.0.16/28"))
        try await script.control.unassign(EC2Script.eni, [IPv4Address(10, 0, 0, 6), IPv4Address(10, 0, 0, 7)], [prefix])
        #expect(script.exchange.requests.count == 2)
        #expect(script.body(0).hasSuffix("PrivateIpAddress.1=10.0.0.6&PrivateIpAddress.2=10.0.0.7"))
        #expect(script.body(1).hasSuffix("Ipv4Prefix.1=10.0.0.16%2F28"))
        try await script.control.unassign(EC2Script.eni, [IPv4Address(10, 0, 0, 6)], [])
        #expect(script.exchange.requests.count == 3)
    }

    @Test func everyErrorOfEC2KeepsItsCodeMessageAndRequest() async throws {
        let errors = try GoldenAnswer.all().filter { $0.case == "error" }
        #expect(errors.count == 10)
        for error in errors {
            let script = EC2Script((0..<4).map { _ in HTTPAnswer(error.status, error.xml) })
            let failure = await #expect(throws: EC2Failure.self) { try await script.control.assignPrefixes(EC2Script.eni, 1) }
            let published = try #require(error.parsed.error)
            #expect(failure?.code == published.code)
            #expect(failure?.message.hasPrefix(published.message) == true)
            #expect(failure?.requestID == error.parsed.requestID)
            #expect(script.exchange.requests.count == (published.code == "RequestLimitExceeded" ? 4 : 1), "\(published.code)")
        }
    }
}
