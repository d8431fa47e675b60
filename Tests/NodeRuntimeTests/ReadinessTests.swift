import IPAMEngine
import NodeRuntime
import Testing
import Timeline

@Suite struct ReadinessTests {
    private static let full = Readiness.Fault.unavailable(.eniSlotsUsedUp(enis: 1, addressesPerENI: 3))
    private static let hurt = Readiness.Fault.podsHurt(["a rule is missing"])

    private func second(_ number: Int) -> Instant { Instant.zero + .seconds(number) }

    @Test func aNodeThatWasNeverReadyTellsItsFaultAtOnce() {
        var readiness = Readiness()
        #expect(readiness.judge(Self.full, at: second(0)) == Self.full)
        #expect(readiness.judge(Self.full, at: second(1)) == Self.full)
        #expect(readiness.judge(nil, at: second(2)) == nil)
    }

    @Test func aFaultOfAReadyNodeCountsOnceItHasLasted() {
        var readiness = Readiness()
        #expect(readiness.judge(nil, at: second(0)) == nil)
        // From the first question that met it on, whatever it was meanwhile.
        #expect(readiness.judge(Self.full, at: second(100)) == nil)
        #expect(readiness.judge(Self.hurt, at: second(114)) == nil)
        #expect(readiness.judge(Self.hurt, at: second(115)) == Self.hurt)
        #expect(readiness.judge(Self.full, at: second(116)) == Self.full)
    }

    /// An empty pool that EC2 refills between two questions, for hours.
    @Test func aFaultThatComesAndGoesIsNeverTold() {
        var readiness = Readiness()
        for number in stride(from: 0, to: 10_000, by: 10) {
            #expect(readiness.judge(nil, at: second(number)) == nil)
            #expect(readiness.judge(Self.full, at: second(number + 5)) == nil)
        }
    }

    @Test func itsEndCountsAtOnceAndTheNextHasToLastAgain() {
        var readiness = Readiness()
        #expect(readiness.judge(Self.full, at: second(0)) == Self.full)
        #expect(readiness.judge(nil, at: second(20)) == nil)
        #expect(readiness.judge(Self.full, at: second(21)) == nil)
        #expect(readiness.judge(Self.full, at: second(36)) == Self.full)
    }
}
