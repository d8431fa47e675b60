/// Nodes by how many pods they have, so that the emptiest is found without a look at the others.
///
/// A set of bits for each number of pods. A node that moves costs two bits; the emptiest costs a look at a word for 64 nodes.
struct NodeIndex: Sendable {
    private var words: [[UInt64]] = []
    private var counts: [Int] = []
    /// No level below has a node.
    private var lowest = 0

    mutating func insert(_ ordinal: Int, at level: Int) {
        while counts.count <= level {
            counts.append(0)
            words.append([])
        }
        let word = ordinal / 64
        if words[level].count <= word { words[level] += Array(repeating: 0, count: word + 1 - words[level].count) }
        words[level][word] |= 1 << UInt64(ordinal % 64)
        counts[level] += 1
        lowest = min(lowest, level)
    }

    mutating func remove(_ ordinal: Int, at level: Int) {
        words[level][ordinal / 64] &= ~(1 << UInt64(ordinal % 64))
        counts[level] -= 1
    }

    /// The emptiest node, the first of equals; nil when there is none.
    mutating func emptiest() -> (level: Int, ordinal: Int)? {
        while lowest < counts.count, counts[lowest] == 0 { lowest += 1 }
        guard lowest < counts.count, let word = words[lowest].firstIndex(where: { $0 != 0 }) else { return nil }
        return (lowest, word * 64 + words[lowest][word].trailingZeroBitCount)
    }
}
