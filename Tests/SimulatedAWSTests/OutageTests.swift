import Addressing
import IPAMEngine
import Testing
import Timeline

/// Twenty minutes without EC2, in virtual time.
@Suite(.timeLimit(.minutes(5))) struct OutageTests {
    private static let minutes = 20

    /// Each minute a pod comes, and the one that came five minutes before goes, so that the pool suffices.
    @Test(arguments: [BadDay.Kind.unavailable, .throttlingStorm, .hangingConnections])
    func podsAreServedFromThePoolAllAlongAndEC2IsAskedSeldom(kind: BadDay.Kind) async throws {
        try await BadDay.run(free: 8) { node, day in
            day.begin(kind, for: node)
            let begin = node.now
            for pod in 0..<Self.minutes {
                node.add([pod], within: .seconds(1))
                #expect(node.running[.pod(pod)] != nil, "minute \(pod): \(node.refusals)")
                await node.run(for: begin + .seconds(60 * (pod + 1)) - node.now)
                if pod >= 5 { node.delete(pod - 5) }
            }
            let perMinute = Self.perMinute(node.wire.entries, since: begin)
            print("\(kind.rawValue), requests in each minute of the outage: \(perMinute), \(perMinute.reduce(0, +)) in all")
            #expect(perMinute[0...2].reduce(0, +) <= 40)
            #expect(perMinute[3...].allSatisfy { $0 <= 8 })
            #expect(perMinute[3...].reduce(0, +) <= 60)
            #expect(node.engine.restraint.trip != nil && node.refusals == [:])

            day.end(for: node)
            let healed = node.now
            while node.engine.restraint.trip != nil, node.now < healed + .seconds(600) { await node.run(for: .seconds(1)) }
            print("\(kind.rawValue): EC2 is called again \(node.now - healed) after it is back")
            #expect(node.now - healed <= .seconds(151))
            await node.run(for: .seconds(60))
            node.add(Self.minutes..<Self.minutes + 10, within: .seconds(60))
            await node.run(for: .seconds(60))
            #expect(node.running.count == 15 && node.faults == [], "\(node.faults)")
            await node.run(for: .seconds(1800))
            let differences = try node.differences()
            #expect(differences == [])
        }
    }

    @Test func anOperatorsOrderKeepsTheWireSilentUntilItEnds() async throws {
        try await BadDay.run(free: 4) { node, _ in
            node.order(.stopCalls)
            let before = node.wire.entries.count
            node.add(0..<6, within: .seconds(30))
            await node.run(for: .seconds(1200))
            #expect(node.running.count == 4 && Set(node.refusals.values.map(\.code)) == ["calls-stopped"])
            #expect(node.wire.entries.count == before)
            node.order(.normal)
            node.add(4..<6)
            await node.run(for: .seconds(60))
            #expect(node.running.count == 6 && node.faults == [])
        }
    }

    private static func perMinute(_ entries: [Wire.Entry], since begin: Instant) -> [Int] {
        (0..<minutes).map { minute in
            let start = begin + .seconds(60 * minute)
            return entries.count { $0.at >= start && $0.at < start + .seconds(60) }
        }
    }
}
