import Addressing
import Testing
import Timeline
import VPCModel

@Suite struct SubnetTests {
    @Test(arguments: [(16, 4094), (20, 254), (24, 14), (26, 2), (27, 0), (28, 0)])
    func anEmptySubnetLacksFiveAddressesAndTheTwoBlocksThatHoldThem(prefixLength: Int, blocks: Int) throws {
        var vpc = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: 1)
        let block = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: prefixLength)
        let id = try vpc.createSubnet(block, zone: "a")
        let subnet = try #require(vpc.subnets[id])
        #expect(subnet.freeAddresses == 1 << (32 - prefixLength) - 5)
        #expect(subnet.freeBlocks == blocks)
        #expect(subnet.reservedAddresses.allSatisfy { !subnet.isFree($0) })
        #expect(subnet.isFree(block[4]) && subnet.isFree(block[block.count - 2]))
    }

    @Test(arguments: ["10.0.0.0/15", "10.0.0.0/29", "10.1.0.0/24", "192.168.0.0/24"])
    func aSubnetMustLieInTheVPC(block: String) throws {
        var vpc = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: 1)
        let block = try #require(IPv4CIDR(block))
        expect(.invalidSubnetRange, try vpc.createSubnet(block, zone: "a"))
    }

    @Test func subnetsAndBlocksMustNotOverlap() throws {
        let wide = try #require(IPv4CIDR("10.0.0.0/16"))
        let narrow = try #require(IPv4CIDR("10.0.32.0/24"))
        expect(.invalidVPCRange, try VPCModel(blocks: [wide, narrow], seed: 1))
        expect(.invalidVPCRange, try VPCModel(blocks: [], seed: 1))
        var vpc = try VPCModel(blocks: [wide], seed: 1)
        _ = try vpc.createSubnet(narrow, zone: "a")
        expect(.invalidSubnetConflict, try vpc.createSubnet(IPv4CIDR(containing: narrow[128], prefixLength: 25), zone: "b"))
        let (named, other) = (SubnetID(unchecked: "subnet-0a"), try #require(IPv4CIDR("10.0.64.0/24")))
        #expect(try vpc.createSubnet(other, zone: "a", id: named) == named)
        expect(.invalidSubnetConflict, try vpc.createSubnet(try #require(IPv4CIDR("10.0.96.0/24")), zone: "a", id: named))
    }

    /// Expected blocks: (blocks of the empty subnet) · (1 − used)^16.
    @Test(arguments: [(2, 184.0), (5, 112.0), (10, 47.0), (15, 19.0), (20, 7.0)])
    func scatteredAddressesLeaveAsFewBlocksAsChanceSays(percent: Int, expected: Double) throws {
        let seeds = UInt64(1)...40
        var sum = 0
        for seed in seeds {
            var world = try World(subnet: "10.0.32.0/20", seed: seed)
            try world.vpc.occupy(4096 * percent / 100, in: world.subnet)
            sum += world.freeBlocks
        }
        let mean = Double(sum) / Double(seeds.count)
        #expect(abs(mean - expected) < 1 + expected * 0.05, "\(mean) blocks are free on average, \(expected) expected")
    }

    @Test func aFragmentedSubnetRefusesPrefixesAndStillGivesAddresses() throws {
        var world = try World(subnet: "10.0.32.0/26")
        let primary = try world.primary
        for third in [20, 40] {
            let address = IPv4Address(10, 0, 32, UInt8(third))
            if try #require(world.vpc.subnets[world.subnet]).isFree(address) { try world.vpc.occupy(address) }
        }
        #expect(world.freeBlocks == 0)
        expect(.insufficientCIDRBlocks, try world.vpc.assignPrefixes(1, to: primary, at: world.now))
        expect(.insufficientCIDRBlocks, try world.vpc.createENI(in: world.subnet, content: .prefixes(1), at: world.now))
        #expect(try world.vpc.assignAddresses(9, to: primary, at: world.now).count == 9)
        #expect(world.vpc.violations() == [])
    }

    @Test func aBlockIsFreeAgainWhenItsLastAddressIs() throws {
        var world = try World(subnet: "10.0.32.0/25")
        let before = world.freeBlocks
        try world.vpc.occupy(world.free, in: world.subnet)
        #expect((world.free, world.freeBlocks) == (0, 0))
        expect(.insufficientFreeAddressesInSubnet, try world.vpc.occupy(1, in: world.subnet))
        try world.vpc.vacate(1_000, in: world.subnet)
        #expect(world.freeBlocks == before)
        #expect(world.free == 128 - 5 - 1)
        #expect(world.vpc.violations() == [])
    }
}
