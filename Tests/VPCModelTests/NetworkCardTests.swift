import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

@Suite struct NetworkCardTests {
    @Test(arguments: ["m5.large", "c6in.32xlarge", "trn2.48xlarge"])
    func thePrimaryENIIsAtDeviceIndexZeroOfTheDefaultCard(type: String) throws {
        let world = try World(type)
        let attachment = try #require(world.vpc.enis[try world.primary]?.attachment)
        #expect((attachment.card, attachment.deviceIndex) == (world.instance.type.defaultCard, 0))
        #expect(world.instance.enis.count == 1)
    }

    @Test func aDefaultCardOtherThanZeroHoldsThePrimaryENI() throws {
        var world = try World()
        let type = InstanceType(name: "second.card", cards: [2, 4], defaultCard: 1, ipv4PerENI: 10)
        let instance = try world.vpc.runInstance(type, in: world.subnet, at: world.now)
        let primary = try #require(instance.enis[VPCModel.Place(card: 1, deviceIndex: 0)])
        expect(.operationNotPermitted, try world.vpc.detachENI(primary, at: world.now))
        let other = try world.vpc.createENI(in: world.subnet, at: world.now).id
        world.now = try world.vpc.attachENI(other, to: instance.id, card: 0, deviceIndex: 0, at: world.now).attachedAt
        #expect(try world.vpc.describeENIs(of: instance.id, at: world.now).map(\.id) == [other, primary])
        _ = try world.vpc.detachENI(other, at: world.now)
        #expect(world.vpc.violations() == [])
    }

    @Test func aDeviceIndexIsTakenOnItsCardOnly() throws {
        var world = try World("c6in.32xlarge")
        _ = try world.attach(at: 1)
        _ = try world.attach(card: 1, at: 1)
        _ = try world.attach(card: 1, at: 0)
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now).id
        for card in [0, 1] {
            expect(.invalidParameterValue, try world.vpc.attachENI(eni, to: world.instance.id, card: card, deviceIndex: 1, at: world.now))
        }
        #expect(world.vpc.violations() == [])
    }

    @Test(arguments: ["c6in.32xlarge", "dl1.24xlarge", "trn2.48xlarge"])
    func eachCardTakesItsOwnENIsAndNoMore(name: String) throws {
        var world = try World(name, subnet: "10.0.32.0/20")
        let cards = world.instance.type.cards
        for (card, count) in cards.enumerated() {
            for deviceIndex in (card == 0 ? 1 : 0)..<count { _ = try world.attach(card: card, at: deviceIndex) }
        }
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now).id
        for card in cards.indices {
            expect(
                .attachmentLimitExceeded,
                try world.vpc.attachENI(eni, to: world.instance.id, card: card, deviceIndex: 50, at: world.now))
        }
        #expect(world.vpc.instances[world.instance.id]?.enis.count == cards.reduce(0, +))
        #expect(world.vpc.violations() == [])
    }

    @Test func enisAreListedByCardAndThenByDeviceIndex() throws {
        var world = try World("c6in.32xlarge")
        for (card, deviceIndex) in [(1, 2), (0, 5), (1, 0), (0, 3), (1, 1)] { _ = try world.attach(card: card, at: deviceIndex) }
        let described = try world.vpc.describeENIs(of: world.instance.id, at: world.now)
        let places = described.compactMap { $0.attachment?.place }
        #expect(places.map(\.card) == [0, 0, 0, 1, 1, 1])
        #expect(places.map(\.deviceIndex) == [0, 3, 5, 0, 1, 2])
    }

    @Test(arguments: [-1, 2, .max])
    func aCardThatTheTypeLacksIsRefused(card: Int) throws {
        var world = try World("c6in.32xlarge")
        let eni = try world.vpc.createENI(in: world.subnet, at: world.now).id
        expect(.invalidParameterValue, try world.vpc.attachENI(eni, to: world.instance.id, card: card, deviceIndex: 1, at: world.now))
        #expect(world.vpc.enis[eni]?.attachment == nil)
    }

    @Test func aPlaceIsFreeAgainOnceTheDetachmentIsComplete() throws {
        var world = try World("c6in.32xlarge")
        let first = try world.attach(card: 1, at: 0)
        let second = try world.vpc.createENI(in: world.subnet, at: world.now).id
        let detachedAt = try world.vpc.detachENI(first, at: world.now)
        expect(.invalidParameterValue, try world.vpc.attachENI(second, to: world.instance.id, card: 1, deviceIndex: 0, at: world.now))
        _ = try world.vpc.attachENI(second, to: world.instance.id, card: 1, deviceIndex: 0, at: detachedAt)
        #expect(world.vpc.violations() == [])
    }
}
