import AWSTesting
import Addressing
import IPAMEngine
import Testing
import Timeline

/// What EC2 and the network do on a bad day, on the wire, to the daemon's engine and its own client.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    /// Pods that find an address keep coming every half minute; from the seventh on there is none before EC2 is back.
    @Test(arguments: BadDay.Kind.allCases) func fiveBadMinutesLoseAndDoubleNothing(kind: BadDay.Kind) async throws {
        try await BadDay.run(free: 6) { node, day in
            node.add(0..<2)
            await node.run(for: .seconds(60))
            #expect(node.running.count == 2 && node.faults == [])
            let before = node.wire.entries.count

            day.begin(kind, for: node)
            for pod in 2..<12 {
                node.add([pod])
                await node.run(for: .seconds(30))
            }
            #expect(node.running.count == 8, "the pool has eight addresses, and each has a pod")
            #expect(node.refusals.count == 4)
            let reasons = Set(node.refusals.values.map(\.code))
            #expect(reasons.isSubset(of: ["throttled", "call-failed", "ec2-failing", "waiting-for-ec2"]), "\(reasons)")
            #expect(node.engine.restraint.degradation == .stopCalls)
            let asked = node.wire.entries.count - before
            print("\(kind.rawValue): \(asked) requests in 5 minutes")
            #expect(asked <= 60, "\(asked) requests in 5 minutes")

            day.end(for: node)
            node.add(8..<12, within: .seconds(240))
            await node.run(for: .seconds(240))
            #expect(node.running.count == 12 && node.engine.restraint.degradation == .normal)
            for pod in 0..<12 { node.delete(pod) }
            await node.run(for: .seconds(3600))
            let differences = try node.differences()
            #expect(differences == [])
            #expect(node.engine.count.attached == 6 && node.faults == [], "\(node.faults)")
        }
    }

    @Test(arguments: [
        FaultProxy.Fault.breakSignature, .breakToken, .refuse(status: 503, code: "Unavailable"), .resetBefore, .resetInAnswer,
        .truncateAnswer,
    ])
    func oneBadAnswerIsNoMoreThanAPause(fault: FaultProxy.Fault) async throws {
        try await BadDay.run(free: 2) { node, day in
            day.next([fault])
            node.add(0..<4, within: .seconds(60))
            await node.run(for: .seconds(60))
            #expect(node.running.count == 4 && node.faults == [], "\(node.faults)")
            #expect(node.engine.restraint.trip == nil)
            for pod in 0..<4 { node.delete(pod) }
            await node.run(for: .seconds(1800))
            let differences = try node.differences()
            #expect(differences == [])
            #expect(node.engine.count.attached == 2)
        }
    }

    /// Whatever step of an ENI's life is hit, none is made twice and none is left behind.
    @Test(arguments: 0..<6) func anAnswerLostDuringTheLifeOfAnENILeavesNoENIBehind(step: Int) async throws {
        try await BadDay.run(free: 1) { node, day in
            node.add(0..<8)
            await node.run(for: .seconds(60))
            day.next(Array(repeating: .none, count: step) + [.resetInAnswer])
            node.add(8..<12, within: .seconds(120))
            await node.run(for: .seconds(120))
            #expect(node.running.count == 12 && node.faults == [], "\(node.faults)")
            day.next(Array(repeating: .none, count: step) + [.truncateAnswer])
            for pod in 0..<12 { node.delete(pod) }
            await node.run(for: .seconds(3600))
            let differences = try node.differences()
            #expect(differences == [])
            #expect(node.engine.enis.count == 1 && node.engine.count.attached == 1)
        }
    }
}
