/// What an EC2 instance type can hold: ENIs, addresses, prefixes.
///
/// Facts that no source knows are nil, never guessed. Where they come from is told in `instance-types.README.md`.
public struct InstanceType: Hashable, Sendable, Codable {
    /// Such as `m5.large`.
    public var name: String
    /// Most ENIs of each network card, by card index; not empty.
    public var cards: [Int]
    /// The index of the card that holds the primary ENI.
    public var defaultCard: Int
    /// Most IPv4 addresses of an ENI, the primary included; a delegated prefix takes one of these slots.
    public var ipv4PerENI: Int
    /// Most IPv6 addresses of an ENI; 0 where the type does no IPv6.
    public var ipv6PerENI: Int?
    public var supportsIPv6: Bool?
    public var hypervisor: Hypervisor
    public var isBareMetal: Bool
    public var vcpus: Int?
    public var memoryMiB: Int?
    /// In EC2's words: `arm64`, `x86_64`, `i386` and so on; empty where unknown.
    public var architectures: [String]
    /// Whether the type can hold a trunk ENI, and with it branch ENIs.
    public var supportsTrunk: Bool?
    public var branchENIs: Int?

    public enum Hypervisor: String, Hashable, Sendable, Codable {
        case nitro, xen
        /// EC2 names none, as for bare metal.
        case unknown
    }

    /// - Precondition: `defaultCard` is the index of a card, and an ENI holds at least its primary address.
    public init(
        name: String, cards: [Int], defaultCard: Int = 0, ipv4PerENI: Int, ipv6PerENI: Int? = nil, supportsIPv6: Bool? = nil,
        hypervisor: Hypervisor = .nitro, isBareMetal: Bool = false, vcpus: Int? = nil, memoryMiB: Int? = nil,
        architectures: [String] = [], supportsTrunk: Bool? = nil, branchENIs: Int? = nil
    ) {
        precondition(cards.indices.contains(defaultCard), "\(name) has \(cards.count) network cards, none at \(defaultCard)")
        precondition(ipv4PerENI > 0, "an ENI of \(name) holds \(ipv4PerENI) addresses")
        self.name = name
        self.cards = cards
        self.defaultCard = defaultCard
        self.ipv4PerENI = ipv4PerENI
        self.ipv6PerENI = ipv6PerENI
        self.supportsIPv6 = supportsIPv6
        self.hypervisor = hypervisor
        self.isBareMetal = isBareMetal
        self.vcpus = vcpus
        self.memoryMiB = memoryMiB
        self.architectures = architectures
        self.supportsTrunk = supportsTrunk
        self.branchENIs = branchENIs
    }

    /// Most ENIs of the default card, the only one whose ENIs carry pods.
    public var enis: Int { cards[defaultCard] }

    /// Whether ENIs can hold prefixes: EC2 delegates them to Nitro instances, which bare metal is as well (EC2 User Guide,
    /// "Assign prefixes to network interfaces").
    public var supportsPrefixDelegation: Bool { hypervisor == .nitro || isBareMetal }
}
