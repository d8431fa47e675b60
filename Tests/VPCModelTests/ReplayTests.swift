import Addressing
import Foundation
import InstanceTypes
import Testing
import Timeline
import VPCModel

/// Random operations beside a slow model that keeps plain sets of addresses and predicts each answer's code.
@Suite struct ReplayTests {
    @Test(arguments: UInt64(1)...30)
    func everyAnswerIsWhatAPlainCountOfAddressesSays(seed: UInt64) throws {
        var story = try Story(seed: seed)
        for step in 0..<300 {
            try story.step()
            #expect(story.complaints == [], "seed \(seed), step \(step)")
            guard story.complaints.isEmpty else { return }
        }
        #expect(story.world.vpc.violations() == [])
        #expect(story.refusals.count >= 3, "a story without refusals tests little: \(story.refusals)")
    }

    @Test(arguments: UInt64(1)...5)
    func theSameSeedAndCallsGiveTheSameModelAndOthersAnother(seed: UInt64) throws {
        var (one, two, other) = (try Story(seed: seed), try Story(seed: seed), try Story(seed: seed + 1_000))
        for _ in 0..<200 {
            try one.step()
            try two.step()
            try other.step()
        }
        #expect(one.world.vpc == two.world.vpc)
        #expect(one.world.vpc != other.world.vpc)
        #expect(try Story.text(of: one.world.vpc) == Story.text(of: two.world.vpc))
    }

    @Test(arguments: UInt64(1)...10)
    func aModelReadBackFromItsTextGoesOnAsTheOriginal(seed: UInt64) throws {
        var story = try Story(seed: seed)
        for _ in 0..<150 { try story.step() }
        var copy = story
        let text = try Story.text(of: story.world.vpc)
        copy.world.vpc = try JSONDecoder().decode(VPCModel.self, from: text)
        #expect(copy.world.vpc == story.world.vpc)
        #expect(try Story.text(of: copy.world.vpc) == text)
        for _ in 0..<150 {
            try story.step()
            try copy.step()
        }
        #expect(copy.world.vpc == story.world.vpc)
    }
}

/// One seeded run of random calls, and the plain model that judges the answers.
private struct Story {
    var world: World
    var random: Dice
    /// Everything taken in the subnet by plain set: reserved, occupied, on ENIs.
    var taken: Set<IPv4Address> = []
    var held: [ENIID: Holding] = [:]
    var complaints: [String] = []
    var refusals: Set<VPCError.Code> = []
    let block: IPv4CIDR

    struct Holding {
        var primary: IPv4Address
        var addresses: Set<IPv4Address> = []
        var prefixes: Set<IPv4CIDR> = []
        var deviceIndex: Int?
        var busyUntil = Instant.zero
        var detachedAt: Instant?
        var slots: Int { 1 + addresses.count + prefixes.count }

        func isPlaced(at now: Instant) -> Bool { deviceIndex != nil && now < detachedAt ?? Instant(nanoseconds: .max) }
    }

    init(seed: UInt64) throws {
        random = Dice(state: seed)
        let subnets = ["10.0.32.0/24", "10.0.32.0/25", "10.0.32.0/26", "10.0.32.0/22"]
        let types = ["m5.large", "t3.medium", "m5.4xlarge", "m4.4xlarge"]
        let subnet = subnets[random.below(4)]
        world = try World(types[random.below(4)], subnet: subnet, seed: seed)
        block = try #require(IPv4CIDR(subnet))
        let primary = try #require(world.vpc.enis[world.primary])
        held[primary.id] = Holding(primary: primary.primaryAddress, deviceIndex: 0)
        taken = [block[0], block[1], block[2], block[3], block.last, primary.primaryAddress]
    }

    var free: Int { block.count - taken.count }
    var freeBlocks: Int { block.blocks(ofPrefixLength: 28).count { $0.addresses.allSatisfy { !taken.contains($0) } } }
    var type: InstanceType { world.instance.type }

