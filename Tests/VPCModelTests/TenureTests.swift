import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct TenureTests {
    private static let place = VPCModel.Place(card: 0, deviceIndex: 1)

    @Test func secondaryAddressesAndThoseOfPrefixesAreTheInstances() throws {
        var world = try World("m5.xlarge", ipv6Block: "2600:1f18::/64")
        let single = try world.attach(.addresses(1), ipv6Prefixes: 1, at: 1)
        let eni = try #require(world.vpc.enis[single])
        let addresses: [IPAddress] = [.v4(eni.secondaryAddresses[0]), .v6(eni.ipv6Prefixes[0].network)]
        #expect(tenure(of: addresses, on: single, in: &world) == .holds(world.subnet))
        let own = IPAddress.v4(eni.primaryAddress)
        #expect(tenure(of: addresses + [own], on: single, in: &world) == .lacks(own), "the ENI's own address is no pod's")

        let block = try world.attach(.prefixes(1), at: 2)
        let prefix = try #require(world.vpc.enis[block]?.prefixes.first)
        let place = VPCModel.Place(card: 0, deviceIndex: 2)
        #expect(tenure(of: [.v4(prefix[15])], on: block, at: place, in: &world) == .holds(world.subnet))
        #expect(tenure(of: addresses, on: block, at: place, in: &world) == .lacks(addresses[0]))
    }

    @Test func anENIIsTheInstancesWhileItIsAttachedAndOnlyAtItsPlace() throws {
        var world = try World(physics: Physics(attachDelay: .seconds(3), detachDelay: .seconds(1), throttles: false))
        let eni = try world.vpc.createENI(in: world.subnet, content: .addresses(1), at: world.now)
        let address = IPAddress.v4(eni.secondaryAddresses[0])
        func expectNone(_ world: inout World, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(tenure(of: [address], on: eni.id, in: &world) == .notAttached, sourceLocation: sourceLocation)
        }
        expectNone(&world)
        _ = try world.vpc.attachENI(eni.id, to: world.instance.id, deviceIndex: 1, at: world.now)
        world.now = world.now + .milliseconds(2_999)
        expectNone(&world)
        world.now = world.now + .milliseconds(1)
        #expect(tenure(of: [address], on: eni.id, in: &world) == .holds(world.subnet))
        #expect(tenure(of: [address], on: eni.id, at: VPCModel.Place(card: 0, deviceIndex: 2), in: &world) == .notAttached)
        #expect(tenure(of: [address], on: ENIID(unchecked: "eni-0"), in: &world) == .notAttached)
        let other = try world.vpc.runInstance(try #require(.named("m5.large")), in: world.subnet, at: world.now)
        #expect(world.vpc.tenure(of: [address], on: eni.id, of: other.id, at: Self.place, at: world.now) == .notAttached)
        _ = try world.vpc.detachENI(eni.id, at: world.now)
        expectNone(&world)
    }

    private func tenure(
        of addresses: [IPAddress], on eni: ENIID, at place: VPCModel.Place = Self.place, in world: inout World
    ) -> VPCModel.Tenure {
        world.vpc.tenure(of: addresses, on: eni, of: world.instance.id, at: place, at: world.now)
    }
}
