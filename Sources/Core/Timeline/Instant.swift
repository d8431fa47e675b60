/// A moment on a node's own time line: nanoseconds since the node booted, suspended time included.
///
/// Wall clocks jump; this line does not, and it is the same before and after a restart of the daemon, so an instant in
/// the journal still means the same moment. The adapters read `CLOCK_BOOTTIME`; a simulation counts its own. Nothing in
/// the core reads a clock.
///
/// Inlinable, as every event adds and compares a dozen of them.
public struct Instant: Hashable, Sendable {
    public let nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The beginning of the line.
    public static let zero = Instant(nanoseconds: 0)
}

extension Instant: InstantProtocol {
    /// Returns the instant `duration` later; saturates at the ends of the line.
    @inlinable public func advanced(by duration: Duration) -> Instant {
        if let short = duration.shortNanoseconds {
            let (sum, isBeyond) = nanoseconds.addingReportingOverflow(short)
            if !isBeyond { return Instant(nanoseconds: sum) }
        }
        return Instant(nanoseconds: Int64(clamping: Int128(nanoseconds) + duration.nanoseconds))
    }

    @inlinable public func duration(to other: Instant) -> Duration {
        .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    @inlinable public static func + (instant: Instant, duration: Duration) -> Instant { instant.advanced(by: duration) }
    @inlinable public static func - (instant: Instant, duration: Duration) -> Instant { instant.advanced(by: .zero - duration) }
    @inlinable public static func - (later: Instant, earlier: Instant) -> Duration { earlier.duration(to: later) }
}

extension Instant: CustomStringConvertible {
    /// Seconds since boot with three decimals, cut and not rounded, such as `12.345s`.
    public var description: String {
        let milliseconds = nanoseconds.magnitude / 1_000_000
        let fraction = String(milliseconds % 1000)
        let sign = nanoseconds < 0 ? "-" : ""
        return "\(sign)\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + "s"
    }
}

extension Duration {
    /// The duration in nanoseconds, cut toward zero and saturated to 64 bits (292 years).
    @inlinable public var wholeNanoseconds: Int64 {
        shortNanoseconds ?? Int64(clamping: nanoseconds)
    }

    /// The same without the limit of 64 bits.
    @inlinable var nanoseconds: Int128 { attoseconds / 1_000_000_000 }

    /// The same of a duration below two hours; nil for a longer one.
    ///
    /// A nanosecond is 2⁹ · 5⁹ attoseconds. Without its 2⁹ such a duration fits into 64 bits, where dividing by a constant takes
    /// a few instructions; in 128 bits it takes a hundred.
    @inlinable var shortNanoseconds: Int64? {
        let attoseconds = attoseconds
        let shifted = attoseconds.magnitude >> 9
        guard shifted >> 64 == 0 else { return nil }
        let whole = Int64(UInt64(truncatingIfNeeded: shifted) / 1_953_125)
        return attoseconds < 0 ? -whole : whole
    }

    /// The duration in seconds, for messages and arithmetic that may round.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
