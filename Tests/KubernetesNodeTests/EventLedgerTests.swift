import KubernetesNode
import Testing
import Timeline

@Suite struct EventLedgerTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)
    private static func key(_ subject: Int, _ reason: String = "SubnetFull") -> EventLedger.Key {
        EventLedger.Key(subject: "uid-\(subject)", reason: reason)
    }

    @Test func aThingIsToldAtOnceAndItsRepetitionsAsACountSeldomerEachTime() {
        var ledger = EventLedger()
        #expect(ledger.note(Self.key(1), at: Self.start) == .tell)
        var told: [Int] = []
        for second in 1...3600 {
            if case .tellAgain = ledger.note(Self.key(1), at: Self.start + .seconds(second)) { told.append(second) }
        }
        #expect(Array(told.prefix(4)) == [60, 180, 420, 900])
        #expect(zip(told.dropFirst(4), told.dropFirst(5)).allSatisfy { $1 - $0 == 600 })
    }

    @Test func aRepetitionSaysHowOftenItHappened() {
        var ledger = EventLedger()
        for second in 0..<60 { _ = ledger.note(Self.key(1), at: Self.start + .seconds(second)) }
        #expect(ledger.note(Self.key(1), at: Self.start + .seconds(60)) == .tellAgain(count: 61))
    }

    @Test func twoReasonsOfOnePodAreTwoEvents() {
        var ledger = EventLedger()
        #expect(ledger.note(Self.key(1, "SubnetFull"), at: Self.start) == .tell)
        #expect(ledger.note(Self.key(1, "Throttled"), at: Self.start) == .tell)
        #expect(ledger.note(Self.key(1, "Throttled"), at: Self.start) == .keep)
    }

    @Test func aNodeThatRefusesHundredsOfPodsSaysNoMoreThanItMay() {
        var ledger = EventLedger()
        let told = (0..<500).count { ledger.note(Self.key($0), at: Self.start) == .tell }
        #expect(told == EventLedger.burst)
        // One more for each refill, whoever it is about.
        let later = (500..<900).count { ledger.note(Self.key($0), at: Self.start + EventLedger.refill * 3) == .tell }
        #expect(later == 3)
    }

    @Test func whatHasNotHappenedForLongIsNewAgain() {
        var ledger = EventLedger()
        #expect(ledger.note(Self.key(1), at: Self.start) == .tell)
        #expect(ledger.note(Self.key(1), at: Self.start + EventLedger.memory) == .tell)
    }

    @Test func anEventThatTheClusterDidNotTakeIsToldAnew() {
        var ledger = EventLedger()
        #expect(ledger.note(Self.key(1), at: Self.start) == .tell)
        ledger.forget(Self.key(1))
        #expect(ledger.note(Self.key(1), at: Self.start) == .tell)
    }
}
