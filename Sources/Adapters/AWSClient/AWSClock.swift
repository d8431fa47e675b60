import Glibc
public import Timeline

/// Time and chance as a client needs them, so that a test can be their master.
public struct AWSClock: Sendable {
    /// The node's own time line, for pauses and budgets.
    public var now: @Sendable () -> Instant
    /// The node's calendar, for signatures.
    public var calendar: @Sendable () -> UTCTime
    /// Returns after that long, or throws at once when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    public var random: @Sendable () -> UInt64

    public init(
        now: @escaping @Sendable () -> Instant, calendar: @escaping @Sendable () -> UTCTime,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void, random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.calendar = calendar
        self.sleep = sleep
        self.random = random
    }

    /// The machine's clocks (clock_gettime(2), CLOCK_BOOTTIME and CLOCK_REALTIME).
    public static let system = AWSClock(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        },
        calendar: { UTCTime(secondsSince1970: Int64(time(nil))) },
        sleep: { (duration) throws(CancellationError) in
            do {
                try await Task.sleep(for: duration)
            } catch {
                throw CancellationError()
            }
        },
        random: { UInt64.random(in: .min ... .max) })
}

/// A generator over the clock's chance.
struct ClockRandom: RandomNumberGenerator {
    let clock: AWSClock
    mutating func next() -> UInt64 { clock.random() }
}
