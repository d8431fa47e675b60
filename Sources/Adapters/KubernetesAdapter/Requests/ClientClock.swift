import Glibc
package import Timeline

/// Time and chance as the client needs them, so that a test can be their master.
package struct ClientClock: Sendable {
    /// The node's own time line.
    package var now: @Sendable () -> Instant
    /// The calendar, for credentials that end.
    package var calendar: @Sendable () -> Timestamp
    /// Returns after that long, or at once when the task is cancelled.
    package var sleep: @Sendable (Duration) async -> Void
    package var random: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Instant, calendar: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async -> Void, random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.calendar = calendar
        self.sleep = sleep
        self.random = random
    }

    /// The machine's clocks (clock_gettime(2), CLOCK_BOOTTIME and CLOCK_REALTIME).
    package static let system = ClientClock(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        },
        calendar: { .now }, sleep: { try? await Task.sleep(for: $0) }, random: { UInt64.random(in: .min ... .max) })
}

/// A generator over the clock's chance.
struct ClockRandom: RandomNumberGenerator {
    let clock: ClientClock
    mutating func next() -> UInt64 { clock.random() }
}
