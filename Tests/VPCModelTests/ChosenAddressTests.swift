import Addressing
import Testing
import Timeline
import VPCModel

@Suite struct ChosenAddressTests {
    @Test func aFreeAddressOfTheSubnetCanBeChosen() throws {
        var world = try World()
        let (primary, before) = (try world.primary, world.free)
        let address = try freeAddress(in: world)
        try world.vpc.assignAddress(address, to: primary, at: world.now)
        #expect(world.vpc.enis[primary]?.secondaryAddresses == [address])
        #expect(world.free == before - 1)
        #expect(world.vpc.violations() == [])
        try world.vpc.unassign(addresses: [address], from: primary, at: world.now)
        try world.vpc.assignAddress(address, to: primary, at: world.now)
        #expect(world.free == before - 1)
    }

    @Test func choosingAnAddressThatTheENIHoldsAlreadyChangesNothing() throws {
        var world = try World()
        let primary = try world.primary
        let address = try freeAddress(in: world)
        try world.vpc.assignAddress(address, to: primary, at: world.now)
        let before = world.vpc
        try world.vpc.assignAddress(address, to: primary, at: world.now)
        #expect(world.vpc == before)
    }

    @Test(arguments: ["10.0.33.0", "10.0.31.255", "192.168.0.1"])
    func anAddressOutsideTheSubnetIsRefused(address: String) throws {
        var world = try World()
        let (primary, address) = (try world.primary, try #require(IPv4Address(address)))
        expect(.invalidParameterValue, try world.vpc.assignAddress(address, to: primary, at: world.now))
    }

    @Test(arguments: ["10.0.32.0", "10.0.32.1", "10.0.32.2", "10.0.32.3", "10.0.32.255"])
    func anAddressThatEC2KeepsForItselfIsRefused(address: String) throws {
        var world = try World()
        let (primary, address) = (try world.primary, try #require(IPv4Address(address)))
        let free = world.free
        expect(.invalidParameterValue, try world.vpc.assignAddress(address, to: primary, at: world.now))
        #expect(world.free == free)
    }

    @Test func anAddressInUseIsNotMoved() throws {
        var world = try World()
        let primary = try world.primary
        let other = try world.vpc.createENI(in: world.subnet, content: .addresses(1), at: world.now)
        let prefix = try #require(try world.vpc.assignPrefixes(1, to: primary, at: world.now).first)
        let occupied = try freeAddress(in: world)
        try world.vpc.occupy(occupied)
        for address in [other.primaryAddress, other.secondaryAddresses[0], prefix[3], occupied] {
            let error = #expect(throws: VPCError.self) { try world.vpc.assignAddress(address, to: primary, at: world.now) }
            #expect(error == VPCError(.invalidParameterValue, "[\(address)] assigned, but move is not allowed."))
        }
        #expect(world.vpc.enis[primary]?.secondaryAddresses == [])
        #expect(world.vpc.violations() == [])
    }

    @Test func aFullENITakesNoChosenAddressEither() throws {
        var world = try World("t3.medium")
        let primary = try world.primary
        _ = try world.vpc.assignAddresses(5, to: primary, at: world.now)
        let address = try freeAddress(in: world)
        expect(.privateIPAddressLimitExceeded, try world.vpc.assignAddress(address, to: primary, at: world.now))
        expect(
            .invalidNetworkInterfaceIDNotFound, try world.vpc.assignAddress(address, to: ENIID(unchecked: "eni-0"), at: world.now))
    }

    private func freeAddress(in world: World) throws -> IPv4Address {
        let subnet = try #require(world.vpc.subnets[world.subnet])
        return try #require(subnet.block.addresses.first(where: subnet.isFree))
    }
}
