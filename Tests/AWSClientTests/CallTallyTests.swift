import AWSClient
import Testing

@Suite struct CallTallyTests {
    @Test func callsAreCountedByActionAndOutcome() {
        let tally = CallTally()
        for failure in [nil, "RequestLimitExceeded", nil] {
            tally.note(
                CallReport(
                    action: "DescribeSubnets", tries: failure == nil ? 1 : 4, duration: .seconds(2), waited: .zero, failureCode: failure))
        }
        let (good, bad) = (
            CallTally.Outcome(action: "DescribeSubnets", code: "OK"),
            CallTally.Outcome(action: "DescribeSubnets", code: "RequestLimitExceeded")
        )
        #expect(tally.counts.keys.sorted() == [good, bad])
        #expect(tally.counts[good].map { [$0.calls, $0.tries] } == [2, 2] && tally.counts[good]?.duration == .seconds(4))
        #expect(tally.counts[bad].map { [$0.calls, $0.tries] } == [1, 4])
    }
}
