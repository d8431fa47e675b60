import Addressing
import Timeline

/// Up to 64 addresses of one ENI, each in exactly one state, kept as bits of a word.
///
/// A block is either a delegated /28, whose sixteen addresses come and go together, or the ENI's single secondary
/// addresses, which come and go one by one. States: vacant (not ours), free, held by a sandbox, cooling after release,
/// leaving (EC2 was asked to take it back), barred (kept from pods in general, by exclusion or reservation).
struct AddressBlock: Sendable {
    /// The delegated block; nil for single addresses.
    let prefix: IPv4CIDR?
    private(set) var free: UInt64 = 0
    private(set) var held: UInt64 = 0
    private(set) var cooling: UInt64 = 0
    private(set) var leaving: UInt64 = 0
    private(set) var barred: UInt64 = 0
    /// The address at each position; empty for a prefix, whose addresses are counted from its network address.
    private var singles: [IPv4Address] = []
    /// When each position was last released, so that the one longest out of use is handed out first.
    private var releasedAt: [Instant]
    /// When the block last had no address held, cooling or leaving.
    private(set) var idleSince: Instant?

    static let positionsMax = 64

    init(prefix: IPv4CIDR, at now: Instant) {
        precondition(prefix.prefixLength == 28, "EC2 delegates /28 prefixes, not \(prefix)")
        self.prefix = prefix
        free = 0xffff
        releasedAt = Array(repeating: .zero, count: 16)
        idleSince = now
    }

    /// A block for the single addresses of an ENI, empty at first.
    init() {
        prefix = nil
        releasedAt = []
    }

    var present: UInt64 { free | held | cooling | leaving | barred }
    /// What the node may count on.
    var kept: UInt64 { free | held | cooling | barred }
    /// What nobody uses and EC2 could have back.
    var unused: UInt64 { free | barred }
    var isVacant: Bool { present == 0 }
    var isIdle: Bool { unused == present && present != 0 }
    var freeCount: Int { free.nonzeroBitCount }

    func hasBeenIdle(since moment: Instant) -> Bool {
        idleSince.map { $0 <= moment } ?? false
    }

    func address(at position: Int) -> IPv4Address {
        guard let prefix else { return singles[position] }
        return prefix[position]
    }

    func addresses(at positions: UInt64) -> [IPv4Address] {
        setBits(of: positions).map(address(at:))
    }

    /// The unused positions that nobody has held since `idleBefore`.
    func unused(idleBefore: Instant) -> UInt64 {
        setBits(of: unused).filter { releasedAt[$0] <= idleBefore }.reduce(0) { $0 | bit($1) }
    }

    /// The earliest moment after `idleBefore` at which an unused position was released; nil when there is none.
    func nextIdle(after idleBefore: Instant) -> Instant? {
        setBits(of: unused).map { releasedAt[$0] }.filter { $0 > idleBefore }.min()
    }

    // MARK: - Moves from state to state

    /// Adds a single address as free and returns its position.
    mutating func add(single address: IPv4Address) -> Int {
        precondition(prefix == nil, "\(address) cannot join the prefix \(String(describing: prefix))")
        let vacant = (~present).trailingZeroBitCount
        precondition(vacant < Self.positionsMax, "an ENI holds at most \(Self.positionsMax) single addresses")
        if vacant == singles.count {
            singles.append(address)
            releasedAt.append(.zero)
        } else {
            singles[vacant] = address
            releasedAt[vacant] = .zero
        }
        free |= bit(vacant)
        return vacant
    }

    mutating func hold(_ position: Int) {
        precondition((free | barred) & bit(position) != 0, "\(address(at: position)) is handed out though it is not free")
        free &= ~bit(position)
        barred &= ~bit(position)
        held |= bit(position)
        idleSince = nil
    }

    /// Holds the free position longest out of use.
    ///
    /// - Precondition: one is free.
    mutating func takeLongestOutOfUse() -> Int {
        precondition(free != 0, "an address is to be taken of a block that has none free")
        var found = free.trailingZeroBitCount
        var longest = releasedAt[found]
        var left = free & (free &- 1)
        while left != 0 {
            let position = left.trailingZeroBitCount
            let moment = releasedAt[position]
            if moment < longest { (found, longest) = (position, moment) }
            left &= left &- 1
        }
        hold(found)
        return found
    }

    /// Takes an address that cools back into use, for a pod to which it is promised.
    mutating func reheat(_ position: Int) {
        precondition(cooling & bit(position) != 0, "\(address(at: position)) ends a cooldown it is not in")
        cooling &= ~bit(position)
        held |= bit(position)
        idleSince = nil
    }

    /// Keeps free positions from pods in general, or lets them have the barred ones again.
    mutating func bar(_ positions: UInt64, _ isBarred: Bool) {
        let moved = positions & (isBarred ? free : barred)
        free = isBarred ? free & ~moved : free | moved
        barred = isBarred ? barred | moved : barred & ~moved
    }

    mutating func cool(_ position: Int, at now: Instant) {
        precondition(held & bit(position) != 0, "\(address(at: position)) is released though no sandbox holds it")
        held &= ~bit(position)
        cooling |= bit(position)
        releasedAt[position] = now
    }

    mutating func warm(_ position: Int, at now: Instant) {
        precondition(cooling & bit(position) != 0, "\(address(at: position)) ends a cooldown it is not in")
        cooling &= ~bit(position)
        free |= bit(position)
        if isIdle { idleSince = now }
    }

    /// Marks unused positions as being given back, so that none of them is handed out meanwhile.
    mutating func leave(_ positions: UInt64) {
        precondition(positions & ~unused == 0, "addresses that are held or cooling would be given back to EC2")
        free &= ~positions
        barred &= ~positions
        leaving |= positions
    }

    /// Takes back what EC2 did not take.
    mutating func stay(_ positions: UInt64) {
        let kept = positions & leaving
        leaving &= ~kept
        free |= kept
    }

    /// Forgets a position that is held or cooling, because EC2 does not show it.
    mutating func drop(_ position: Int) {
        held &= ~bit(position)
        cooling &= ~bit(position)
    }

    /// Forgets positions that EC2 has taken back or never had.
    mutating func vacate(_ positions: UInt64) {
        precondition(positions & (held | cooling) == 0, "addresses that are held or cooling would be forgotten")
        leaving &= ~positions
        free &= ~positions
        barred &= ~positions
    }
}

/// The bit of a position.
func bit(_ position: Int) -> UInt64 { 1 << UInt64(position) }

/// The positions of the set bits, ascending.
func setBits(of word: UInt64) -> [Int] {
    var (left, positions) = (word, [Int]())
    positions.reserveCapacity(word.nonzeroBitCount)
    while left != 0 {
        positions.append(left.trailingZeroBitCount)
        left &= left &- 1
    }
    return positions
}
