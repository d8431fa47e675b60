import IPAMEngine
import Simulator
import Testing

@Suite struct SweepTests {
    @Test func piecesMergedInAnyOrderAreTheWhole() throws {
        let faults: Set<Fault> = [.crash, .throttling, .lostDelete]
        let whole = try Sweep(UInt64(1)...9, faults: faults)
        let pieces = try [UInt64(7)...9, 1...2, 3...6].map { try Sweep($0, faults: faults) }
        var merged = Sweep(faults: faults)
        for piece in pieces { merged.merge(piece) }
        #expect(merged == whole)
        #expect(whole.seeds == 9 && whole.events > whole.pods && whole.pods >= whole.served && whole.served > 0)
        #expect(whole.elapsed > .seconds(9 * 60))
    }

    @Test func theSumIsThatOfItsReports() throws {
        let reports = try (UInt64(1)...5).map { try Simulation<IPAMEngine>.run(.varied(seed: $0)) }
        var sweep = Sweep(faults: Set(Fault.allCases))
        for report in reports { sweep.add(report) }
        #expect(sweep.events == reports.reduce(0) { $0 + $1.events })
        #expect(sweep.faults.values.reduce(0, +) == sweep.coverage.values.reduce(0, +), "each fault came upon some state")
        #expect(try sweep == Sweep(UInt64(1)...5, faults: Set(Fault.allCases)))
    }

    @Test func faultsThatWereNotChosenAreNotMissed() throws {
        #expect(Sweep(faults: []).missed == [])
        #expect(Sweep(faults: [.crash]).missed.map(\.state) == NodeState.allCases)
        let calm = try Sweep(UInt64(1)...5, faults: [])
        #expect(calm.faults == [:] && calm.coverage == [:])
    }

    /// What the command asserts of ten times as many seeds is nearly true of these.
    @Test func someHundredSeedsBringNearlyEveryFaultUponEveryState() throws {
        let sweep = try Sweep(UInt64(1)...300, faults: Set(Fault.allCases))
        #expect(sweep.missed.count <= 8, "\(sweep.missed)")
        #expect(Set(sweep.faults.keys) == Set(Fault.allCases))
    }

    @Test func aViolationIsKeptWithItsSeed() throws {
        var sweep = Sweep(faults: Set(Fault.allCases))
        for seed in UInt64(1)...30 { sweep.add(try Simulation<EngineThatFreesByScanOrder>.run(.varied(seed: seed))) }
        #expect(!sweep.violations.isEmpty)
        #expect(sweep.violations.allSatisfy { $0.key == $0.value.seed && (1...30).contains($0.key) })
    }
}
