import SeededRandom
import Testing
import Timeline

struct InstantTests {
    private static let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]

    @Test(arguments: extremes, extremes) func theDurationBetweenTwoInstantsLeadsFromOneToTheOther(from: Int64, to: Int64) {
        let (start, end) = (Instant(nanoseconds: from), Instant(nanoseconds: to))
        #expect(start.advanced(by: start.duration(to: end)) == end)
        #expect(start.duration(to: end) == .zero - end.duration(to: start))
        #expect((start < end) == (start.duration(to: end) > .zero))
    }

    @Test(arguments: UInt64(1)...20) func durationsAndOrderAgreeEverywhere(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let start = Instant(nanoseconds: .random(in: .min ... .max, using: &random))
            let end = Instant(nanoseconds: .random(in: .min ... .max, using: &random))
            #expect(start.advanced(by: start.duration(to: end)) == end)
            #expect((start < end) == (start.nanoseconds < end.nanoseconds))
            #expect((start == end) == (start.duration(to: end) == .zero))
        }
    }

    @Test(arguments: extremes) func advancingSaturatesAtTheEndsOfTheLine(nanoseconds: Int64) {
        let start = Instant(nanoseconds: nanoseconds)
        for duration in [Duration.seconds(Int64.max), Duration(attoseconds: .max)] {
            #expect(start.advanced(by: duration) == Instant(nanoseconds: .max))
            #expect(start.advanced(by: .zero - duration) == Instant(nanoseconds: .min))
        }
    }

    @Test func advancingCountsWholeNanoseconds() {
        #expect(Instant.zero.advanced(by: .seconds(30)).nanoseconds == 30_000_000_000)
        #expect(Instant(nanoseconds: 5).advanced(by: .nanoseconds(-7)).nanoseconds == -2)
        #expect(Instant(nanoseconds: 5).advanced(by: Duration(attoseconds: 999_999_999)).nanoseconds == 5)
        #expect(Instant(nanoseconds: 5).advanced(by: Duration(attoseconds: -999_999_999)).nanoseconds == 5)
    }

    @Test func operatorsOfInstantsMeanTheSame() {
        let start = Instant(nanoseconds: 1_000)
        #expect(start + .microseconds(1) == Instant(nanoseconds: 2_000))
        #expect(start - .microseconds(1) == .zero)
    }

    @Test(arguments: [
        (0, "0.000s"), (1, "0.000s"), (1_000_000, "0.001s"), (12_345_678_901, "12.345s"), (60_000_000_000, "60.000s"),
        (10_050_000_000, "10.050s"), (-1_500_000_000, "-1.500s"), (-50_000_000, "-0.050s"),
        (Int64.max, "9223372036.854s"), (Int64.min, "-9223372036.854s"),
    ])
    func anInstantPrintsAsSecondsSinceBoot(nanoseconds: Int64, text: String) {
        #expect(Instant(nanoseconds: nanoseconds).description == text)
    }
}

struct DurationTests {
    private static let conversions: [(Duration, Int64)] = [
        (.zero, 0), (.milliseconds(1), 1_000_000), (.seconds(-2), -2_000_000_000),
        (Duration(attoseconds: 1_999_999_999), 1), (Duration(attoseconds: -1_999_999_999), -1),
        // About the end of what is divided in 64 bits: 2⁷³ attoseconds.
        (.nanoseconds(9_444_732_965_739), 9_444_732_965_739), (.nanoseconds(9_444_732_965_740), 9_444_732_965_740),
        (.nanoseconds(-9_444_732_965_740), -9_444_732_965_740),
        (.seconds(9_223_372_036), 9_223_372_036_000_000_000), (.seconds(9_223_372_037), .max), (.seconds(-9_223_372_037), .min),
        (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ]

    @Test(arguments: conversions)
    func wholeNanosecondsAreCutTowardZeroAndSaturated(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
    }

    @Test func secondsKeepTheirFraction() {
        #expect(Duration.milliseconds(1_500).inSeconds == 1.5)
        #expect(Duration.milliseconds(-250).inSeconds == -0.25)
        #expect(Duration.zero.inSeconds == 0)
    }
}
