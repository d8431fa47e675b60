import AWSClient
import Testing

struct ClockSkewTests {
    private let now = UTCTime(secondsSince1970: 1_767_323_045)

    @Test func aLargeDifferenceExplainsARefusalOnce() {
        var skew = ClockSkew()
        let date = now + .seconds(3600)
        let (first, second) = (skew.learn(from: date, at: now), skew.learn(from: date, at: now))
        #expect(first && !second)
        #expect(skew.offset == .seconds(3600))
    }

    @Test(arguments: [-240, -10, 0, 10, 240]) func aSmallDifferenceExplainsNothing(_ seconds: Int) {
        var skew = ClockSkew()
        let isExplained = skew.learn(from: now + .seconds(seconds), at: now)
        #expect(!isExplained && skew.offset == .zero)
    }

    @Test func aClockThatIsSetLaterIsLearnedAnew() {
        var skew = ClockSkew()
        let wrong = skew.learn(from: now + .seconds(-86_400), at: now)
        let right = skew.learn(from: now, at: now)
        #expect(wrong && right && skew.offset == .zero)
    }
}
