/// A small deterministic source of numbers (SplitMix64, S. Vigna, public domain), so that a model replays from its seed.
struct SplitMix64: Hashable, Sendable, Codable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    /// Returns a number from 0 to `bound - 1`; the bias is below 2⁻⁴⁰ for the sizes of subnets.
    ///
    /// The standard library's `random(in:)` may change its way from one release to the next, and with it every replay.
    mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "there is no number from 0 to \(bound - 1)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A bijection of the 64-bit numbers without visible pattern.
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
