import Addressing
import Foundation
import InstanceTypes
import Testing
import Timeline
import VPCModel

/// One seeded run of random calls, and the plain model that judges the answers.
struct Story {
    var world: World
    var random: Dice
    /// Everything taken in the subnet by plain set: reserved, occupied, on ENIs.
    var taken: Set<IPv4Address> = []
    var held: [ENIID: Holding] = [:]
    var complaints: [String] = []
    var refusals: Set<VPCError.Code> = []
    let block: IPv4CIDR
    let ipv6Block: IPv6CIDR?

    struct Holding {
        var primary: IPv4Address
        var addresses: Set<IPv4Address> = []
        var prefixes: Set<IPv4CIDR> = []
        var ipv6Prefixes: Set<IPv6CIDR> = []
        var tags: [String: String] = [:]
        var place: VPCModel.Place?
        var busyUntil = Instant.zero
        var detachedAt: Instant?
        var slots: Int { 1 + addresses.count + prefixes.count }

        func isPlaced(at now: Instant) -> Bool { place != nil && now < detachedAt ?? Instant(nanoseconds: .max) }
    }

    init(seed: UInt64) throws {
        random = Dice(state: seed)
        let subnets = ["10.0.32.0/24", "10.0.32.0/25", "10.0.32.0/26", "10.0.32.0/22"]
        let types = ["m5.large", "t3.medium", "m5.4xlarge", "m4.4xlarge", "trn2.48xlarge"]
        let subnet = subnets[random.below(4)]
        let ipv6Block = random.below(4) == 0 ? nil : "2001:db8::/64"
        world = try World(types[random.below(5)], subnet: subnet, ipv6Block: ipv6Block, seed: seed)
        block = try #require(IPv4CIDR(subnet))
        self.ipv6Block = ipv6Block.flatMap { IPv6CIDR($0) }
        let primary = try #require(world.vpc.enis[world.primary])
        held[primary.id] = Holding(primary: primary.primaryAddress, place: VPCModel.Place(card: 0, deviceIndex: 0))
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
        switch random.below(22) {
        case 0...3: assignAddresses(1 + random.below(8), to: eni)
        case 4...6: assignPrefixes(1 + random.below(3), to: eni)
        case 7...9: unassign(from: eni)
        case 10...11: create(random.below(2) == 0 ? .addresses(random.below(6)) : .prefixes(random.below(3)), ipv6Prefixes: random.below(2))
        case 12: delete(eni)
        case 13...14: attach(eni, at: VPCModel.Place(card: random.below(3), deviceIndex: random.below(4)))
        case 15: detach(eni)
        case 16: occupy(random.below(20))
        case 17: assignIPv6Prefixes(1 + random.below(4), to: eni)
        case 18: unassignIPv6Prefixes(from: eni)
        case 19: assignAddress(IPv4Address(bits: block.network.bits &- 4 &+ UInt32(random.below(block.count + 8))), to: eni)
        case 20: describe(owner: "\(random.below(3))")
        default: vacate(random.below(20))
        }
        compareHoldings()
        if world.free != free { complaints.append("the model has \(world.free) free addresses, the sets \(free)") }
        if world.freeBlocks != freeBlocks { complaints.append("the model has \(world.freeBlocks) free blocks, the sets \(freeBlocks)") }
    }

    /// What the model says of each ENI that no other call gives back.
    private mutating func compareHoldings() {
        for (id, holding) in held {
            guard let eni = world.vpc.enis[id] else { return complaints.append("\(id) is gone") }
            if eni.tags != holding.tags { complaints.append("\(id) has the tags \(eni.tags), not \(holding.tags)") }
            if Set(eni.ipv6Prefixes) != holding.ipv6Prefixes { complaints.append("\(id) holds \(eni.ipv6Prefixes)") }
        }
        let ipv6Count = held.values.reduce(0) { $0 + $1.ipv6Prefixes.count }
        let ipv6Free = ipv6Block == nil ? 0 : 65_534 - ipv6Count
        if world.freeIPv6Prefixes != ipv6Free { complaints.append("\(world.freeIPv6Prefixes) /80 are free, not \(ipv6Free)") }
    }

    /// The code of the first rule that is broken; nil when none is.
    func first(_ rules: (isBroken: Bool, code: VPCError.Code)...) -> VPCError.Code? {
        rules.first(where: \.isBroken)?.code
    }

    mutating func attempt<Answer>(
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

    mutating func take(_ prefixes: [IPv6CIDR], for id: ENIID) {
        for prefix in prefixes {
            if prefix.prefixLength != 80 || ipv6Block?.contains(prefix) != true { complaints.append("\(prefix) is no /80 of the subnet") }
            if held.values.contains(where: { $0.ipv6Prefixes.contains(prefix) }) { complaints.append("\(prefix) was taken already") }
            held[id]?.ipv6Prefixes.insert(prefix)
        }
    }

    mutating func take(_ prefix: IPv4CIDR) {
        if prefix.prefixLength != 28 { complaints.append("\(prefix) is not a /28") }
        for address in prefix.addresses { take(address) }
    }

    mutating func take(_ address: IPv4Address) {
        if !block.contains(address) { complaints.append("\(address) is outside \(block)") }
        if !taken.insert(address).inserted { complaints.append("\(address) was taken already") }
    }

    func limit(_ holding: Holding) -> Int {
        holding.isPlaced(at: world.now) ? type.ipv4PerENI : 64
    }
}

/// Dice of the test's own, so that a story does not hang on the model's generator.
struct Dice {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
