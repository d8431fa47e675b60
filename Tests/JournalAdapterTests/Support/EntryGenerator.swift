import Addressing
import IPAMEngine
import Timeline

/// Draws journal entries of every kind, the same ones for the same seed.
struct EntryGenerator {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    static let kinds = 16

    /// One entry of each kind, in the order of the operation numbers.
    mutating func oneOfEach() -> [JournalEntry] { (0..<Self.kinds).map { entry(kind: $0) } }

    mutating func entries(_ count: Int) -> [JournalEntry] {
        (0..<count).map { _ in entry(kind: .random(in: 0..<Self.kinds, using: &random)) }
    }

    mutating func entry(kind: Int) -> JournalEntry {
        switch kind {
        case 0: .allocated(allocation())
        case 1: .wired(attachment())
        case 2: .released(attachment(), addresses(), until: instant())
        case 3: .linkGone(addresses())
        case 4: .eniCreated(eniID(), clientToken: text())
        case 5: .eniAttached(eni())
        case 6: .eniGone(eniID(), at: instant())
        case 7: .promised(PodName(namespace: text(), name: text()), addresses(), until: instant())
        case 8: .eniRequested(newENI())
        case 9: .eniRefused(clientToken: text())
        case 10: .unassigning(eniID(), list(50) { $0.address() }, list(15) { $0.block() })
        case 11: .unassigned(eniID(), list(50) { $0.address() }, list(15) { $0.block() }, at: instant())
        case 12: .eniDetaching(eni())
        case 13: .eniDetached(eniID())
        case 14: .eniLost(eniID())
        default: .degradationOrdered(Degradation.allCases.randomElement(using: &random) ?? .normal, at: instant())
        }
    }

    private mutating func allocation() -> Allocation {
        Allocation(
            attachment: attachment(), pod: Bool.random(using: &random) ? PodName(namespace: text(), name: text()) : nil,
            addresses: addresses(), eni: eniID(), card: .random(in: 0...15, using: &random), deviceIndex: deviceIndex(), since: instant(),
            hostLink: text(), hold: Bool.random(using: &random) ? .nanoseconds(random.next(as: Int64.self) & .max) : nil)
    }

    private mutating func eni() -> AttachedENI {
        AttachedENI(
            id: eniID(), mac: MACAddress(bits: random.next() >> 16), card: .random(in: 0...15, using: &random), deviceIndex: deviceIndex(),
            subnet: SubnetID(unchecked: "subnet-\(hex())"), subnetBlock: block(), primaryAddress: address(),
            secondaryAddresses: list(50) { $0.address() }, prefixes: list(15) { $0.block() }, ipv6Prefixes: list(2) { $0.ipv6Block() },
            pool: Bool.random(using: &random) ? PoolName("pool-\(hex())") : nil)
    }

    private mutating func newENI() -> NewENI {
        let count = Int.random(in: 0...63, using: &random)
        return NewENI(
            subnet: SubnetID(unchecked: "subnet-\(hex())"), securityGroups: list(5) { SecurityGroupID(unchecked: "sg-\($0.hex())") },
            clientToken: text(), content: Bool.random(using: &random) ? .addresses(count) : .prefixes(count),
            hasIPv6: Bool.random(using: &random), pool: Bool.random(using: &random) ? PoolName("p") : nil,
            seat: DeviceSeat(card: .random(in: 0...15, using: &random), deviceIndex: deviceIndex()))
    }

    private mutating func list<Element>(_ most: Int, of element: (inout Self) -> Element) -> [Element] {
        (0..<Int.random(in: 0...most, using: &random)).map { _ in element(&self) }
    }

    private mutating func addresses() -> PodAddresses {
        let ipv6 = IPv6Address(bits: UInt128(random.next()) << 64 | UInt128(random.next()))
        return switch Int.random(in: 0..<3, using: &random) {
        case 0: PodAddresses(ipv4: address(), ipv6: nil)
        case 1: PodAddresses(ipv4: nil, ipv6: ipv6)
        default: PodAddresses(ipv4: address(), ipv6: ipv6)
        }
    }

    private mutating func instant() -> Instant { Instant(nanoseconds: random.next(as: Int64.self)) }

    private mutating func attachment() -> PodAttachment {
        PodAttachment(network: text(), containerID: text(), interface: text())
    }

    private mutating func deviceIndex() -> Int { .random(in: 0...Int(UInt16.max), using: &random) }
    private mutating func address() -> IPv4Address { IPv4Address(bits: random.next(as: UInt32.self)) }
    private mutating func eniID() -> ENIID { ENIID(unchecked: "eni-\(hex())") }
    private mutating func hex() -> String { String(random.next(), radix: 16) }

    private mutating func block() -> IPv4CIDR {
        IPv4CIDR(containing: address(), prefixLength: .random(in: 0...32, using: &random))
    }

    private mutating func ipv6Block() -> IPv6CIDR {
        IPv6CIDR(
            containing: IPv6Address(bits: UInt128(random.next()) << 64 | UInt128(random.next())),
            prefixLength: .random(in: 0...128, using: &random))
    }

    /// Short, empty, beyond ASCII, or as long as can be.
    private mutating func text() -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: ""
        case 1: "ポッド-\(hex())-é🛳"
        case 2: String(repeating: "ü", count: 512)
        default: "pod-\(hex())"
        }
    }
}

extension JournalEntry {
    /// The link of a pod with this address is gone.
    static func gone(_ address: IPv4Address) -> JournalEntry { .linkGone(PodAddresses(.v4(address))) }
}

/// Numbers that a seed replays (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func next<Number: FixedWidthInteger>(as _: Number.Type) -> Number { Number(truncatingIfNeeded: next()) }
}
