import Addressing
import Testing
import Timeline
import VPCModel

/// What can be changed of an ENI besides what it holds by number.
@Suite struct ChangedENITests {
    @Test func tagsOfSeveralResourcesChangeTogetherOrNotAtAll() throws {
        var world = try World()
        let eni = try world.vpc.createENI(in: world.subnet, tags: ["a": "1"], clientToken: "t", at: world.now).id
        let resources: [VPCModel.Resource] = [.eni(eni), .instance(world.instance.id), .subnet(world.subnet)]
        try world.vpc.createTags(["a": "2", "b": ""], on: resources, at: world.now)
        #expect(world.vpc.enis[eni]?.tags == ["a": "2", "b": ""])
        #expect(world.vpc.instances[world.instance.id]?.tags == ["a": "2", "b": ""])
        #expect(world.vpc.subnets[world.subnet]?.tags == ["a": "2", "b": ""])
        // A request made again is compared with what was asked for, not with what became of it.
        #expect(try world.vpc.createENI(in: world.subnet, tags: ["a": "1"], clientToken: "t", at: world.now).id == eni)

        let before = world.vpc
        let nobody = VPCModel.Resource.eni(ENIID(unchecked: "eni-0"))
        expect(.invalidNetworkInterfaceIDNotFound, try world.vpc.createTags(["c": ""], on: resources + [nobody], at: world.now))
        expect(.invalidNetworkInterfaceIDNotFound, try world.vpc.deleteTags(nil, from: resources + [nobody], at: world.now))
        let many = Dictionary(uniqueKeysWithValues: (0..<49).map { ("key \($0)", "") })
        expect(.tagLimitExceeded, try world.vpc.createTags(many, on: resources, at: world.now))
        #expect(world.vpc == before)
    }

    @Test func tagsAreDeletedByKeyByKeyAndValueOrAll() throws {
        var world = try World()
        let eni = try world.vpc.createENI(in: world.subnet, tags: ["a": "1", "b": "2", "c": ""], at: world.now).id
        try world.vpc.deleteTags(["a": "2", "c": ""], from: [.eni(eni)], at: world.now)
        #expect(world.vpc.enis[eni]?.tags == ["a": "1", "b": "2"])
        try world.vpc.deleteTags(["a": nil, "x": nil], from: [.eni(eni)], at: world.now)
        #expect(world.vpc.enis[eni]?.tags == ["b": "2"])
        try world.vpc.deleteTags(nil, from: [.eni(eni)], at: world.now)
        #expect(world.vpc.enis[eni]?.tags == [:])
    }

    @Test func descriptionsAndSecurityGroupsChangeWithinTheirBounds() throws {
        var world = try World()
        let eni = try world.primary
        try world.vpc.modifyENI(eni, description: String(repeating: "é", count: 255), at: world.now)
        expect(.invalidParameterValue, try world.vpc.modifyENI(eni, description: String(repeating: "x", count: 256), at: world.now))
        let groups = (0..<6).map { SecurityGroupID(unchecked: "sg-\($0)") }
        try world.vpc.modifyENI(eni, securityGroups: Array(groups.prefix(5)), at: world.now)
        expect(.securityGroupsPerInterfaceLimitExceeded, try world.vpc.modifyENI(eni, securityGroups: groups, at: world.now))
        #expect(world.vpc.enis[eni]?.securityGroups == Array(groups.prefix(5)) && world.vpc.enis[eni]?.description.count == 255)
    }

    @Test func chosenBlocksAreTakenAllOrNoneAndOnce() throws {
        var world = try World(ipv6Block: "2001:db8::/64")
        let eni = try world.attach(at: 1)
        let free = try #require(
            (1..<15).map { IPv4CIDR(containing: IPv4Address(10, 0, 32, UInt8($0 * 16)), prefixLength: 28) }
                .first { $0.addresses.allSatisfy { world.vpc.subnets[world.subnet]?.isFree($0) == true } })
        let first = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 28)
        let before = world.vpc
        expect(.invalidParameterValue, try world.vpc.assignPrefixes([free, first], to: eni, at: world.now))
        expect(
            .invalidParameterValue, try world.vpc.assignIPv6Prefixes(ipv6("2001:db8::/80", "2001:db8:0:0:9::/80"), to: eni, at: world.now))
        expect(.invalidParameterValue, try world.vpc.assignIPv6Prefixes(ipv6("2001:db8::/64"), to: eni, at: world.now))
        #expect(world.vpc == before)
        #expect(try world.vpc.assignPrefixes([free, free], to: eni, at: world.now) == [free])
        #expect(try world.vpc.assignPrefixes([free], to: eni, at: world.now) == [])
        #expect(try world.vpc.assignIPv6Prefixes(ipv6("2001:db8:0:0:9::/80", "2001:db8:0:0:1::/80"), to: eni, at: world.now).count == 2)
        #expect(try world.vpc.assignIPv6Prefixes(ipv6("2001:db8:0:0:9::/80"), to: eni, at: world.now) == [])
        #expect(world.vpc.violations() == [])
        // What one has, another cannot choose, until it is given back.
        let other = try world.primary
        expect(.invalidParameterValue, try world.vpc.assignPrefixes([free], to: other, at: world.now))
        expect(.invalidParameterValue, try world.vpc.assignIPv6Prefixes(ipv6("2001:db8:0:0:9::/80"), to: other, at: world.now))
        try world.vpc.unassign(prefixes: [free], from: eni, at: world.now)
        #expect(try world.vpc.assignPrefixes([free], to: other, at: world.now) == [free])
        #expect(world.vpc.violations() == [])
    }

    @Test func chosenAddressesAreHeldToTheLimitTogether() throws {
        var world = try World()
        let eni = try world.primary
        let free = (1..<255).map { IPv4Address(10, 0, 32, UInt8($0)) }.filter { world.vpc.subnets[world.subnet]?.isFree($0) == true }
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignAddresses(Array(free.prefix(10)), to: eni, at: world.now))
        #expect(try world.vpc.assignAddresses(Array(free.prefix(9)) + [free[0]], to: eni, at: world.now) == Array(free.prefix(9)))
        #expect(world.vpc.violations() == [])
    }

    @Test func aVPCHasOneIdentifierThroughoutAndAnotherThanOthers() throws {
        var world = try World()
        let id = world.vpc.id
        _ = try world.attach(at: 1)
        #expect(world.vpc.id == id && id.hasPrefix("vpc-") && id.count == 21)
        #expect(try World(seed: 2).vpc.id != id)
    }

    private func ipv6(_ texts: String...) -> [IPv6CIDR] { texts.compactMap { IPv6CIDR($0) } }
}
