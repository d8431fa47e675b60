import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct LifeOfAnENITests {
    @Test func theSameTokenWithTheSameParametersGivesTheSameENI() throws {
        var world = try World()
        let first = try world.vpc.createENI(in: world.subnet, content: .prefixes(2), clientToken: "token", at: world.now)
        let free = world.free
        #expect(try world.vpc.createENI(in: world.subnet, content: .prefixes(2), clientToken: "token", at: world.now) == first)
        #expect(world.free == free)
        expect(
            .idempotentParameterMismatch,
            try world.vpc.createENI(in: world.subnet, content: .prefixes(1), clientToken: "token", at: world.now))
        try world.vpc.deleteENI(first.id, at: world.now)
        #expect(try world.vpc.createENI(in: world.subnet, content: .prefixes(2), clientToken: "token", at: world.now).id != first.id)
        #expect(world.vpc.violations() == [])
    }

    @Test(arguments: ["", String(repeating: "t", count: 65), "ü"])
    func aTokenIsShortASCII(token: String) throws {
        var world = try World()
        expect(.invalidParameterValue, try world.vpc.createENI(in: world.subnet, clientToken: token, at: world.now))
    }

    @Test func anAttachmentTakesItsTime() throws {
        var world = try World(physics: Physics(attachDelay: .seconds(3), detachDelay: .seconds(1), throttles: false))
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now).id
        func state(_ now: Instant) -> VPCModel.ENI.State? { world.vpc.enis[eni]?.state(at: now) }
        #expect(state(world.now) == .available)
        let attachment = try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 2, at: world.now)
        #expect(attachment.attachedAt == world.now + .seconds(3))
        #expect(!attachment.deleteOnTermination)
        #expect(state(world.now + .milliseconds(2_999)) == .attaching)
        #expect(state(world.now + .seconds(3)) == .attached)

        expect(.incorrectState, try world.vpc.detachENI(eni, at: world.now + .seconds(2)))
        let detachedAt = try world.vpc.detachENI(eni, at: world.now + .seconds(5))
        #expect(detachedAt == world.now + .seconds(6))
        #expect(state(world.now + .milliseconds(5_999)) == .detaching)
        expect(.incorrectState, try world.vpc.detachENI(eni, at: world.now + .milliseconds(5_999)))
        expect(.invalidParameterValue, try world.vpc.deleteENI(eni, at: world.now + .milliseconds(5_999)))
        #expect(state(detachedAt) == .available)
        #expect(world.vpc.enis(of: world.instance.id, at: detachedAt).count == 1)
        expect(.invalidAttachmentNotFound, try world.vpc.detachENI(eni, at: detachedAt))
        try world.vpc.deleteENI(eni, at: detachedAt)
        expect(.invalidNetworkInterfaceIDNotFound, try world.vpc.describeENI(eni, at: detachedAt))
        #expect(world.vpc.violations() == [])
    }

    @Test func aDetachingENIHoldsItsPlaceUntilItIsGone() throws {
        var world = try World("m5.large")
        let gone = try world.attach(at: 1)
        _ = try world.attach(at: 2)
        let waiting = try world.vpc.createENI(in: world.subnet, at: world.now).id
        let detachedAt = try world.vpc.detachENI(gone, at: world.now)
        expect(.invalidParameterValue, try world.vpc.attachENI(waiting, to: world.instance.id, deviceIndex: 1, at: world.now))
        expect(.attachmentLimitExceeded, try world.vpc.attachENI(waiting, to: world.instance.id, deviceIndex: 3, at: world.now))
        _ = try world.vpc.attachENI(waiting, to: world.instance.id, deviceIndex: 1, at: detachedAt)
        #expect(world.vpc.violations() == [])
    }

    @Test func thePrimaryENIStaysAndAnENIIsInOnePlaceOnly() throws {
        var world = try World()
        let primary = try world.primary
        expect(.operationNotPermitted, try world.vpc.detachENI(primary, at: world.now))
        expect(.invalidParameterValue, try world.vpc.deleteENI(primary, at: world.now))
        let eni = try world.attach(at: 1)
        expect(.invalidNetworkInterfaceInUse, try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 2, at: world.now))
        let other = try world.vpc.createENI(in: world.subnet, at: world.now).id
        expect(.invalidParameterValue, try world.vpc.attachENI(other, to: world.instance.id, deviceIndex: 1, at: world.now))
        expect(.invalidParameterValue, try world.vpc.attachENI(other, to: world.instance.id, deviceIndex: -1, at: world.now))
        expect(.invalidInstanceIDNotFound, try world.vpc.attachENI(other, to: InstanceID(unchecked: "i-0"), deviceIndex: 2, at: world.now))
    }

    @Test func anENIOfAnotherZoneCannotBeAttached() throws {
        var world = try World()
        let elsewhere = try world.vpc.createSubnet(try #require(IPv4CIDR("10.0.64.0/24")), zone: "eu-central-1b")
        let eni = try world.vpc.createENI(in: elsewhere, at: world.now).id
        expect(.invalidParameterCombination, try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 1, at: world.now))
    }

    @Test func onlyWhatTheENIHoldsCanBeTakenFromIt() throws {
        var world = try World()
        let eni = try world.vpc.createENI(in: world.subnet, content: .addresses(3), at: world.now)
        let prefix = try world.vpc.assignPrefixes(1, to: eni.id, at: world.now)
        let free = world.free
        let strange = IPv4Address(10, 0, 32, 1)
        expect(.missingParameter, try world.vpc.unassign(from: eni.id, at: world.now))
        expect(.invalidParameterValue, try world.vpc.unassign(addresses: [eni.primaryAddress], from: eni.id, at: world.now))
        expect(
            .invalidParameterValue,
            try world.vpc.unassign(addresses: eni.secondaryAddresses + [strange], prefixes: prefix, from: eni.id, at: world.now))
        #expect(world.free == free)
        let twice = eni.secondaryAddresses + eni.secondaryAddresses
        try world.vpc.unassign(addresses: twice, prefixes: prefix, from: eni.id, at: world.now)
        #expect(world.free == free + 3 + 16)
        expect(.invalidParameterValue, try world.vpc.unassign(prefixes: prefix, from: eni.id, at: world.now))
        #expect(world.vpc.violations() == [])
    }

    @Test func anInstanceTakesItsENIsWithItWhereDeleteOnTerminationIsSet() throws {
        var world = try World()
        let kept = try world.attach(.addresses(2), at: 1)
        let deleted = try world.attach(.prefixes(1), at: 2)
        try world.vpc.modifyENI(deleted, deleteOnTermination: true, at: world.now)
        try world.vpc.terminateInstance(world.instance.id, at: world.now)
        #expect(Set(world.vpc.enis.keys) == [kept])
        #expect(world.vpc.enis[kept]?.state(at: world.now) == .available)
        #expect(world.free == 256 - 5 - 3)
        expect(.invalidInstanceIDNotFound, try world.vpc.terminateInstance(world.instance.id, at: world.now))
        expect(.invalidAttachmentNotFound, try world.vpc.modifyENI(kept, deleteOnTermination: true, at: world.now))
        #expect(world.vpc.violations() == [])
    }

    @Test func anInstanceOfAChosenNameStartsOnce() throws {
        var world = try World()
        let (type, id) = (world.instance.type, InstanceID(unchecked: "i-node-1"))
        let first = try world.vpc.runInstance(type, in: world.subnet, id: id, at: world.now)
        #expect(try world.vpc.runInstance(type, in: world.subnet, id: id, at: world.now) == first)
        #expect(world.vpc.instances.count == 2)
        let other = try #require(InstanceType.named("t3.medium"))
        expect(.idempotentParameterMismatch, try world.vpc.runInstance(other, in: world.subnet, id: id, at: world.now))
        try world.vpc.terminateInstance(id, at: world.now)
        #expect(try world.vpc.runInstance(other, in: world.subnet, id: id, at: world.now).enis != first.enis)
        #expect(world.vpc.violations() == [])
    }
}
