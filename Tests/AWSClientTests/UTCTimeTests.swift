import AWSClient
import Foundation
import SeededRandom
import Testing

struct UTCTimeTests {
    @Test func theThreeFormsAreReadAndWritten() throws {
        let time = try #require(UTCTime(iso8601: "2026-01-02T03:04:05Z"))
        #expect(time.basicFormat == "20260102T030405Z")
        #expect(time.description == "2026-01-02T03:04:05Z")
        #expect(UTCTime(httpDate: "Fri, 02 Jan 2026 03:04:05 GMT") == time)
        #expect(UTCTime(iso8601: "2026-01-02T03:04:05.678Z") == time)
    }

    @Test func everyMomentUntilTheYear9999IsWrittenAsFoundationWritesIt() throws {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            let seconds = Int64(random.below(253_402_300_800))
            let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            #expect(UTCTime(secondsSince1970: seconds).description == text)
            #expect(UTCTime(iso8601: text)?.secondsSince1970 == seconds)
        }
    }

    @Test(arguments: [
        "", "Z", "2026-01-02", "2026-01-02T03:04Z", "2026-13-02T03:04:05Z", "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05", "0-0-0T0:0:0Z",
    ])
    func whatIsNoMomentInUTCIsRefused(_ text: String) {
        #expect(UTCTime(iso8601: text) == nil)
    }

    @Test(arguments: ["Fri, 02 Jan 2026 03:04:05 CET", "02 Jan 2026 03:04:05 GMT", "Fri, 02 Foo 2026 03:04:05 GMT", "soon"])
    func whatIsNoDateOfHTTPIsRefused(_ text: String) {
        #expect(UTCTime(httpDate: text) == nil)
    }
}
