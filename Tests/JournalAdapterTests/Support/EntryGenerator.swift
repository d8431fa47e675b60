import Addressing
import IPAMEngine
import Timeline

/// Draws journal entries of every kind, the same ones for the same seed.
struct EntryGenerator {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// A few entries of each kind, in the order of the operation numbers.
    mutating func oneOfEach() -> [JournalEntry] { (0..<7).map { entry(kind: $0) } }

    mutating func entries(_ count: Int) -> [JournalEntry] { (0..<count).map { _ in entry(kind: .random(in: 0..<7, using: &random)) } }

    mutating func entry(kind: Int) -> JournalEntry {
        switch kind {
        case 0: .allocated(allocation())
        case 1: .wired(attachment())
        case 2: .released(attachment(), address(), until: Instant(nanoseconds: random.next(as: Int64.self)))
        case 3: .linkGone(address())
        case 4: .eniCreated(eniID())
        case 5: .eniAttached(eni())
        default: .eniGone(eniID())
        }
    }

    private mutating func allocation() -> Allocation {
        Allocation(
            attachment: attachment(), pod: Bool.random(using: &random) ? PodName(namespace: text(), name: text()) : nil,
            address: address(), eni: eniID(), deviceIndex: deviceIndex(), since: Instant(nanoseconds: random.next(as: Int64.self)),
            hostLink: text())
    }

    private mutating func eni() -> AttachedENI {
        AttachedENI(
            id: eniID(), mac: MACAddress(bits: random.next() >> 16), deviceIndex: deviceIndex(),
            subnet: SubnetID(unchecked: "subnet-\(hex())"), subnetBlock: block(), primaryAddress: address(),
            secondaryAddresses: (0..<Int.random(in: 0...50, using: &random)).map { _ in address() },
            prefixes: (0..<Int.random(in: 0...15, using: &random)).map { _ in block() })
    }

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
