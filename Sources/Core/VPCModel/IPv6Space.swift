import Addressing

/// Which /80 blocks of a subnet's /64 are taken.
///
/// Of the 65,536 few are ever taken, so their numbers in ascending order are far smaller than a bitmap, and the free one of
/// any rank is found by bisection.
struct IPv6Space: Hashable, Sendable {
    /// The first half of every address in the block.
    private let network: UInt64
    /// Ascending, each once. The first and the last are in it for good: EC2 keeps the first four addresses of the subnet and
    /// the last for itself (VPC User Guide, "Subnet CIDR blocks"), so no prefix can hold either end.
    private var taken: [UInt16] = [0, .max]

    /// Of a subnet, and of a delegated prefix in it (EC2 User Guide, "Assign prefixes to network interfaces").
    static let (blockLength, prefixLength) = (64, 80)
    private static let count = 1 << (prefixLength - blockLength)

    /// - Precondition: `block` is a /64.
    init(block: IPv6CIDR) {
        precondition(block.prefixLength == Self.blockLength, "\(block) is not a /64")
        network = UInt64(truncatingIfNeeded: block.network.bits >> 64)
    }

    /// A /64.
    var block: IPv6CIDR { IPv6CIDR(containing: IPv6Address(bits: UInt128(network) << 64), prefixLength: Self.blockLength) }

    var freeCount: Int { Self.count - taken.count }

    /// What ENIs hold, ascending.
    var prefixes: [IPv6CIDR] { taken.dropFirst().dropLast().map(prefix) }

    /// Takes the free prefix that has `rank` free ones before it.
    mutating func takePrefix(rank: Int) -> IPv6CIDR {
        precondition(rank >= 0 && rank < freeCount, "there are \(freeCount) free prefixes in \(block), none of rank \(rank)")
        // A taken number has as many free ones before it as it is larger than its position.
        let position = firstPosition { Int(taken[$0]) - $0 > rank }
        let number = UInt16(rank + position)
        taken.insert(number, at: position)
        return prefix(number)
    }

    func isFree(_ prefix: IPv6CIDR) -> Bool {
        guard prefix.prefixLength == Self.prefixLength, block.contains(prefix) else { return false }
        let number = number(of: prefix)
        return taken[firstPosition { taken[$0] >= number }] != number
    }

    /// - Precondition: `prefix` is free.
    mutating func take(_ prefix: IPv6CIDR) {
        precondition(isFree(prefix), "\(prefix) is not free in \(block)")
        let number = number(of: prefix)
        taken.insert(number, at: firstPosition { taken[$0] >= number })
    }

    mutating func release(_ prefix: IPv6CIDR) {
        precondition(prefix.prefixLength == Self.prefixLength && block.contains(prefix), "\(prefix) is no /80 of \(block)")
        let number = number(of: prefix)
        let position = firstPosition { taken[$0] >= number }
        precondition(taken[position] == number && number != 0 && number != .max, "\(prefix) of \(block) is not held by an ENI")
        taken.remove(at: position)
    }

    private static let hostBits = UInt128(128 - prefixLength)

    private func prefix(_ number: UInt16) -> IPv6CIDR {
        IPv6CIDR(containing: block[UInt128(number) << Self.hostBits], prefixLength: Self.prefixLength)
    }

    private func number(of prefix: IPv6CIDR) -> UInt16 { UInt16(truncatingIfNeeded: prefix.network.bits >> Self.hostBits) }

    /// Bisects the positions, of which the last few fulfil `condition`; the last one always does.
    private func firstPosition(where condition: (Int) -> Bool) -> Int {
        var (low, high) = (0, taken.count - 1)
        while low < high {
            let middle = low + (high - low) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension IPv6Space: Codable {
    private enum CodingKeys: CodingKey {
        case block, taken
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let block = try container.decode(IPv6CIDR.self, forKey: .block)
        let numbers = try container.decode([UInt16].self, forKey: .taken)
        guard block.prefixLength == Self.blockLength, numbers.first == 0, numbers.last == .max,
            zip(numbers, numbers.dropFirst()).allSatisfy(<)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .taken, in: container, debugDescription: "\(numbers.count) numbers are no prefixes of \(block) in ascending order")
        }
        self.init(block: block)
        taken = numbers
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(block, forKey: .block)
        try container.encode(taken, forKey: .taken)
    }
}
