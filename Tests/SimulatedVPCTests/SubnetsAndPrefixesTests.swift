import Addressing
import InstanceTypes
import NodePorts
import SimulatedVPC
import Testing
import Timeline
import VPCModel

@Suite struct SubnetsAndPrefixesTests {
    @Test func aNodeSeesTheSubnetsOfItsVPCWithTheirTagsAndWhatIsFree() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let (subnet, other) = (cloud.subnet, try #require(IPv4CIDR("10.0.64.0/26")))
        try cloud.vpc.perform { (vpc, _) throws(VPCError) in
            _ = try vpc.createSubnet(other, zone: "eu-central-1b", id: SubnetID(unchecked: "subnet-0b"))
            try vpc.occupy(100, in: subnet)
        }
        let model = try #require(try cloud.vpc.snapshot().subnets[subnet])
        let described = try await instance.ec2.describeSubnets()
        #expect(
            described == [
                SubnetDescription(
                    id: subnet, zone: "eu-central-1a", block: model.block, ipv6Block: Cloud.ipv6Block, freeAddresses: 256 - 5 - 1 - 100,
                    freeBlocks: model.freeBlocks, tags: Cloud.tags),
                SubnetDescription(
                    id: SubnetID(unchecked: "subnet-0b"), zone: "eu-central-1b", block: other, freeAddresses: 64 - 5, freeBlocks: 2),
            ])
    }

    @Test func anENIIsDescribedWithWhatItWasCreatedWith() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let groups = [SecurityGroupID(unchecked: "sg-0a"), SecurityGroupID(unchecked: "sg-0b")]
        let request = cloud.request(.addresses(2), securityGroups: groups, ipv6Prefixes: 1, tags: ["owner": "i-node-a"])
        let created = try await instance.ec2.createENI(request)
        #expect(created.securityGroups == groups)
        #expect(created.subnetIPv6Block == Cloud.ipv6Block)
        #expect(created.ipv6Prefixes.count == 1 && created.ipv6Prefixes.allSatisfy(Cloud.ipv6Block.contains))
        #expect(try await instance.ec2.createENI(request) == created)
        let found = try cloud.vpc.perform { (vpc, now) throws(VPCError) in
            try vpc.describeENIs(tagged: ("owner", "i-node-a"), at: now).map(\.id)
        }
        #expect(found == [created.id])
        _ = try await instance.ec2.attachENI(created.id, 0, 1)
        let described = try #require(try await instance.ec2.describeENIs().enis.last)
        #expect((described.ipv6Prefixes, described.securityGroups) == (created.ipv6Prefixes, groups))
    }

    @Test func theObserverIsToldOfAnIPv6PrefixBeforeTheAnswer() async throws {
        let cloud = try Cloud()
        let notes = Notes()
        let instance = try cloud.launch { notes.note($0) }
        let primary = try #require(try instance.attachedENIs().first).id
        let first = try await instance.ec2.assignIPv6Prefix(primary)
        #expect(notes.all.last == "\(primary) holds 0 addresses, 0 prefixes, 1 of IPv6")
        let second = try await instance.ec2.assignIPv6Prefix(primary)
        #expect(notes.all.count == 3)
        #expect(first != second && first.prefixLength == 80)
        #expect(try await instance.ec2.describeENIs().enis.map(\.ipv6Prefixes) == [[first, second]])
    }

    @Test func anIPv6PrefixThatCannotBeHadIsRefusedInEC2sWords() async throws {
        let cloud = try Cloud()
        let old = try cloud.launch("i-old", type: "m4.4xlarge")
        let primary = try #require(try old.attachedENIs().first).id
        #expect(try await failure { _ = try await old.ec2.assignIPv6Prefix(primary) }.code == "UnsupportedOperation")
        let other = try #require(IPv4CIDR("10.0.64.0/24"))
        let instance = try cloud.launch()
        let eni = try cloud.vpc.perform { (vpc, now) throws(VPCError) in
            try vpc.createENI(in: try vpc.createSubnet(other, zone: "eu-central-1a"), at: now).id
        }
        let failure = try await failure { _ = try await instance.ec2.assignIPv6Prefix(eni) }
        #expect(failure.code == "InvalidParameterValue")
        #expect(failure.message.contains("no IPv6 CIDR block"))
    }

    @Test func aChosenAddressIsAssignedOnce() async throws {
        let cloud = try Cloud()
        let notes = Notes()
        let instance = try cloud.launch { notes.note($0) }
        let primary = try #require(try instance.attachedENIs().first)
        let subnet = try #require(try cloud.vpc.snapshot().subnets[cloud.subnet])
        let address = try #require(subnet.block.addresses.first(where: subnet.isFree))
        try await instance.ec2.assignAddress(primary.id, address)
        #expect(notes.all.last == "\(primary.id) holds 1 addresses, 0 prefixes")
        try await instance.ec2.assignAddress(primary.id, address)
        #expect(try await instance.ec2.describeENIs().enis.map(\.secondaryAddresses) == [[address]])
        #expect(notes.all.count == 2)

        let other = try cloud.launch("i-node-b")
        let its = try #require(try other.attachedENIs().first).id
        let failure = try await failure { try await other.ec2.assignAddress(its, address) }
        #expect(failure.code == "InvalidParameterValue")
        #expect(failure.message == "[\(address)] assigned, but move is not allowed.")
    }

    @Test func anENIOnAnotherCardIsDescribedWithItsPlace() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch(type: "c6in.32xlarge")
        for (card, deviceIndex) in [(1, 1), (0, 1), (1, 0)] {
            let eni = try await instance.ec2.createENI(cloud.request(token: "\(card) \(deviceIndex)")).id
            _ = try await instance.ec2.attachENI(eni, card, deviceIndex)
        }
        let places = try await instance.ec2.describeENIs().enis.compactMap(\.attachment).map { [$0.card, $0.deviceIndex] }
        #expect(places == [[0, 0], [0, 1], [1, 0], [1, 1]])
        let spare = try await instance.ec2.createENI(cloud.request(token: "spare")).id
        #expect(try await failure { _ = try await instance.ec2.attachENI(spare, 2, 1) }.code == "InvalidParameterValue")
    }
}
