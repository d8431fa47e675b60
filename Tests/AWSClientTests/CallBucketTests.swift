import AWSClient
import SeededRandom
import Testing
import Timeline

struct CallBucketTests {
    private let limits = CallBucket.Limits(rateMax: 4, rateMin: 0.1, burst: 10, climb: 0.02)
    private let start = Instant(nanoseconds: 5_000_000_000)

    @Test func aBurstGoesOutAtOnceAndTheRestAtTheRate() {
        var bucket = CallBucket(limits, at: start)
        let waits = (0..<14).map { _ in bucket.take(at: start) }
        #expect(waits.prefix(10).allSatisfy { $0 == .zero })
        #expect(waits.suffix(4) == [.milliseconds(250), .milliseconds(500), .milliseconds(750), .seconds(1)])
    }

    @Test func tokensComeBackAtTheRateAndNoFurtherThanTheBurst() {
        var bucket = CallBucket(limits, at: start)
        for _ in 0..<10 { _ = bucket.take(at: start) }
        let wait = bucket.take(at: start + .milliseconds(250))
        #expect(wait == .zero)
        let later = start + .seconds(3600)
        let waits = (0..<11).map { _ in bucket.take(at: later) }
        #expect(waits.count { $0 == .zero } == 10)
    }

    @Test func aThrottleHalvesTheRateAndTakesTheBurstAway() {
        var bucket = CallBucket(limits, at: start)
        bucket.throttled(at: start)
        #expect(bucket.rate(at: start) == 2)
        let wait = bucket.take(at: start)
        #expect(wait == .milliseconds(500))
    }

    @Test func callsThatFailTogetherCountOnce() {
        var bucket = CallBucket(limits, at: start)
        for _ in 0..<8 { bucket.throttled(at: start + .milliseconds(10)) }
        #expect(bucket.rate(at: start) == 2)
    }

    @Test func theRateFallsNoLowerThanItsLeast() {
        var bucket = CallBucket(limits, at: start)
        for second in 1...100 { bucket.throttled(at: start + .seconds(second)) }
        #expect(bucket.rate(at: start + .seconds(100)) == 0.1)
    }

    @Test func theRateClimbsBackWithTime() {
        var bucket = CallBucket(limits, at: start)
        bucket.throttled(at: start)
        #expect(abs(bucket.rate(at: start + .seconds(50)) - 3) < 1e-9)
        #expect(bucket.rate(at: start + .seconds(1000)) == 4)
    }

    @Test func aTurnGivenBackIsTheNextOnes() {
        var bucket = CallBucket(limits, at: start)
        for _ in 0..<10 { _ = bucket.take(at: start) }
        let wait = bucket.take(at: start)
        bucket.giveBack(at: start)
        let next = bucket.take(at: start)
        #expect(next == wait)
    }

    @Test func timeThatStandsStillOrGoesBackDoesNoHarm() {
        var bucket = CallBucket(limits, at: start)
        for _ in 0..<10 { _ = bucket.take(at: start) }
        let wait = bucket.take(at: start - .seconds(5))
        #expect(wait == .milliseconds(250))
    }

    /// Forty nodes want more together than the account has: each shall get its share, and the account be throttled seldom.
    @Test(arguments: UInt64(1)...5) func nodesThatShareAnAccountEvenOut(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var account = CallBucket(.init(rateMax: 20, rateMin: 20, burst: 100, climb: 1), at: start)
        var nodes = (0..<40).map { _ in CallBucket(at: start) }
        var turns = nodes.map { _ in start + .milliseconds(random.below(1000)) }
        var (served, throttled) = (nodes.map { _ in 0 }, 0)
        var now = start
        while now < start + .seconds(1800) {
            let next = turns.indices.min { turns[$0] < turns[$1] } ?? 0
            now = turns[next]
            let wait = account.take(at: now)
            if wait > .zero {
                account.giveBack(at: now)
                nodes[next].throttled(at: now)
                if now > start + .seconds(600) { throttled += 1 }
            } else if now > start + .seconds(600) {
                served[next] += 1
            }
            turns[next] = now + nodes[next].take(at: now) + .milliseconds(random.below(200))
        }
        let total = served.reduce(0, +)
        #expect(total > 1200 * 20 / 2, "of 20 calls a second at most half may be lost, \(Double(total) / 1200) were served")
        #expect((served.max() ?? 0) < 2 * max(1, served.min() ?? 0), "shares from \(served.min() ?? 0) to \(served.max() ?? 0)")
        #expect(throttled * 10 < total, "\(throttled) throttled, \(total) served")
    }
}
