import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct LimitsTests {
    @Test(arguments: ["t3.medium", "m5.large", "m5.4xlarge", "p5.48xlarge", "trn1.32xlarge"])
    func anInstanceTakesTheENIsOfItsDefaultCardAndNoMore(name: String) throws {
        var world = try World(name)
        for deviceIndex in 1..<world.instance.type.enis { _ = try world.attach(at: deviceIndex) }
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now)
        expect(.attachmentLimitExceeded, try world.vpc.attachENI(eni.id, to: world.instance.id, deviceIndex: 50, at: world.now))
        #expect(
            world.vpc.enis(of: world.instance.id, at: world.now).map { $0.attachment?.deviceIndex } == Array(0..<world.instance.type.enis))
        #expect(world.vpc.violations() == [])
    }

    @Test func addressesAndPrefixesShareTheSlotsOfAnENI() throws {
        var world = try World("m5.large")
        let primary = try world.primary
        _ = try world.vpc.assignAddresses(5, to: primary, at: world.now)
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignPrefixes(5, to: primary, at: world.now))
        #expect(try world.vpc.assignPrefixes(4, to: primary, at: world.now).count == 4)
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignAddresses(1, to: primary, at: world.now))
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignAddresses(.max, to: primary, at: world.now))
        #expect(world.vpc.enis[primary]?.slotsUsed == 10)
        #expect(world.vpc.violations() == [])
    }

    @Test func anENIMayNotBringMoreAddressesThanTheTypeHolds() throws {
        var world = try World("t3.medium")
        let full = try world.vpc.createENI(in: world.subnet, content: .addresses(5), at: world.now)
        let overfull = try world.vpc.createENI(in: world.subnet, content: .addresses(6), at: world.now)
        expect(.privateIPAddressLimitExceeded, try world.vpc.attachENI(overfull.id, to: world.instance.id, deviceIndex: 1, at: world.now))
        _ = try world.vpc.attachENI(full.id, to: world.instance.id, deviceIndex: 1, at: world.now)
        expect(.privateIPAddressLimitExceeded, try world.vpc.createENI(in: world.subnet, content: .addresses(64), at: world.now))
        expect(.invalidParameterValue, try world.vpc.createENI(in: world.subnet, content: .addresses(-1), at: world.now))
    }

    @Test func aXenInstanceTakesNoPrefixes() throws {
        var world = try World("m4.4xlarge")
        let primary = try world.primary
        expect(.unsupportedOperation, try world.vpc.assignPrefixes(1, to: primary, at: world.now))
        let eni = try world.vpc.createENI(in: world.subnet, content: .prefixes(1), at: world.now)
        expect(.unsupportedOperation, try world.vpc.attachENI(eni.id, to: world.instance.id, deviceIndex: 1, at: world.now))
    }

    @Test func aCountIsAssignedWhollyOrNotAtAll() throws {
        var world = try World("m5.24xlarge", subnet: "10.0.32.0/27")
        let primary = try world.primary
        #expect(world.free == 26)
        expect(.insufficientFreeAddressesInSubnet, try world.vpc.assignAddresses(27, to: primary, at: world.now))
        expect(.insufficientFreeAddressesInSubnet, try world.vpc.createENI(in: world.subnet, content: .addresses(26), at: world.now))
        #expect(world.free == 26)
        #expect(try world.vpc.assignAddresses(26, to: primary, at: world.now).count == 26)
        expect(.insufficientFreeAddressesInSubnet, try world.vpc.createENI(in: world.subnet, at: world.now))
        expect(.insufficientCIDRBlocks, try world.vpc.assignPrefixes(1, to: primary, at: world.now))
        expect(.invalidParameterValue, try world.vpc.assignAddresses(0, to: primary, at: world.now))
        #expect(world.vpc.violations() == [])
    }

    @Test func aNewENIWithMorePrefixesThanTheSubnetHasAddressesIsRefusedInEC2sOtherWords() throws {
        var world = try World(subnet: "10.0.32.0/26")
        expect(.insufficientCIDRBlocks, try world.vpc.createENI(in: world.subnet, content: .prefixes(3), at: world.now))
        expect(.invalidParameterValue, try world.vpc.createENI(in: world.subnet, content: .prefixes(4), at: world.now))
    }

    @Test func theQuotasOfTheAccountHold() throws {
        var world = try World(physics: Physics(throttles: false, enisMax: 3, securityGroupsMax: 2))
        let groups = (1...3).compactMap { SecurityGroupID("sg-\($0)") }
        expect(.securityGroupsPerInterfaceLimitExceeded, try world.vpc.createENI(in: world.subnet, securityGroups: groups, at: world.now))
        let eni = try world.vpc.createENI(in: world.subnet, securityGroups: Array(groups.dropLast()), at: world.now)
        _ = try world.vpc.createENI(in: world.subnet, at: world.now)
        expect(.networkInterfaceLimitExceeded, try world.vpc.createENI(in: world.subnet, at: world.now))
        try world.vpc.deleteENI(eni.id, at: world.now)
        _ = try world.vpc.createENI(in: world.subnet, at: world.now)
    }
}
