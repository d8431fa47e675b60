/// A day of the Gregorian calendar, counted from 1970-01-01.
public struct Day: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: Int

    public init(number: Int) {
        self.number = number
    }

    /// Reads `2026-11-21`, or a moment that begins with it and goes on with `T` or a blank.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(11))
        guard bytes.count == 10 || bytes.count == 11 && (bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ")) else {
            return nil
        }
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        func whole(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0) { sum, byte in
                guard let sum, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return sum * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        guard let year = whole(0..<4), let month = whole(5..<7), let day = whole(8..<10), year >= 1970, (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        number = Self.daysBefore(year: year) + (1..<month).reduce(0) { $0 + Self.days(inMonth: $1, of: year) } + day - 1
    }

    /// Such as `2026-11-21`.
    public var description: String {
        var (year, rest) = (1970 + number / 366, number)
        while Self.daysBefore(year: year + 1) <= number { year += 1 }
        rest -= Self.daysBefore(year: year)
        var month = 1
        while rest >= Self.days(inMonth: month, of: year) {
            rest -= Self.days(inMonth: month, of: year)
            month += 1
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(rest + 1))"
    }

    public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    public static func + (day: Self, days: Int) -> Self { Self(number: day.number + days) }

    private static func daysBefore(year: Int) -> Int {
        func leapYears(before year: Int) -> Int { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 }
        return (year - 1970) * 365 + leapYears(before: year) - leapYears(before: 1970)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
