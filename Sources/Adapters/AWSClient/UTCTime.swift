/// A moment of the calendar in whole seconds: what AWS signs, dates its answers with, and lets credentials end at.
///
/// The node's own ``Timeline`` says how long to wait; the calendar says only what two machines have to agree on.
public struct UTCTime: Hashable, Sendable, Comparable {
    public let secondsSince1970: Int64

    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// A date of the Gregorian calendar; nil when a part is out of its range. A leap second counts as the one before.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        let seconds = hour * 3600 + minute * 60 + min(second, 59)
        self.init(secondsSince1970: Int64(Self.daysSince1970(year, month, day)) * 86_400 + Int64(seconds))
    }

    public static func < (a: UTCTime, b: UTCTime) -> Bool { a.secondsSince1970 < b.secondsSince1970 }

    public static func + (time: UTCTime, duration: Duration) -> UTCTime {
        UTCTime(secondsSince1970: time.secondsSince1970 + duration.components.seconds)
    }

    public static func - (later: UTCTime, earlier: UTCTime) -> Duration {
        .seconds(later.secondsSince1970 - earlier.secondsSince1970)
    }

    // MARK: - The calendar

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Years count from March here, so that the day a leap year adds is a year's last; 719,468 days lie before 1970.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let (era, yearOfEra) = (year / 400, year % 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The parts of the date, for moments from 1970 on.
    private var parts: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let (days, seconds) = (Int(max(0, secondsSince1970)) / 86_400 + 719_468, Int(max(0, secondsSince1970)) % 86_400)
        let (era, dayOfEra) = (days / 146_097, days % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1,
            seconds / 3600, seconds / 60 % 60, seconds % 60
        )
    }

    /// The moment as SigV4 writes it, such as `20260102T030405Z`.
    public var basicFormat: String {
        let parts = parts
        return Self.padded(parts.year, 4) + Self.padded(parts.month) + Self.padded(parts.day) + "T" + Self.padded(parts.hour)
            + Self.padded(parts.minute) + Self.padded(parts.second) + "Z"
    }

    private static func padded(_ number: Int, _ digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

extension UTCTime: CustomStringConvertible {
    /// The moment in ISO 8601, such as `2026-01-02T03:04:05Z`.
    public var description: String {
        let parts = parts
        return [parts.year, parts.month, parts.day].map { Self.padded($0) }.joined(separator: "-") + "T"
            + [parts.hour, parts.minute, parts.second].map { Self.padded($0) }.joined(separator: ":") + "Z"
    }
}

extension UTCTime {
    /// Reads `2026-01-02T03:04:05Z`, with fractions of a second that are cut off; nil for other zones and forms.
    public init?(iso8601 text: String) {
        guard let end = text.last, end == "Z" || end == "z" else { return nil }
        let halves = text.dropLast().split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        let whole = halves[1].split(separator: ".", maxSplits: 1).first ?? ""
        let time = whole.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard date.count == 3, time.count == 3 else { return nil }
        self.init(year: date[0], month: date[1], day: date[2], hour: time[0], minute: time[1], second: time[2])
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads the form that a `Date` field has, such as `Fri, 02 Jan 2026 03:04:05 GMT` (RFC 9110, section 5.6.7).
    public init?(httpDate text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = Self.months.firstIndex(of: String(words[2]))
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3 else { return nil }
        self.init(year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
    }
}
