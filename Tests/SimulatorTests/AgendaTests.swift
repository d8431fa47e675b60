import Simulator
import Testing
import Timeline

@Suite struct AgendaTests {
    /// Distances of one slice of the agenda, of several, of more than it keeps by slice, and of hours.
    private static let distances: [Int64] = [0, 1, 40_000_000, 3_000_000_000, 200_000_000_000, 20_000_000_000_000]

    @Test(arguments: UInt64(1)...40) func whatIsFirstInTimeComesFirstAndThenWhatWasPutInFirst(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var agenda = Agenda<Int>()
        var expected: [(moment: Instant, number: Int)] = []
        var (now, number) = (Instant.zero, 0)
        for _ in 0..<2_000 {
            if random.chance(0.55) {
                let distance = random.below(Int(random.element(of: Self.distances) ?? 0) + 1)
                let moment = now + .nanoseconds(distance)
                agenda.add(number, at: moment)
                let place = expected.firstIndex { $0.moment > moment } ?? expected.count
                expected.insert((moment, number), at: place)
                number += 1
            } else if !expected.isEmpty {
                let first = expected.removeFirst()
                #expect(agenda.next == first.moment)
                #expect(agenda.pop() == first.number)
                now = first.moment
            }
        }
        #expect(number > 1_000)
        for first in expected {
            #expect(agenda.next == first.moment)
            #expect(agenda.pop() == first.number)
        }
        #expect(agenda.next == nil)
        #expect(agenda.pop() == nil)
    }

    @Test func whatIsAddedBeforeTheNextSliceComesBeforeIt() {
        var agenda = Agenda<String>()
        agenda.add("an hour", at: .zero + .seconds(3_600))
        agenda.add("a second", at: .zero + .seconds(1))
        agenda.add("now", at: .zero)
        #expect((0..<3).compactMap { _ in agenda.pop() } == ["now", "a second", "an hour"])
    }
}
