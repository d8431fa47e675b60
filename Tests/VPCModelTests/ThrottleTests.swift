import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct ThrottleTests {
    @Test func aBurstDrainsTheBucketOfOneOperationOnly() throws {
        var world = try World("m5.24xlarge", subnet: "10.0.0.0/20", physics: Physics())
        for _ in 0..<100 { _ = try world.vpc.createENI(in: world.subnet, at: world.now) }
        expect(.requestLimitExceeded, try world.vpc.createENI(in: world.subnet, at: world.now))
        #expect(try world.vpc.describeENIs(of: world.instance.id, at: world.now).count == 1)
        #expect(world.vpc.enis.count == 101)
    }

    @Test func theBucketRefillsByItsRateAndNotAboveItsSize() throws {
        var world = try World("m5.24xlarge", subnet: "10.0.0.0/20", physics: Physics())
        func admitted(at now: Instant) -> Int {
            (0..<1_000).prefix { _ in (try? world.vpc.createENI(in: world.subnet, at: now)) != nil }.count
        }
        #expect(admitted(at: .zero) == 100)
        #expect(admitted(at: .zero + .milliseconds(199)) == 0)
        #expect(admitted(at: .zero + .milliseconds(200)) == 1)
        #expect(admitted(at: .zero + .seconds(2)) == 9)
        #expect(admitted(at: .zero + .seconds(3_600)) == 100)
        #expect(admitted(at: Instant(nanoseconds: .max)) == 100)
    }

    @Test func refusedCallsAreAnsweredBeforeAnythingElseIsLookedAt() throws {
        var world = try World(physics: Physics())
        let nowhere = ENIID(unchecked: "eni-0")
        for _ in 0..<50 { expect(.invalidNetworkInterfaceIDNotFound, try world.vpc.detachENI(nowhere, at: world.now)) }
        expect(.requestLimitExceeded, try world.vpc.detachENI(nowhere, at: world.now))
    }

    @Test func eachOperationDrainsABucketOfItsOwnAsLargeAsEC2sIs() throws {
        var world = try World(physics: Physics())
        let (nowhere, now) = (ENIID(unchecked: "eni-0"), world.now)
        let calls: [EC2Operation: (inout VPCModel) throws -> Void] = [
            .describeSubnets: { _ = try $0.describeSubnets(at: now) },
            .describeNetworkInterfaces: { _ = try $0.describeENIs(tagged: ("key", "value"), at: now) },
            .assignPrivateIPAddresses: { try $0.assignAddress(IPv4Address(10, 0, 32, 9), to: nowhere, at: now) },
            .assignIPv6Addresses: { _ = try $0.assignIPv6Prefixes(1, to: nowhere, at: now) },
            .unassignIPv6Addresses: { try $0.unassignIPv6Prefixes([], from: nowhere, at: now) },
        ]
        for (operation, call) in calls {
            for _ in 0..<operation.publishedLimit.burst {
                do {
                    try call(&world.vpc)
                } catch let error as VPCError {
                    #expect(error.code == .invalidNetworkInterfaceIDNotFound, "\(operation)")
                }
            }
        }
        for call in calls.values { expect(.requestLimitExceeded, try call(&world.vpc)) }
    }

    @Test(arguments: [
        (EC2Operation.describeSubnets, 100, 20), (.assignIPv6Addresses, 100, 5), (.unassignIPv6Addresses, 50, 5),
    ])
    func theLimitsAreThoseThatEC2Publishes(operation: EC2Operation, burst: Int, perSecond: Int) {
        #expect(operation.publishedLimit == (burst, perSecond))
    }

    @Test func bucketsCanBeSwitchedOff() throws {
        var world = try World("m5.24xlarge", subnet: "10.0.0.0/20", physics: Physics(throttles: false))
        for _ in 0..<300 { _ = try world.vpc.createENI(in: world.subnet, at: world.now) }
        #expect(world.vpc.enis.count == 301)
    }

    /// Of n nodes that each attach at once, the last is served max(0, n − 50) / 5 seconds later.
    @Test func aFleetThatJoinsAtOnceWaitsForTheAttachBucket() throws {
        var world = try World("m5.24xlarge", subnet: "10.0.0.0/20", physics: Physics())
        var now = Instant.zero
        var served = 0
        let nowhere = InstanceID(unchecked: "i-0")
        let eni = try world.vpc.createENI(in: world.subnet, at: now).id
        while served < 150 {
            do throws(VPCError) {
                _ = try world.vpc.attachENI(eni, to: nowhere, deviceIndex: 1, at: now)
            } catch {
                if error.code == .requestLimitExceeded { now = now + .milliseconds(200) } else { served += 1 }
            }
        }
        #expect(now == .zero + .seconds(20))
    }
}
