import AWSClient
import AWSTesting
import Addressing
import NodePorts
import SimulatedAWS
import SimulatedVPC
import Testing
import Timeline
import VPCModel

struct QueryTests {
    @Test func whatEC2DoesNotHaveIsRefusedAsEC2Refuses() async throws {
        let cloud = try TestCloud()
        #expect(await cloud.code("RunInstances") == "InvalidAction")
        #expect(await cloud.code("DescribeSubnets", ["Fillter.1.Name": "vpc-id"]) == "UnknownParameter")
        #expect(await cloud.code("DescribeSubnets", ["Filter.1.Name": "nonsense", "Filter.1.Value.1": "x"]) == "InvalidParameterValue")
        #expect(await cloud.code("DescribeSubnets", ["Filter.1.Name": "vpc-id"]) == "MissingParameter")
        #expect(await cloud.code("DescribeSubnets", ["SubnetId.1": "vpc-0a"]) == "InvalidParameterValue")
        #expect(await cloud.code("DescribeSubnets", ["SubnetId.1": "subnet-0f"]) == "InvalidSubnetID.NotFound")
        #expect(await cloud.code("DescribeVpcs", ["VpcId.1": "vpc-0f"]) == "InvalidVpcID.NotFound")
        #expect(await cloud.code("DescribeInstances", ["InstanceId.1": "i-0f"]) == "InvalidInstanceID.NotFound")
        #expect(await cloud.code("DescribeInstanceTypes", ["InstanceType.1": "m5.tiny"]) == "InvalidInstanceType")
        #expect(await cloud.code("DescribeSecurityGroups", ["GroupId.1": "sg-0f"]) == "InvalidGroup.NotFound")
        #expect(await cloud.code("CreateNetworkInterface") == "MissingParameter")
        #expect(
            await cloud.code("CreateNetworkInterface", ["SubnetId": "subnet-0a", "PrivateIpAddress": "10.0.32.9"]) == "UnknownParameter")
        #expect(await cloud.code("CreateNetworkInterface", ["SubnetId": "subnet-0a", "InterfaceType": "efa"]) == "InvalidParameterValue")
        let both: KeyValuePairs = ["SubnetId": "subnet-0a", "Ipv4PrefixCount": "1", "SecondaryPrivateIpAddressCount": "1"]
        #expect(await cloud.code("CreateNetworkInterface", both) == "InvalidParameterCombination")
        #expect(await cloud.code("DetachNetworkInterface", ["AttachmentId": "eni-attach-0f"]) == "InvalidAttachmentID.NotFound")
        let address: KeyValuePairs = ["NetworkInterfaceId": try cloud.primary.rawValue, "Ipv6AddressCount": "1"]
        #expect(await cloud.code("AssignIpv6Addresses", address) == "UnknownParameter")
        #expect(await cloud.code("CreateTags", ["ResourceId.1": "vpc-0a", "Tag.1.Key": "a"]) == "InvalidID")
        #expect(try cloud.vpc.snapshot().enis.count == 1)
    }

    @Test func aRefusalIsWrittenAsEC2WritesIt() async throws {
        let cloud = try TestCloud()
        let answer = await cloud.ask("DescribeNetworkInterfaces", ["NetworkInterfaceId.1": "eni-0123456789abcdef0"])
        let requestID = try #require(answer.text.element("RequestID"))
        let golden = try #require(try GoldenAnswers.all().first { $0.action == nil && $0.xml.contains("InvalidNetworkInterfaceID") })
        #expect(answer.status == golden.status)
        #expect(answer.text.replacing(requestID, with: "11111111-2222-3333-4444-555555555555") == golden.xml)
        #expect(answer["x-amzn-requestid"] == requestID && requestID.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }

    @Test func everyElementIsOneThatEC2Writes() async throws {
        let cloud = try TestCloud(type: "c6in.32xlarge")
        let created = await cloud.text(
            "CreateNetworkInterface",
            [
                "SubnetId": "subnet-0a", "Description": "<a> & \"b\" é", "SecurityGroupId.1": "sg-0b",
                "SecondaryPrivateIpAddressCount": "2",
                "Ipv6PrefixCount": "1", "TagSpecification.1.ResourceType": "network-interface", "TagSpecification.1.Tag.1.Key": "k",
                "TagSpecification.1.Tag.1.Value": "v", "ClientToken": "once",
            ])
        let eni = try #require(created.element("networkInterfaceId"))
        #expect(created.contains("<description>&lt;a&gt; &amp; \"b\" é</description>"))
        let attach: KeyValuePairs = [
            "NetworkInterfaceId": eni, "InstanceId": "i-0a", "DeviceIndex": "3", "NetworkCardIndex": "1",
        ]
        var answers = ["CreateNetworkInterface": created, "AttachNetworkInterface": await cloud.text("AttachNetworkInterface", attach)]
        for (action, count) in [("AssignPrivateIpAddresses", "Ipv4PrefixCount"), ("AssignIpv6Addresses", "Ipv6PrefixCount")] {
            answers[action] = await cloud.text(action, ["NetworkInterfaceId": eni, count: "1"])
        }
        let prefix = try #require(answers["AssignIpv6Addresses"]?.element("item"))
        answers["UnassignIpv6Addresses"] = await cloud.text("UnassignIpv6Addresses", ["NetworkInterfaceId": eni, "Ipv6Prefix.1": prefix])
        for action in ["Instances", "InstanceTypes", "NetworkInterfaces", "Subnets", "Vpcs", "SecurityGroups", "AvailabilityZones"] {
            answers["Describe" + action] = await cloud.text("Describe" + action)
        }
        for (action, answer) in answers {
            let golden = try #require(try GoldenAnswers.all().first { $0.action == action && $0.status == 200 })
            let strange = try ElementPaths.of(answer).subtracting(try ElementPaths.of(golden.xml)).filter { !$0.hasSuffix("/return") }
            #expect(strange.filter { !$0.hasSuffix("/requestId") } == [], "\(action)")
        }
    }

    @Test func aDryRunSaysWhatWouldHappenAndDoesNothing() async throws {
        let cloud = try TestCloud()
        let before = try cloud.vpc.snapshot()
        let answer = await cloud.ask("CreateNetworkInterface", ["SubnetId": "subnet-0a", "DryRun": "true"])
        #expect(answer.status == 412 && answer.text.element("Code") == "DryRunOperation")
        #expect(await cloud.code("CreateNetworkInterface", ["SubnetId": "subnet-0f", "DryRun": "true"]) == "InvalidSubnetID.NotFound")
        #expect(try cloud.vpc.snapshot() == before)
    }

    @Test func theThrottleIsThatOfTheModel() async throws {
        let cloud = try TestCloud(physics: Physics(throttles: true))
        // Drains by the model's own clock, far ahead of the refill of five a second.
        try cloud.vpc.perform { (vpc, now) throws(VPCError) in
            for _ in 0..<100 { try? vpc.admit(.createTags, at: now + .seconds(3_600)) }
        }
        let answer = await cloud.ask("CreateTags", ["ResourceId.1": "i-0a", "Tag.1.Key": "a"])
        #expect(answer.status == 503 && answer.text.element("Code") == "RequestLimitExceeded")
        #expect(await cloud.text("DescribeSubnets").elements("subnetId").count == 2)
    }

    @Test func filtersTakeWildcardsAndAreAllToBePassed() async throws {
        let cloud = try TestCloud()
        func found(_ name: String, _ values: String...) async -> [String] {
            let answer =
                switch values.count {
                case 1: await cloud.text("DescribeSubnets", ["Filter.1.Name": name, "Filter.1.Value.1": values[0]])
                default:
                    await cloud.text(
                        "DescribeSubnets", ["Filter.1.Name": name, "Filter.1.Value.1": values[0], "Filter.1.Value.2": values[1]])
                }
            return answer.elements("subnetId")
        }
        #expect(await found("cidr-block", "10.1.*") == ["subnet-0b"])
        #expect(await found("cidr-block", "10.?.*.0/2?") == ["subnet-0a", "subnet-0b"])
        #expect(await found("cidr-block", "10.1.\\*") == [])
        #expect(await found("subnet-id", "subnet-0a", "subnet-0x") == ["subnet-0a"])
        #expect(await found("tag:kubernetes.io/role/cni", "1") == ["subnet-0a", "subnet-0b"])
        #expect(await found("tag-key", "kubernetes.io/role/elb") == [])
        #expect(await found("vpc-id", "vpc-0f") == [])
        #expect(await found("ipv6-cidr-block-association.ipv6-cidr-block", "*") == ["subnet-0a"])
        let two: KeyValuePairs = [
            "Filter.1.Name": "availability-zone", "Filter.1.Value.1": "eu-central-1a", "Filter.2.Name": "available-ip-address-count",
            "Filter.2.Value.1": "11",
        ]
        #expect(await cloud.text("DescribeSubnets", two).elements("subnetId") == ["subnet-0b"])
    }

    @Test func pagesHoldEveryENIOnceAlsoWhenSomeGoMeanwhile() async throws {
        let cloud = try TestCloud()
        var all: Set<String> = [try cloud.primary.rawValue]
        for _ in 0..<11 {
            all.insert(try #require(await cloud.text("CreateNetworkInterface", ["SubnetId": "subnet-0a"]).element("networkInterfaceId")))
        }
        let first = await cloud.text("DescribeNetworkInterfaces", ["MaxResults": "5"])
        let seen = first.elements("networkInterfaceId")
        // The page's last one goes; the next page begins behind it all the same.
        let free = try #require(seen.last { (try? cloud.primary.rawValue) != $0 })
        _ = await cloud.text("DeleteNetworkInterface", ["NetworkInterfaceId": free])
        let token = try #require(first.element("nextToken"))
        let second = await cloud.text("DescribeNetworkInterfaces", ["MaxResults": "5", "NextToken": token])
        let last = try #require(second.element("nextToken"))
        let third = await cloud.text("DescribeNetworkInterfaces", ["MaxResults": "5", "NextToken": last])
        let found = seen + second.elements("networkInterfaceId") + third.elements("networkInterfaceId")
        #expect(found.count == 12 && Set(found) == all)
        #expect(third.element("nextToken") == nil)
        #expect(await cloud.code("DescribeNetworkInterfaces", ["MaxResults": "4"]) == "InvalidParameterValue")
        #expect(await cloud.code("DescribeNetworkInterfaces", ["NextToken": "x"]) == "InvalidParameterValue")
        let named: KeyValuePairs = ["MaxResults": "5", "NetworkInterfaceId.1": try cloud.primary.rawValue]
        #expect(await cloud.code("DescribeNetworkInterfaces", named) == "InvalidParameterCombination")
    }

    @Test func tagsDescriptionsAndGroupsCanBeChanged() async throws {
        let cloud = try TestCloud()
        let eni = try cloud.primary.rawValue
        let created: KeyValuePairs = ["ResourceId.1": eni, "ResourceId.2": "i-0a", "Tag.1.Key": "a", "Tag.1.Value": "1", "Tag.2.Key": "b"]
        _ = await cloud.text("CreateTags", created)
        #expect(await cloud.text("DescribeNetworkInterfaces", ["Filter.1.Name": "tag:a", "Filter.1.Value.1": "1"]).contains(eni))
        let other: KeyValuePairs = ["ResourceId.1": eni, "Tag.1.Key": "a", "Tag.1.Value": "2"]
        _ = await cloud.text("DeleteTags", other)
        #expect(try cloud.vpc.snapshot().enis[ENIID(unchecked: eni)]?.tags == ["a": "1", "b": ""])
        _ = await cloud.text("DeleteTags", ["ResourceId.1": eni, "Tag.1.Key": "a"])
        #expect(try cloud.vpc.snapshot().enis[ENIID(unchecked: eni)]?.tags == ["b": ""])
        _ = await cloud.text("DeleteTags", ["ResourceId.1": eni, "ResourceId.2": "i-0a"])
        #expect(try cloud.vpc.snapshot().enis[ENIID(unchecked: eni)]?.tags == [:])
        #expect(await cloud.code("CreateTags", ["ResourceId.1": eni, "Tag.1.Key": "aws:a"]) == "InvalidParameterValue")

        _ = await cloud.text("ModifyNetworkInterfaceAttribute", ["NetworkInterfaceId": eni, "Description.Value": "mine"])
        let groups: KeyValuePairs = ["NetworkInterfaceId": eni, "SecurityGroupId.1": "sg-0b", "SecurityGroupId.2": "sg-0c"]
        _ = await cloud.text("ModifyNetworkInterfaceAttribute", groups)
        let described = await cloud.text("DescribeNetworkInterfaces")
        #expect(described.element("description") == "mine" && described.elements("groupId") == ["sg-0b", "sg-0c"])
        #expect(await cloud.text("DescribeSecurityGroups").elements("groupId") == ["sg-0b", "sg-0c"])
        #expect(await cloud.code("ModifyNetworkInterfaceAttribute", ["NetworkInterfaceId": eni]) == "InvalidParameterCombination")
        let unchecked: KeyValuePairs = ["NetworkInterfaceId": eni, "SourceDestCheck.Value": "false"]
        #expect(await cloud.code("ModifyNetworkInterfaceAttribute", unchecked) == "UnsupportedOperation")
    }

    @Test func chosenAddressesAndPrefixesAreAssignedAllOrNone() async throws {
        let cloud = try TestCloud()
        let eni = try cloud.primary.rawValue
        let free = try cloud.vpc.perform { (model, now) throws(VPCError) in
            let subnet = model.subnets[TestCloud.subnet]
            return (64..<80).compactMap { subnet?.block[$0] }.filter { subnet?.isFree($0) == true }
        }
        #expect(free.count == 16)
        let answer = await cloud.text(
            "AssignPrivateIpAddresses", ["NetworkInterfaceId": eni, "PrivateIpAddress.1": "\(free[0])", "PrivateIpAddress.2": "\(free[1])"])
        #expect(answer.elements("privateIpAddress") == free.prefix(2).map(\.description))
        let outside: KeyValuePairs = ["NetworkInterfaceId": eni, "PrivateIpAddress.1": "\(free[2])", "PrivateIpAddress.2": "10.9.9.9"]
        #expect(await cloud.code("AssignPrivateIpAddresses", outside) == "InvalidParameterValue")
        let broken: KeyValuePairs = ["NetworkInterfaceId": eni, "Ipv4Prefix.1": "10.0.32.64/28"]
        #expect(await cloud.code("AssignPrivateIpAddresses", broken) == "InvalidParameterValue")
        let block = try #require(cloud.vpc.snapshot().freeBlock(in: TestCloud.subnet))
        let whole: KeyValuePairs = ["NetworkInterfaceId": eni, "Ipv4Prefix.1": "\(block)"]
        #expect(await cloud.text("AssignPrivateIpAddresses", whole).elements("ipv4Prefix") == ["\(block)"])
        let ipv6: KeyValuePairs = ["NetworkInterfaceId": eni, "Ipv6Prefix.1": "2001:db8:0:a:7::/80"]
        for _ in 1...2 { _ = await cloud.text("AssignIpv6Addresses", ipv6) }
        let foreign: KeyValuePairs = ["NetworkInterfaceId": eni, "Ipv6Prefix.1": "2001:db8:0:b:7::/80"]
        #expect(await cloud.code("AssignIpv6Addresses", foreign) == "InvalidParameterValue")
        let held = try cloud.vpc.snapshot()
        #expect(held.violations() == [])
        let state = held.enis[ENIID(unchecked: eni)]
        #expect(state?.secondaryAddresses == Array(free.prefix(2)))
        #expect(state?.prefixes == [block])
        #expect(state?.ipv6Prefixes.map(\.description) == ["2001:db8:0:a:7::/80"])
    }

    @Test func anAttachmentIsUnderWayAtFirstAndItsLinkFollows() async throws {
        let (changes, told) = AsyncStream<ENIChange>.makeStream()
        let cloud = try TestCloud { told.yield($0) }
        let aws = cloud.aws
        let following = Task { await aws.run() }
        defer { following.cancel() }
        let eni = try #require(await cloud.text("CreateNetworkInterface", ["SubnetId": "subnet-0a"]).element("networkInterfaceId"))
        let attach: KeyValuePairs = ["NetworkInterfaceId": eni, "InstanceId": "i-0a", "DeviceIndex": "1"]
        let attachment = try #require(await cloud.text("AttachNetworkInterface", attach).element("attachmentId"))
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next()?.isAttachment == true, "the primary ENI")
        guard case .attached(let attached)? = await iterator.next() else { return #expect(Bool(false), "no link came") }
        #expect(attached.id.rawValue == eni && attached.attachment?.deviceIndex == 1)
        _ = await cloud.text("DetachNetworkInterface", ["AttachmentId": attachment])
        #expect(await iterator.next() == .detached(attached.id))
        let described = await cloud.text("DescribeNetworkInterfaces", ["NetworkInterfaceId.1": eni])
        #expect(described.element("status") == "available" && described.element("attachment") == nil)
    }
}

extension ENIChange {
    fileprivate var isAttachment: Bool {
        switch self {
        case .attached: true
        case .detached, .addressesChanged: false
        }
    }
}

extension VPCModel {
    /// The first wholly free /28 of a subnet.
    fileprivate func freeBlock(in id: SubnetID) -> IPv4CIDR? {
        guard let subnet = subnets[id] else { return nil }
        return stride(from: 0, to: subnet.block.count, by: 16)
            .map { IPv4CIDR(containing: subnet.block[$0], prefixLength: 28) }
            .first { $0.addresses.allSatisfy(subnet.isFree) }
    }
}
