import Addressing
import Foundation
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct IPv6Tests {
    static let block = "2001:db8:1234:1a00::/64"

    @Test func aSubnetOffersEveryPrefixButTheTwoThatHoldReservedAddresses() throws {
        let world = try World(ipv6Block: Self.block)
        #expect(world.vpc.subnets[world.subnet]?.ipv6Block == IPv6CIDR(Self.block))
        #expect(world.freeIPv6Prefixes == 65_536 - 2)
        #expect(try World().freeIPv6Prefixes == 0)
    }

    @Test(arguments: ["2001:db8::/56", "2001:db8::/80", "2001:db8::1/128"])
    func theIPv6BlockOfASubnetIsA64(block: String) throws {
        var vpc = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: 1)
        let (ipv4, ipv6) = (try #require(IPv4CIDR("10.0.0.0/24")), try #require(IPv6CIDR(block)))
        expect(.invalidParameterValue, try vpc.createSubnet(ipv4, zone: "a", ipv6Block: ipv6))
        #expect(vpc.subnets.isEmpty)
    }

    @Test func twoSubnetsNeverHaveOneIPv6Block() throws {
        var world = try World(ipv6Block: Self.block)
        let (ipv4, ipv6) = (try #require(IPv4CIDR("10.0.64.0/24")), try #require(IPv6CIDR(Self.block)))
        expect(.invalidSubnetConflict, try world.vpc.createSubnet(ipv4, zone: "a", ipv6Block: ipv6))
        let next = try #require(IPv6CIDR("2001:db8:1234:1a01::/64"))
        _ = try world.vpc.createSubnet(ipv4, zone: "a", ipv6Block: next)
    }

    @Test func anENIGetsAPrefixOfItsSubnetAndKeepsItUntilItIsDeleted() throws {
        var world = try World(ipv6Block: Self.block)
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now)
        let (free, freeAddresses) = (world.freeIPv6Prefixes, world.free)
        let prefixes = try world.vpc.assignIPv6Prefixes(1, to: eni.id, at: world.now)
        let prefix = try #require(prefixes.first)
        #expect(prefixes.count == 1 && prefix.prefixLength == 80)
        #expect(try #require(IPv6CIDR(Self.block)).contains(prefix))
        #expect(world.vpc.enis[eni.id]?.ipv6Prefixes == [prefix])
        #expect((world.freeIPv6Prefixes, world.free) == (free - 1, freeAddresses))
        #expect(world.vpc.violations() == [])
        try world.vpc.deleteENI(eni.id, at: world.now)
        #expect(world.freeIPv6Prefixes == free)
        #expect(world.vpc.violations() == [])
    }

    @Test func aNewENICanHoldPrefixesOfBothFamilies() throws {
        var world = try World(ipv6Block: Self.block)
        let create: (inout VPCModel) throws -> VPCModel.ENI = { [subnet = world.subnet, now = world.now] vpc in
            try vpc.createENI(in: subnet, content: .prefixes(2), ipv6Prefixes: 1, clientToken: "token", at: now)
        }
        let eni = try create(&world.vpc)
        #expect((eni.prefixes.count, eni.ipv6Prefixes.count, eni.slotsUsed) == (2, 1, 3))
        #expect(try create(&world.vpc) == eni)
        #expect(world.freeIPv6Prefixes == 65_534 - 1)
        expect(
            .idempotentParameterMismatch,
            try world.vpc.createENI(in: world.subnet, content: .prefixes(2), ipv6Prefixes: 2, clientToken: "token", at: world.now))
        #expect(world.vpc.violations() == [])
    }

    @Test func prefixesAreSpreadByChance() throws {
        var world = try World("m5.24xlarge", ipv6Block: Self.block)
        let prefixes = try world.vpc.assignIPv6Prefixes(50, to: try world.primary, at: world.now)
        let numbers = prefixes.map { UInt16(truncatingIfNeeded: $0.network.bits >> 48) }
        #expect(Set(numbers).count == 50)
        #expect(numbers.allSatisfy { $0 != 0 && $0 != .max })
        #expect(numbers != numbers.sorted())
        #expect((10...40).contains(numbers.count { $0 < 1 << 15 }), "\(numbers)")
    }

    @Test func aSubnetWithoutIPv6GivesNoPrefix() throws {
        var world = try World()
        let (primary, free) = (try world.primary, world.free)
        expect(.invalidParameterValue, try world.vpc.assignIPv6Prefixes(1, to: primary, at: world.now))
        expect(.invalidParameterValue, try world.vpc.createENI(in: world.subnet, ipv6Prefixes: 1, at: world.now))
        #expect(world.free == free && world.vpc.enis.count == 1)
    }

    @Test(arguments: [0, -1])
    func aCountOfPrefixesIsOneAtLeast(count: Int) throws {
        var world = try World(ipv6Block: Self.block)
        let primary = try world.primary
        expect(.invalidParameterValue, try world.vpc.assignIPv6Prefixes(count, to: primary, at: world.now))
    }

    @Test func theTypeLimitsThePrefixesOfAnENIApartFromItsIPv4Slots() throws {
        var world = try World("t3.medium", ipv6Block: Self.block)
        let primary = try world.primary
        _ = try world.vpc.assignAddresses(5, to: primary, at: world.now)
        #expect(try world.vpc.assignIPv6Prefixes(4, to: primary, at: world.now).count == 4)
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignIPv6Prefixes(3, to: primary, at: world.now))
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignIPv6Prefixes(.max, to: primary, at: world.now))
        #expect(try world.vpc.assignIPv6Prefixes(2, to: primary, at: world.now).count == 2)
        #expect(world.vpc.enis[primary]?.slotsUsed == 6)
        #expect(world.vpc.violations() == [])
    }

    @Test func anENIMayNotBringMorePrefixesThanTheTypeHolds() throws {
        var world = try World("t3.medium", ipv6Block: Self.block)
        let overfull = try world.vpc.createENI(in: world.subnet, ipv6Prefixes: 7, at: world.now).id
        expect(.privateIPAddressLimitExceeded, try world.vpc.attachENI(overfull, to: world.instance.id, deviceIndex: 1, at: world.now))
        let full = try world.attach(ipv6Prefixes: 6, at: 1)
        #expect(world.vpc.enis[full]?.ipv6Prefixes.count == 6)
        expect(.privateIPAddressLimitExceeded, try world.vpc.createENI(in: world.subnet, ipv6Prefixes: 65, at: world.now))
    }

    @Test func aTypeWhoseIPv6LimitIsUnknownTakesAsManyAsOfIPv4() throws {
        var world = try World(ipv6Block: Self.block)
        let type = InstanceType(name: "unheard.of", cards: [2], ipv4PerENI: 3)
        let instance = try world.vpc.runInstance(type, in: world.subnet, at: world.now)
        let primary = try #require(instance.enis[instance.primaryPlace])
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignIPv6Prefixes(4, to: primary, at: world.now))
        #expect(try world.vpc.assignIPv6Prefixes(3, to: primary, at: world.now).count == 3)
    }

    @Test func aXenInstanceTakesNoIPv6Prefixes() throws {
        var world = try World("m4.4xlarge", ipv6Block: Self.block)
        let primary = try world.primary
        expect(.unsupportedOperation, try world.vpc.assignIPv6Prefixes(1, to: primary, at: world.now))
        let eni = try world.vpc.createENI(in: world.subnet, ipv6Prefixes: 1, at: world.now).id
        expect(.unsupportedOperation, try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 1, at: world.now))
    }

    @Test func onlyThePrefixesThatTheENIHoldsCanBeTakenFromIt() throws {
        var world = try World(ipv6Block: Self.block)
        let primary = try world.primary
        let prefixes = try world.vpc.assignIPv6Prefixes(3, to: primary, at: world.now)
        let strange = try #require(IPv6CIDR("2001:db8:1234:1a00::/80"))
        expect(.missingParameter, try world.vpc.unassignIPv6Prefixes([], from: primary, at: world.now))
        expect(.invalidParameterValue, try world.vpc.unassignIPv6Prefixes(prefixes + [strange], from: primary, at: world.now))
        #expect(world.vpc.enis[primary]?.ipv6Prefixes == prefixes)
        try world.vpc.unassignIPv6Prefixes([prefixes[0], prefixes[2], prefixes[0]], from: primary, at: world.now)
        #expect(world.vpc.enis[primary]?.ipv6Prefixes == [prefixes[1]])
        #expect(world.freeIPv6Prefixes == 65_534 - 1)
        #expect(world.vpc.violations() == [])
    }

    /// Every prefix of the /64 on one of 1,312 ENIs, and back.
    @Test func aSubnetGivesEachOfItsPrefixesOnceAndThenNoMore() throws {
        let physics = Physics(throttles: false, enisMax: 2_000)
        var world = try World(subnet: "10.0.32.0/20", ipv6Block: Self.block, physics: physics)
        var seen: Set<IPv6CIDR> = []
        while world.freeIPv6Prefixes > 0 {
            let eni = try world.vpc.createENI(in: world.subnet, ipv6Prefixes: min(64, world.freeIPv6Prefixes), at: world.now)
            seen.formUnion(eni.ipv6Prefixes)
        }
        #expect(seen.count == 65_534)
        let last = try world.vpc.createENI(in: world.subnet, at: world.now).id
        expect(.insufficientCIDRBlocks, try world.vpc.assignIPv6Prefixes(1, to: last, at: world.now))
        expect(.insufficientCIDRBlocks, try world.vpc.createENI(in: world.subnet, ipv6Prefixes: 1, at: world.now))
        #expect(world.vpc.violations() == [])

        let full = try #require(world.vpc.enis.values.first { $0.ipv6Prefixes.count == 64 })
        try world.vpc.deleteENI(full.id, at: world.now)
        let again = try world.vpc.assignIPv6Prefixes(64, to: last, at: world.now)
        #expect(Set(again) == Set(full.ipv6Prefixes))
        #expect(world.vpc.violations() == [])
    }

    @Test(arguments: ["[65535,0]", "[0]", "[0,7,7,65535]", "[0,9,7,65535]", "[0,65536,65535]"])
    func aTextWhosePrefixesAreNoAscendingListIsRefused(list: String) throws {
        let text = String(decoding: try JSONEncoder().encode(try World(ipv6Block: Self.block).vpc), as: UTF8.self)
        #expect(text.contains("[0,65535]"))
        let damaged = Data(text.replacing("[0,65535]", with: list).utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(VPCModel.self, from: damaged) }
    }

    @Test func anInstanceThatEndsGivesThePrefixesOfItsENIsBack() throws {
        var world = try World(ipv6Block: Self.block)
        let primary = try world.primary
        _ = try world.vpc.assignIPv6Prefixes(2, to: primary, at: world.now)
        let kept = try world.attach(ipv6Prefixes: 1, at: 1)
        try world.vpc.terminateInstance(world.instance.id, at: world.now)
        #expect(Set(world.vpc.enis.keys) == [kept])
        #expect(world.freeIPv6Prefixes == 65_534 - 1)
        #expect(world.vpc.violations() == [])
    }
}
