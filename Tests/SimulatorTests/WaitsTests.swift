import Simulator
import Testing

@Suite struct WaitsTests {
    @Test(arguments: [1, 7, 8, 100, 1_023, 1_024, 65_537, 12_345_678]) func aClassIsAtMostAnEighthWide(microseconds: Int) throws {
        var waits = Waits()
        for wait in [microseconds, microseconds * 1_000] { waits.add(.microseconds(wait)) }
        let half = try #require(waits.percentile(0.5))
        #expect(half > .microseconds(microseconds) && half <= .microseconds(microseconds + max(1, microseconds / 8)))
    }

    @Test func aPercentileHasThatShareOfTheWaitsBelowIt() throws {
        var waits = Waits()
        for milliseconds in 1...1_000 { waits.add(.milliseconds(milliseconds)) }
        #expect(waits.count == 1_000 && waits.longest == .seconds(1))
        #expect(try #require(waits.percentile(0.5)) >= .milliseconds(500))
        #expect(try #require(waits.percentile(0.5)) <= .milliseconds(570))
        #expect(waits.percentile(1) == .seconds(1))
        #expect(Waits().percentile(0.5) == nil)
    }
}
