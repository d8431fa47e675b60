import Timeline

/// Where everything that happens by chance comes from (SplitMix64 by S. Vigna, public domain), so that a seed replays a run.
///
/// Numbers are derived here and not by the standard library, whose ways may change from one release to the next.
package struct RandomSource: Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    /// A number from 0 to `bound - 1`.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "there is no number from 0 to \(bound - 1)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of the range, its ends included.
    package mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// A number from 0 to 1, without 1.
    package mutating func share() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// True in the given share of cases; takes no number from the sequence when that is none.
    package mutating func chance(_ share: Double) -> Bool {
        share > 0 && self.share() < share
    }

    package mutating func duration(in range: ClosedRange<Duration>) -> Duration {
        let (low, high) = (range.lowerBound.wholeNanoseconds, range.upperBound.wholeNanoseconds)
        return .nanoseconds(low + Int64(share() * Double(high - low)))
    }

    /// A time of a process without memory, such as from one pod to the next: exponential with this mean.
    package mutating func exponential(mean: Duration) -> Duration {
        .nanoseconds(Int64(-Self.logarithm(1 - share()) * Double(mean.wholeNanoseconds)))
    }

    package mutating func element<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// The natural logarithm of a positive number.
    ///
    /// By the series of the area tangent over the significand: the libraries of two platforms need not agree in the last
    /// bit, and a replay must.
    package static func logarithm(_ value: Double) -> Double {
        precondition(value > 0, "\(value) has no logarithm")
        let s = (value.significand - 1) / (value.significand + 1)
        var (term, sum) = (s, 0.0)
        var divisor = 1.0
        while divisor <= 29 {
            sum += term / divisor
            term *= s * s
            divisor += 2
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }
}
