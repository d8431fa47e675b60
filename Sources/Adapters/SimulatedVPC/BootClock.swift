import Glibc
import Timeline

/// The time line of the machine, the same for every process on it.
enum BootClock {
    /// The time since boot, suspended time included (clock_gettime(2), CLOCK_BOOTTIME).
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
