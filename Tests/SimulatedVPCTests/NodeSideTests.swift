import Addressing
import InstanceTypes
import NodePorts
import SimulatedVPC
import Synchronization
import Testing
import Timeline
import VPCModel

@Suite struct NodeSideTests {
    @Test func aNewENIIsCompleteWhenTheCallToAttachReturns() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let created = try await instance.ec2.createENI(cloud.request(.prefixes(2)))
        #expect((created.prefixes.count, created.secondaryAddresses.count) == (2, 0))
        #expect(created.subnetBlock == IPv4CIDR("10.0.32.0/24"))
        #expect(try await instance.ec2.createENI(cloud.request(.prefixes(2))) == created)

        let attachment = try await instance.ec2.attachENI(created.id, 0, 1)
        let described = try await instance.ec2.describeENIs().enis
        #expect(described.map { $0.attachment?.deviceIndex } == [0, 1])
        #expect(described.last?.attachment?.id == attachment)
        #expect(described.last?.prefixes == created.prefixes)
        #expect(try cloud.vpc.snapshot().enis[created.id]?.attachment?.deleteOnTermination == true)
    }

    @Test func theObserverIsToldOfEachChangeBeforeTheAnswer() async throws {
        let cloud = try Cloud()
        let notes = Notes()
        let instance = try cloud.launch { notes.note($0) }
        let primary = try #require(try instance.attachedENIs().first).id
        let eni = try await instance.ec2.createENI(cloud.request()).id
        #expect(notes.all == ["attached \(primary) at 0"])
        _ = try await instance.ec2.attachENI(eni, 0, 1)
        #expect(notes.all.last == "attached \(eni) at 1")
        let addresses = try await instance.ec2.assignAddresses(eni, 3)
        #expect(notes.all.last == "\(eni) holds 3 addresses, 0 prefixes")
        let prefixes = try await instance.ec2.assignPrefixes(eni, 1)
        try await instance.ec2.unassign(eni, addresses, prefixes)
        #expect(notes.all.suffix(2) == ["\(eni) holds 3 addresses, 1 prefixes", "\(eni) holds 0 addresses, 0 prefixes"])
        try await instance.ec2.detachENI(eni)
        #expect(notes.all.last == "detached \(eni)")
        try await instance.ec2.deleteENI(eni)
        #expect(notes.all.count == 6)
        #expect(try cloud.vpc.snapshot().enis.count == 1)
    }

    @Test func aNodeThatStartsAgainIsToldOfTheENIsThatAreThere() async throws {
        let cloud = try Cloud()
        let before = try cloud.launch()
        let eni = try await before.ec2.createENI(cloud.request(.addresses(2)))
        _ = try await before.ec2.attachENI(eni.id, 0, 1)
        let notes = Notes()
        _ = try cloud.launch { notes.note($0) }
        #expect(notes.all.count == 2)
        #expect(notes.all.last == "attached \(eni.id) at 1")
    }

    @Test func whatOthersChangeIsToldAtTheNextCall() async throws {
        let cloud = try Cloud(physics: Physics(attachDelay: .zero, detachDelay: .zero, throttles: false))
        let notes = Notes()
        let instance = try cloud.launch { notes.note($0) }
        let subnet = cloud.subnet
        let eni = try cloud.vpc.perform { (vpc, now) throws(VPCError) in
            let eni = try vpc.createENI(in: subnet, at: now)
            _ = try vpc.attachENI(eni.id, to: instance.id, deviceIndex: 4, at: now)
            return eni.id
        }
        #expect(notes.all.count == 1)
        _ = try await instance.ec2.describeENIs().enis
        #expect(notes.all.last == "attached \(eni) at 4")
    }

    @Test func aChangeThatTheHostRefusesFailsTheCallAndIsToldAgain() async throws {
        struct NoLink: Error {}
        let cloud = try Cloud()
        let isBroken = Mutex(false)
        let notes = Notes()
        let instance = try cloud.launch { change in
            if isBroken.withLock({ $0 }) { throw NoLink() }
            notes.note(change)
        }
        let primary = try #require(try instance.attachedENIs().first).id
        isBroken.withLock { $0 = true }
        let failure = try await failure { _ = try await instance.ec2.assignAddresses(primary, 2) }
        #expect(failure.code == "InternalError")
        isBroken.withLock { $0 = false }
        _ = try await instance.ec2.describeENIs().enis
        #expect(notes.all.last == "\(primary) holds 2 addresses, 0 prefixes")
    }

    @Test func aRefusalHasEC2sCodeAndARequestIdentifier() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let primary = try #require(try instance.attachedENIs().first).id
        let full = try await failure { _ = try await instance.ec2.assignAddresses(primary, 10) }
        #expect(full.code == "PrivateIpAddressLimitExceeded")
        #expect(full.requestID?.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        let strange = try await failure { try await instance.ec2.deleteENI(ENIID(unchecked: "eni-0")) }
        #expect(strange.code == "InvalidNetworkInterfaceID.NotFound")
        #expect(strange.requestID != full.requestID)
        #expect(try await failure { try await instance.ec2.detachENI(primary) }.code == "OperationNotPermitted")
    }

    @Test func theThrottleIsSharedByTheNodesOfTheAccount() async throws {
        let cloud = try Cloud(physics: Physics(throttles: true))
        let (one, two) = (try cloud.launch("i-a"), try cloud.launch("i-b"))
        let nowhere = ENIID(unchecked: "eni-0")
        // Drains by the model's own clock, far ahead of the refill of five a second.
        try cloud.vpc.perform { (vpc, now) throws(VPCError) in
            for _ in 0..<100 { _ = try? vpc.assignAddresses(1, to: nowhere, at: now + .seconds(3_600)) }
        }
        for node in [one, two] {
            let failure = try await failure { _ = try await node.ec2.assignAddresses(nowhere, 1) }
            #expect(failure.code == "RequestLimitExceeded")
        }
    }

    @Test func aCancelledCallHasNoAnswerThoughItWasPerformed() async throws {
        let cloud = try Cloud()
        let slow = SimulatedVPC(path: cloud.path, latencies: Latencies(create: .seconds(3_600)))
        let type = try #require(InstanceType.named("m5.large"))
        let instance = try slow.launch(InstanceID(unchecked: "i-slow"), type: type, in: cloud.subnet)
        let request = cloud.request()
        let call = Task { try await instance.ec2.createENI(request) }
        call.cancel()
        let failure = try await failure { _ = try await call.value }
        #expect((failure.code, failure.requestID) == ("RequestCanceled", nil))
        #expect(try cloud.vpc.snapshot().enis.count == 2)
    }

    @Test func detachingWhatIsDetachedAlreadySucceeds() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let eni = try await instance.ec2.createENI(cloud.request()).id
        _ = try await instance.ec2.attachENI(eni, 0, 1)
        try cloud.vpc.perform { (vpc, now) throws(VPCError) in _ = try vpc.detachENI(eni, at: now) }
        #expect(try await instance.ec2.describeENIs().enis.count == 1)
        try await instance.ec2.detachENI(eni)
        #expect(try instance.attachedENIs().count == 1)
        try await instance.ec2.detachENI(eni)
        try await instance.ec2.deleteENI(eni)
    }
}
