import Addressing
import Testing
import Timeline
import VPCModel

@Suite struct CIDRReservationTests {
    private func block(_ text: String) throws -> IPv4CIDR { try #require(IPv4CIDR(text)) }

    @Test func noSingleAddressComesFromAReservation() throws {
        var vpc = try World().vpc
        let subnet = try vpc.createSubnet(try block("10.0.64.0/26"), zone: "eu-central-1a")
        try vpc.reserve(try block("10.0.64.16/28"), .prefix, in: subnet)
        try vpc.reserve(try block("10.0.64.32/28"), .explicit, in: subnet)
        var given: [IPv4Address] = []
        while let eni = try? vpc.createENI(in: subnet, at: .zero) { given.append(eni.primaryAddress) }
        // Of 64 addresses 5 are AWS's and 32 are reserved.
        #expect(given.count == 27)
        #expect(given.allSatisfy { $0 < IPv4Address(10, 0, 64, 16) || $0 >= IPv4Address(10, 0, 64, 48) })
        expect(.insufficientFreeAddressesInSubnet, try vpc.createENI(in: subnet, at: .zero))
        let left = try #require(vpc.subnets[subnet])
        #expect(left.freeAddresses == 32 && left.openAddresses == 16 && left.freeBlocks == 1)
        #expect(vpc.violations().isEmpty)
    }

    @Test func prefixesComeFromTheirReservationFirstAndThenFromElsewhereButNeverFromAnExplicitOne() throws {
        var vpc = try World().vpc
        let subnet = try vpc.createSubnet(try block("10.0.64.0/24"), zone: "eu-central-1a")
        let (prefix, explicit) = (try block("10.0.64.128/27"), try block("10.0.64.160/27"))
        try vpc.reserve(prefix, .prefix, in: subnet)
        try vpc.reserve(explicit, .explicit, in: subnet)
        let eni = try vpc.createENI(in: subnet, at: .zero).id
        let first = try vpc.assignPrefixes(2, to: eni, at: .zero)
        #expect(first.allSatisfy(prefix.contains))
        let rest = try vpc.assignPrefixes(try #require(vpc.subnets[subnet]).freeBlocks, to: eni, at: .zero)
        #expect(rest.count >= 8 && !rest.contains { prefix.overlaps($0) || explicit.overlaps($0) })
        expect(.insufficientCIDRBlocks, try vpc.assignPrefixes(1, to: eni, at: .zero))
        #expect(vpc.violations().isEmpty)
    }

    @Test func whoNamesAnAddressGetsItFromAReservation() throws {
        var world = try World(subnet: "10.0.32.0/24")
        try world.vpc.reserve(try block("10.0.32.128/25"), .explicit, in: world.subnet)
        try world.vpc.assignAddress(IPv4Address(10, 0, 32, 200), to: world.primary, at: world.now)
        #expect(world.vpc.enis[try world.primary]?.secondaryAddresses == [IPv4Address(10, 0, 32, 200)])
    }

    @Test func aReservationLiesInItsSubnetAndApartFromOthers() throws {
        var world = try World(subnet: "10.0.32.0/24")
        try world.vpc.reserve(try block("10.0.32.128/25"), .prefix, in: world.subnet)
        expect(.invalidParameterValue, try world.vpc.reserve(try block("10.0.32.192/26"), .explicit, in: world.subnet))
        expect(.invalidParameterValue, try world.vpc.reserve(try block("10.0.33.0/28"), .explicit, in: world.subnet))
    }

    @Test func aBucketIsAsItIsSaidToBe() throws {
        let limits: [EC2Operation: CallLimit] = [
            .createNetworkInterface: CallLimit(burst: 3, perSecond: 0.5), .deleteNetworkInterface: CallLimit(burst: 1, perSecond: 0),
        ]
        var world = try World(physics: Physics(callLimits: limits))
        func admitted(_ operation: EC2Operation, at now: Instant) -> Int {
            (0..<100).prefix { _ in (try? world.vpc.admit(operation, at: now)) != nil }.count
        }
        #expect(admitted(.createNetworkInterface, at: .zero) == 3)
        #expect(admitted(.createNetworkInterface, at: .zero + .milliseconds(1_999)) == 0)
        #expect(admitted(.createNetworkInterface, at: .zero + .seconds(2)) == 1)
        #expect(admitted(.createNetworkInterface, at: .zero + .seconds(3600)) == 3)
        #expect(admitted(.deleteNetworkInterface, at: .zero) == 1)
        #expect(admitted(.deleteNetworkInterface, at: .zero + .seconds(3600)) == 0)
        #expect(admitted(.attachNetworkInterface, at: .zero) == 50)
    }

    @Test func aServicesENITakesAnAddressAndNoCall() throws {
        var world = try World(physics: Physics(callLimits: [.createNetworkInterface: CallLimit(burst: 1, perSecond: 0)]))
        let before = world.free
        let enis = try (0..<3).map { _ in try world.vpc.createServiceENI(in: world.subnet).id }
        #expect(world.free == before - 3)
        for eni in enis { try world.vpc.deleteServiceENI(eni) }
        #expect(world.free == before && world.vpc.violations().isEmpty)
        expect(.invalidParameterValue, try world.vpc.deleteServiceENI(world.primary))
    }
}
