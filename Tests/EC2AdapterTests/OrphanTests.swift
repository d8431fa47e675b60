import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import NodePorts
import Testing

/// What a node asks of EC2 about ENIs that others made, and how it tells them from its own.
@Suite struct OrphanTests {
    private static let tags = ["node.k8s.amazonaws.com/instance_id": "i-0dead", "node.k8s.amazonaws.com/createdAt": "2026-01-02T02:04:05Z"]

    // MARK: - ENIs that are attached to nothing

    @Test func enisOfTheVPCThatAreAttachedToNothingAreAskedForWithTheirAge() async throws {
        let orphan = EC2Script.eni("eni-0c", status: "available", tags: Self.tags, more: "<description>aws-K8S-i-0dead</description>")
        let service = EC2Script.eni(
            "eni-0b", status: "available", more: "<requesterManaged>true</requesterManaged><interfaceType>nat_gateway</interfaceType>")
        // A server may ignore the filter; what is attached is no orphan for it.
        let attached = EC2Script.eni("eni-0d", attached: "attached", tags: Self.tags)
        let script = EC2Script([EC2Script.enis([orphan], nextToken: "more"), EC2Script.enis([service, attached])])
        let enis = try await script.node.orphanControl.describeUnattached()
        #expect(enis.map(\.id.rawValue) == ["eni-0b", "eni-0c"])
        #expect(enis[0].isRequesterManaged && enis[0].interfaceType == "nat_gateway" && enis[0].age == nil)
        #expect(enis[1].description == "aws-K8S-i-0dead" && enis[1].tags == Self.tags && enis[1].age == .seconds(3600))
        #expect(script.body(0).contains("Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a&Filter.2.Name=status&Filter.2.Value.1=available"))
    }

    @Test func terminatedInstancesDoNotLiveAndStoppedOnesDo() async throws {
        let states = [("i-0b", "stopped"), ("i-0c", "terminated"), ("i-0d", "shutting-down")].map { id, state in
            "<item><instancesSet><item><instanceId>\(id)</instanceId><instanceState><code>0</code><name>\(state)</name></instanceState>"
                + "</item></instancesSet></item>"
        }
        let script = EC2Script([HTTPAnswer(200, "<R><reservationSet>\(states.joined())</reservationSet></R>")])
        let asked = Set(["i-0b", "i-0c", "i-0d", "i-0e"].map { InstanceID(unchecked: $0) })
        let living = try await script.node.orphanControl.livingInstances(asked)
        #expect(living == [InstanceID(unchecked: "i-0b"), InstanceID(unchecked: "i-0d")])
        // By filter: an identifier that does not exist would have the whole question refused.
        #expect(script.body(0).contains("Filter.1.Name=instance-id&Filter.1.Value.1=i-0b&Filter.1.Value.2=i-0c"))
    }

    @Test func anOrphanThatHasGoneIsDeletedAndOneInUseIsRefusedAtOnce() async throws {
        let script = EC2Script([.error(400, "InvalidNetworkInterfaceID.NotFound"), .error(400, "InvalidNetworkInterface.InUse")])
        try await script.node.orphanControl.delete(EC2Script.eni)
        let failure = await #expect(throws: EC2Failure.self) { try await script.node.orphanControl.delete(EC2Script.eni) }
        #expect(failure?.code == "InvalidNetworkInterface.InUse" && script.time.slept == [])
    }

    // MARK: - ENIs that are somebody else's

