import Addressing
import Testing
import Timeline
import VPCModel

@Suite struct TagTests {
    static let owner = (key: "node.k8s.amazonaws.com/instance_id", value: "i-0a")

    @Test func subnetsAreDescribedWithTheirTagsInAStableOrder() throws {
        var vpc = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: 3)
        var wanted: [SubnetID: [String: String]] = [:]
        for third in 0..<20 {
            let tags = ["kubernetes.io/role/cni": "\(third % 2)", "Name": "pods \(third)"]
            let block = IPv4CIDR(containing: IPv4Address(10, 0, UInt8(third), 0), prefixLength: 24)
            wanted[try vpc.createSubnet(block, zone: "a", tags: tags)] = tags
        }
        let described = try vpc.describeSubnets(at: .zero)
        #expect(described.map(\.id) == wanted.keys.sorted())
        #expect(described.allSatisfy { $0.tags == wanted[$0.id] })
        #expect(try vpc.describeSubnets(at: .zero) == described)
    }

    @Test func aDescribedSubnetTellsWhatIsFreeInIt() throws {
        var world = try World("m5.large", subnet: "10.0.32.0/26")
        _ = try world.attach(.prefixes(1), at: 1)
        let subnet = try #require(try world.vpc.describeSubnets(at: world.now).first)
        #expect((subnet.freeAddresses, subnet.freeBlocks) == (world.free, world.freeBlocks))
        #expect((subnet.zone, subnet.tags, subnet.ipv6Block) == ("eu-central-1a", [:], nil))
    }

    @Test func anENIIsFoundByItsTagWhetherOrNotItIsAttached() throws {
        var world = try World()
        let ours = try (1...4).map { _ in
            try world.vpc.createENI(in: world.subnet, tags: [Self.owner.key: Self.owner.value, "n": "1"], at: world.now).id
        }
        _ = try world.vpc.createENI(in: world.subnet, tags: [Self.owner.key: "i-0b"], at: world.now)
        _ = try world.vpc.createENI(in: world.subnet, tags: ["other": Self.owner.value], at: world.now)
        _ = try world.vpc.createENI(in: world.subnet, at: world.now)
        world.now = try world.vpc.attachENI(ours[2], to: world.instance.id, deviceIndex: 1, at: world.now).attachedAt
        let found = try world.vpc.describeENIs(tagged: Self.owner, at: world.now)
        #expect(found.map(\.id) == ours.sorted())
        #expect(found.filter { $0.state(at: world.now) == .attached }.map(\.id) == [ours[2]])
        #expect(found.allSatisfy { $0.tags == [Self.owner.key: Self.owner.value, "n": "1"] })
    }

    @Test func anENIWhoseDetachmentIsCompleteIsFoundWithoutAnAttachment() throws {
        var world = try World()
        let eni = try world.vpc.createENI(in: world.subnet, tags: [Self.owner.key: Self.owner.value], at: world.now).id
        world.now = try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 1, at: world.now).attachedAt
        world.now = try world.vpc.detachENI(eni, at: world.now)
        let found = try world.vpc.describeENIs(tagged: Self.owner, at: world.now)
        #expect(found.map(\.id) == [eni])
        #expect(found.map(\.attachment) == [nil])
        #expect(world.vpc.violations() == [])
    }

    @Test func theTagsStayThroughTheLifeOfAnENI() throws {
        var world = try World(ipv6Block: IPv6Tests.block)
        let tags = ["cluster.k8s.amazonaws.com/name": "blue", "createdAt": "2026-01-02T03:04:05Z"]
        let eni = try world.vpc.createENI(in: world.subnet, tags: tags, at: world.now).id
        world.now = try world.vpc.attachENI(eni, to: world.instance.id, deviceIndex: 1, at: world.now).attachedAt
        try world.vpc.modifyENI(eni, deleteOnTermination: true, at: world.now)
        _ = try world.vpc.assignIPv6Prefixes(1, to: eni, at: world.now)
        world.now = try world.vpc.detachENI(eni, at: world.now)
        #expect(try world.vpc.describeENI(eni, at: world.now).tags == tags)
        let primary = try world.primary
        #expect(world.vpc.enis[primary]?.tags == [:])
    }

    @Test func theTokenStandsForTheTagsAsWell() throws {
        var world = try World()
        let first = try world.vpc.createENI(in: world.subnet, tags: ["a": "1"], clientToken: "token", at: world.now)
        #expect(try world.vpc.createENI(in: world.subnet, tags: ["a": "1"], clientToken: "token", at: world.now) == first)
        expect(
            .idempotentParameterMismatch,
            try world.vpc.createENI(in: world.subnet, tags: ["a": "2"], clientToken: "token", at: world.now))
    }

    @Test(arguments: [
        ["": "value"], ["aws:cloudformation:stack-name": "s"], ["AWS:x": "s"], [String(repeating: "k", count: 129): "v"],
        ["key": String(repeating: "v", count: 257)],
    ])
    func aTagThatEC2RefusesIsRefused(tags: [String: String]) throws {
        var world = try World()
        let other = try #require(IPv4CIDR("10.0.64.0/24"))
        expect(.invalidParameterValue, try world.vpc.createENI(in: world.subnet, tags: tags, at: world.now))
        expect(.invalidParameterValue, try world.vpc.createSubnet(other, zone: "a", tags: tags))
        #expect(world.vpc.enis.count == 1 && world.vpc.subnets.count == 1)
    }

    @Test func aResourceHasFiftyTagsAtMost() throws {
        var world = try World()
        let most = Dictionary(uniqueKeysWithValues: (1...50).map { ("key \($0)", String(repeating: "ü", count: 256)) })
        #expect(try world.vpc.createENI(in: world.subnet, tags: most, at: world.now).tags == most)
        let over = most.merging(["one more": ""]) { first, _ in first }
        expect(.tagLimitExceeded, try world.vpc.createENI(in: world.subnet, tags: over, at: world.now))
    }
}