    static func text(of vpc: VPCModel) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(vpc)
    }

    mutating func step() throws {
        world.now = world.now + .milliseconds(random.below(3_000))
        let enis = held.keys.sorted()
        let eni = enis[random.below(enis.count)]
        switch random.below(16) {
        case 0...3: assignAddresses(1 + random.below(8), to: eni)
        case 4...6: assignPrefixes(1 + random.below(3), to: eni)
        case 7...9: unassign(from: eni)
        case 10: create(random.below(2) == 0 ? .addresses(random.below(6)) : .prefixes(random.below(3)))
        case 11: delete(eni)
        case 12: attach(eni, at: 1 + random.below(4))
        case 13: detach(eni)
        case 14: occupy(random.below(20))
        default: vacate(random.below(20))
        }
        if world.free != free { complaints.append("the model has \(world.free) free addresses, the sets \(free)") }
        if world.freeBlocks != freeBlocks { complaints.append("the model has \(world.freeBlocks) free blocks, the sets \(freeBlocks)") }
    }

    private mutating func assignAddresses(_ count: Int, to id: ENIID) {
        guard let before = held[id] else { return }
        let expected = first(
            (before.slots + count > limit(before), .privateIPAddressLimitExceeded), (count > free, .insufficientFreeAddressesInSubnet))
        let now = world.now
        guard let addresses = attempt(expected, { try $0.assignAddresses(count, to: id, at: now) }) else { return }
        if addresses.count != count { complaints.append("\(addresses.count) addresses, not \(count)") }
        for address in addresses { take(address) }
        held[id]?.addresses.formUnion(addresses)
    }

    private mutating func assignPrefixes(_ count: Int, to id: ENIID) {
        guard let before = held[id] else { return }
        let isXen = before.isPlaced(at: world.now) && !type.supportsPrefixDelegation
        let expected = first(
            (before.slots + count > limit(before), .privateIPAddressLimitExceeded), (isXen, .unsupportedOperation),
            (count > freeBlocks, .insufficientCIDRBlocks))
        let now = world.now
        guard let prefixes = attempt(expected, { try $0.assignPrefixes(count, to: id, at: now) }) else { return }
        if prefixes.count != count { complaints.append("\(prefixes.count) prefixes, not \(count)") }
        for prefix in prefixes { take(prefix) }
        held[id]?.prefixes.formUnion(prefixes)
    }

    private mutating func unassign(from id: ENIID) {
        guard let before = held[id] else { return }
        let addresses = Array(before.addresses.sorted().prefix(random.below(4)))
        let prefixes = Array(before.prefixes.sorted().prefix(random.below(2)))
        let now = world.now
        let expected = first((addresses.isEmpty && prefixes.isEmpty, .missingParameter))
        guard attempt(expected, { try $0.unassign(addresses: addresses, prefixes: prefixes, from: id, at: now) }) != nil else { return }
        held[id]?.addresses.subtract(addresses)
        held[id]?.prefixes.subtract(prefixes)
        taken.subtract(addresses + prefixes.flatMap(\.addresses))
    }

    private mutating func create(_ content: VPCModel.ENI.Content) {
        let expected =
            switch content {
            case .addresses(let count): first((free < 1 + count, .insufficientFreeAddressesInSubnet))
            case .prefixes(let count):
                first(
                    (free == 0, .insufficientFreeAddressesInSubnet), (free < 1 + 16 * count, .invalidParameterValue),
                    (freeBlocks < count, .insufficientCIDRBlocks))
            }
        let (now, subnet, token) = (world.now, world.subnet, "token-\(random.below(1 << 30))")
        let create: (inout VPCModel) throws -> VPCModel.ENI = { vpc in
            try vpc.createENI(in: subnet, content: content, clientToken: token, at: now)
        }
        guard let eni = attempt(expected, create) else { return }
        guard attempt(nil, create) == eni else { return complaints.append("the same token gave another ENI") }
        take(eni.primaryAddress)
        for address in eni.secondaryAddresses { take(address) }
        for prefix in eni.prefixes { take(prefix) }
        held[eni.id] = Holding(primary: eni.primaryAddress, addresses: Set(eni.secondaryAddresses), prefixes: Set(eni.prefixes))
    }

    private mutating func delete(_ id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        guard attempt(before.isPlaced(at: now) ? .invalidParameterValue : nil, { try $0.deleteENI(id, at: now) }) != nil else { return }
        taken.subtract([before.primary] + before.addresses + before.prefixes.flatMap(\.addresses))
        held[id] = nil
    }

    private mutating func attach(_ id: ENIID, at deviceIndex: Int) {
        guard let before = held[id] else { return }
        let (now, instance) = (world.now, world.instance.id)
        let placed = held.values.filter { $0.isPlaced(at: now) }
        let expected = first(
            (before.isPlaced(at: now), .invalidNetworkInterfaceInUse),
            (placed.contains { $0.deviceIndex == deviceIndex }, .invalidParameterValue),
            (placed.count >= type.enis, .attachmentLimitExceeded),
            (before.slots > type.ipv4PerENI, .privateIPAddressLimitExceeded),
            (!before.prefixes.isEmpty && !type.supportsPrefixDelegation, .unsupportedOperation))
        guard let attachment = attempt(expected, { try $0.attachENI(id, to: instance, deviceIndex: deviceIndex, at: now) }) else { return }
        held[id]?.deviceIndex = deviceIndex
        held[id]?.detachedAt = nil
        held[id]?.busyUntil = attachment.attachedAt
    }

    private mutating func detach(_ id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        let expected = first(
            (!before.isPlaced(at: now), .invalidAttachmentNotFound), (before.deviceIndex == 0, .operationNotPermitted),
            (before.detachedAt != nil || now < before.busyUntil, .incorrectState))
        guard let detachedAt = attempt(expected, { try $0.detachENI(id, at: now) }) else { return }
        held[id]?.detachedAt = detachedAt
    }

    private mutating func occupy(_ count: Int) {
        let subnet = world.subnet
        guard attempt(count > free ? .insufficientFreeAddressesInSubnet : nil, { try $0.occupy(count, in: subnet) }) != nil else { return }
        adoptOccupation()
    }

    private mutating func vacate(_ count: Int) {
        let subnet = world.subnet
        _ = attempt(nil) { try $0.vacate(count, in: subnet) }
        adoptOccupation()
    }

    /// What other tenants hold is theirs to say; it must only not touch what nodes hold.
    private mutating func adoptOccupation() {
        guard let subnet = world.vpc.subnets[world.subnet] else { return }
        let ours = Set(held.values.flatMap { [$0.primary] + $0.addresses + $0.prefixes.flatMap(\.addresses) })
        let theirs = Set(block.addresses.filter(subnet.isOccupied))
        if !ours.isDisjoint(with: theirs) { complaints.append("other tenants hold \(ours.intersection(theirs).sorted())") }
        taken = ours.union(theirs).union([block[0], block[1], block[2], block[3], block.last])
    }

    /// The code of the first rule that is broken; nil when none is.
    private func first(_ rules: (isBroken: Bool, code: VPCError.Code)...) -> VPCError.Code? {
        rules.first(where: \.isBroken)?.code
    }

    private mutating func attempt<Answer>(
        _ expected: VPCError.Code?, _ call: (inout VPCModel) throws -> Answer
    ) -> Answer? {
        do {
            let answer = try call(&world.vpc)
            if let expected { complaints.append("should have been refused: \(expected)") }
            return answer
        } catch {
            let code = (error as? VPCError)?.code
            if let code { refusals.insert(code) }
            if code == nil || code != expected { complaints.append("\(error), expected \(expected.map(\.rawValue) ?? "success")") }
            return nil
        }
    }

    private mutating func take(_ prefix: IPv4CIDR) {
        if prefix.prefixLength != 28 { complaints.append("\(prefix) is not a /28") }
        for address in prefix.addresses { take(address) }
    }

    private mutating func take(_ address: IPv4Address) {
        if !block.contains(address) { complaints.append("\(address) is outside \(block)") }
        if !taken.insert(address).inserted { complaints.append("\(address) was taken already") }
    }

    private func limit(_ holding: Holding) -> Int {
        holding.isPlaced(at: world.now) ? type.ipv4PerENI : 64
    }
}

/// Dice of the test's own, so that a story does not hang on the model's generator.
private struct Dice {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
