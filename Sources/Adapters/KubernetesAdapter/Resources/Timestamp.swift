import Glibc

/// A moment of the calendar as the API server writes it (RFC 3339, in UTC).
public struct Timestamp: Hashable, Sendable, Comparable {
    public let microsecondsSince1970: Int64

    public init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    public init(secondsSince1970: Int64) {
        self.init(microsecondsSince1970: secondsSince1970 * 1_000_000)
    }

    /// The machine's clock (clock_gettime(2), CLOCK_REALTIME).
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microsecondsSince1970 < b.microsecondsSince1970 }

    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microsecondsSince1970: moment.microsecondsSince1970 + Int64(duration / .microseconds(1)))
    }

    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microsecondsSince1970 - earlier.microsecondsSince1970)
    }
}

extension Timestamp {
    /// Reads `2026-01-02T03:04:05Z`, with a fraction of a second or without, and with an offset such as `+02:00` instead of the Z; what is
    /// beyond microseconds is cut off. Nil for everything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]), let day = Self.number(bytes[8..<10]),
            let hour = Self.number(bytes[11..<13]), let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        guard let microseconds = Self.takeFraction(&rest), let offsetSeconds = Self.offset(rest) else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(min(second, 59))
        let seconds = Int64(timegm(&parts))
        guard Int(parts.tm_mday) == day else { return nil }
        self.init(microsecondsSince1970: (seconds - Int64(offsetSeconds)) * 1_000_000 + Int64(microseconds))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func takeFraction(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        return number((Array(digits) + Array(repeating: UInt8(ascii: "0"), count: 6))[..<6])
    }

    private static func offset(_ text: ArraySlice<UInt8>) -> Int? {
        if text.count == 1, let zone = text.first { return zone | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard text.count == 6, let sign = text.first, text[text.startIndex + 3] == UInt8(ascii: ":"),
            sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(text.dropFirst().prefix(2)), let minutes = number(text.suffix(2)), hours < 24, minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}

extension Timestamp: CustomStringConvertible {
    /// Whole seconds, as `metav1.Time` is written: `2026-01-02T03:04:05Z`.
    public var description: String { text("%Y-%m-%dT%H:%M:%S") + "Z" }

    /// Six digits of a fraction, as `metav1.MicroTime` is written: `2026-01-02T03:04:05.000000Z`.
    public var withMicroseconds: String {
        let fraction = String(((microsecondsSince1970 % 1_000_000) + 1_000_000) % 1_000_000)
        return text("%Y-%m-%dT%H:%M:%S") + "." + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction + "Z"
    }

    private func text(_ format: String) -> String {
        var (seconds, parts) = (time_t(microsecondsSince1970.flooredSeconds), tm())
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let count = strftime(text.baseAddress, text.count, format, &parts)
            return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}

extension Int64 {
    fileprivate var flooredSeconds: Int64 { self >= 0 ? self / 1_000_000 : (self - 999_999) / 1_000_000 }
}