    private static let foreign: [(String, String)] = [
        ("EFA", EC2Script.eni(attached: "attached", more: "<interfaceType>efa</interfaceType>")),
        ("trunk", EC2Script.eni(attached: "attached", more: "<interfaceType>trunk</interfaceType>")),
        (
            "EFA alone",
            "<networkInterfaceId>eni-0b</networkInterfaceId><macAddress>02:00:00:00:00:0b</macAddress><subnetId>subnet-0a</subnetId>"
                + "<attachment><attachmentId>eni-attach-0c</attachmentId><instanceId>i-0a</instanceId><deviceIndex>1</deviceIndex>"
                + "<status>attached</status></attachment><interfaceType>efa-only</interfaceType>"
        ),
        ("another node's", EC2Script.eni(attached: "attached", tags: tags)),
        ("another cluster's", EC2Script.eni(attached: "attached", tags: ["cluster.k8s.amazonaws.com/name": "test"])),
    ]

    @Test(arguments: foreign.indices) func anENIOfOthersIsNoneOfTheNodesAndKeepsItsPlace(index: Int) async throws {
        let primary = EC2Script.eni("eni-0a", attached: "attached", deviceIndex: 0, tags: Self.tags)
        let script = EC2Script([EC2Script.enis([primary, Self.foreign[index].1]), EC2Script.subnets()])
        let described = try await script.control.describeENIs()
        #expect(described.enis.map(\.id.rawValue) == ["eni-0a"], "\(Self.foreign[index].0)")
        #expect(described.attachmentsOfOthers.map(\.deviceIndex) == [1], "\(Self.foreign[index].0)")
    }

    @Test(arguments: [true, false]) func anENIWithoutTagsIsTheNodesUnlessItIsToldOtherwise(takesUntagged: Bool) async throws {
        let own = EC2Script.eni(
            "eni-0c", attached: "attached", deviceIndex: 2,
            tags: ["node.k8s.amazonaws.com/instance_id": "i-0a", "cluster.k8s.amazonaws.com/name": "before"])
        let script = EC2Script(
            [EC2Script.enis([EC2Script.eni(attached: "attached"), own]), EC2Script.subnets()], takesUntagged: takesUntagged)
        let described = try await script.control.describeENIs()
        #expect(described.enis.map(\.id.rawValue) == (takesUntagged ? ["eni-0b", "eni-0c"] : ["eni-0c"]))
        #expect(described.attachmentsOfOthers.map(\.deviceIndex) == (takesUntagged ? [] : [1]))
    }

    // MARK: - A creation that is asked for again

    private static let request = ENIRequest(
        subnet: SubnetID(unchecked: "subnet-0a"), securityGroups: [], clientToken: "token-1", content: .addresses(1))
    private static let mismatch = HTTPAnswer.error(400, "IdempotentParameterMismatch")

    @Test func anENIThatWasMadeForTheTokenAtAnotherTimeIsFoundByIt() async throws {
        let script = EC2Script([Self.mismatch, EC2Script.enis([EC2Script.eni(status: "available")]), EC2Script.subnets()])
        #expect(try await script.control.createENI(Self.request).id == EC2Script.eni)
        #expect(script.body(1).contains("Filter.1.Name=tag%3Aberth%2Frequest&Filter.1.Value.1=token-1"))
    }

    @Test func aTokenThatWasUsedForSomethingElseIsRefused() async throws {
        let request = ENIRequest(
            subnet: Self.request.subnet, securityGroups: [], clientToken: Self.request.clientToken, content: .addresses(2))
        for answer in [[EC2Script.eni(status: "available")], []] {
            let script = EC2Script([Self.mismatch, EC2Script.enis(answer)])
            let failure = await #expect(throws: EC2Failure.self) { try await script.control.createENI(request) }
            #expect(failure?.code == "IdempotentParameterMismatch")
        }
    }

    @Test func anENIIsPutIntoTheGroupsThatAreNamed() async throws {
        let script = EC2Script([EC2Script.done])
        try await script.control.setSecurityGroups(EC2Script.eni, ["sg-0b", "sg-0a"].map { SecurityGroupID(unchecked: $0) })
        #expect(script.body(0).contains("NetworkInterfaceId=eni-0b&SecurityGroupId.1=sg-0b&SecurityGroupId.2=sg-0a"))
    }
}
