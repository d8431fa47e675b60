/// Which addresses of a subnet are taken, a bit for each, found and chosen by word.
///
/// Every operation is bounded by the words of the largest subnet, a /16: 1,024.
struct AddressMap: Hashable, Sendable {
    /// Addresses in the aligned block that a delegated prefix takes.
    static let blockSize = 16

    /// Set bits are taken; a block is one 16-bit lane. Bits behind the last address are set for good.
    private var words: [UInt64]
    private let count: Int
    private(set) var freeCount: Int

    /// - Precondition: `count` is a multiple of 16.
    init(count: Int) {
        precondition(count > 0 && count % Self.blockSize == 0, "\(count) addresses do not make whole blocks of 16")
        self.count = count
        words = Array(repeating: 0, count: (count + 63) / 64)
        if count % 64 != 0 { words[words.count - 1] = ~0 << UInt64(count % 64) }
        freeCount = count
    }

    var takenCount: Int { count - freeCount }

    var freeBlockCount: Int {
        words.reduce(0) { $0 + Self.freeLanes(of: $1) }
    }

    /// What is taken in either of two maps of one size.
    func union(_ other: AddressMap) -> AddressMap {
        precondition(count == other.count, "maps of \(count) and \(other.count) addresses are not of one subnet")
        var union = self
        for position in words.indices { union.words[position] |= other.words[position] }
        union.freeCount = union.words.reduce(0) { $0 + (~$1).nonzeroBitCount }
        return union
    }

    /// Whether a block is wholly free.
    func isFree(block: Int) -> Bool { lane(block) == 0 }

    func isTaken(_ index: Int) -> Bool {
        words[index / 64] >> UInt64(index % 64) & 1 == 1
    }

    mutating func take(_ index: Int) {
        precondition(!isTaken(index), "address \(index) of \(count) is taken already")
        words[index / 64] |= 1 << UInt64(index % 64)
        freeCount -= 1
    }

    mutating func release(_ index: Int) {
        precondition(isTaken(index), "address \(index) of \(count) is not taken")
        words[index / 64] &= ~(1 << UInt64(index % 64))
        freeCount += 1
    }

    /// Takes the sixteen addresses of a block that is wholly free.
    mutating func takeBlock(_ block: Int) {
        precondition(lane(block) == 0, "block \(block) of \(count / Self.blockSize) is not wholly free")
        words[block / 4] |= 0xffff << UInt64(block % 4 * Self.blockSize)
        freeCount -= Self.blockSize
    }

    mutating func releaseBlock(_ block: Int) {
        precondition(lane(block) == 0xffff, "block \(block) of \(count / Self.blockSize) is not wholly taken")
        words[block / 4] &= ~(0xffff << UInt64(block % 4 * Self.blockSize))
        freeCount += Self.blockSize
    }

    /// The index of the free address that has `rank` free ones before it.
    func freeAddress(rank: Int) -> Int {
        precondition(rank >= 0 && rank < freeCount, "there are \(freeCount) free addresses, none of rank \(rank)")
        return index(ofSetBit: rank) { ~$0 }
    }

    /// The index of the taken address that has `rank` taken ones before it.
    func takenAddress(rank: Int) -> Int {
        precondition(rank >= 0 && rank < takenCount, "there are \(takenCount) taken addresses, none of rank \(rank)")
        return index(ofSetBit: rank) { $0 }
    }

    /// The index of the wholly free block that has `rank` such blocks before it.
    func freeBlock(rank: Int) -> Int {
        var remaining = rank
        for (position, word) in words.enumerated() {
            let lanes = Self.freeLanes(of: word)
            guard remaining >= lanes else {
                return (position * 4..<position * 4 + 4).filter { lane($0) == 0 }[remaining]
            }
            remaining -= lanes
        }
        preconditionFailure("there are \(freeBlockCount) free blocks, none of rank \(rank)")
    }

    private func index(ofSetBit rank: Int, in view: (UInt64) -> UInt64) -> Int {
        var remaining = rank
        for (position, word) in words.enumerated() {
            var bits = view(word)
            guard remaining >= bits.nonzeroBitCount else {
                for _ in 0..<remaining { bits &= bits - 1 }
                return position * 64 + bits.trailingZeroBitCount
            }
            remaining -= bits.nonzeroBitCount
        }
        preconditionFailure("no bit of rank \(rank) among \(count)")
    }

    private func lane(_ block: Int) -> UInt64 {
        words[block / 4] >> UInt64(block % 4 * Self.blockSize) & 0xffff
    }

    private static func freeLanes(of word: UInt64) -> Int {
        guard word != 0 else { return 4 }
        return [0, 16, 32, 48].count { word >> $0 & 0xffff == 0 }
    }
}

/// As text, sixteen hexadecimal digits a word: an array of a thousand numbers takes far longer to read.
extension AddressMap: Codable {
    private enum CodingKeys: CodingKey {
        case count, words
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let count = try container.decode(Int.self, forKey: .count)
        let digits = Array(try container.decode(String.self, forKey: .words).utf8)
        guard count > 0, count <= 1 << 16, count % Self.blockSize == 0, digits.count == (count + 63) / 64 * 16 else {
            throw DecodingError.dataCorruptedError(
                forKey: .words, in: container, debugDescription: "\(digits.count) digits cannot be \(count) addresses")
        }
        self.init(count: count)
        for position in words.indices {
            let text = String(decoding: digits[position * 16..<position * 16 + 16], as: UTF8.self)
            guard let word = UInt64(text, radix: 16), word & words[position] == words[position] else {
                throw DecodingError.dataCorruptedError(forKey: .words, in: container, debugDescription: "\"\(text)\" is no word of the map")
            }
            words[position] = word
        }
        freeCount = words.reduce(0) { $0 + (~$1).nonzeroBitCount }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: .count)
        let digits = words.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        try container.encode(digits.joined(), forKey: .words)
    }
}
