import Glibc
public import Timeline

extension Instant {
    /// The time since the machine was booted, suspended time included (clock_gettime(2), CLOCK_BOOTTIME).
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
