import IPAMEngine
import Simulator
import Testing

/// Worlds that the engine does not withstand. Each test fails, and asks to be made an ordinary one, when it does.
@Suite struct KnownWeaknessTests {
    @Test func anOldDescriptionAfterALostAnswerLeavesAddressesNobodyCounts() throws {
        let report = try run(seed: 133, [.staleDescription: 1, .lostAnswer: 0.3])
        withKnownIssue("a description that is older than the lost call counts as the last word") { #expect(report.violations == []) }
    }

    @Test func anOldDescriptionAfterACrashLetsAnAddressBeHandedOutThatIsGone() throws {
        let report = try run(seed: 174, [.staleDescription: 1, .crash: 0.5])
        withKnownIssue("a description may show what was given back before the crash") { #expect(report.violations == []) }
    }

    @Test func anENIWhoseCreationHadNoAnswerIsFoundAndDeleted() throws {
        let reports = try (UInt64(1)...10).map { try run(seed: $0, [.lostAnswer: 0.3]) }
        #expect(reports.flatMap(\.violations) == [])
        withKnownIssue("EC2 is not asked again with the same client token, and a description shows attached ENIs alone") {
            #expect(reports.map(\.enisUnheardOf).reduce(0, +) == 0)
        }
    }

    private func run(seed: UInt64, _ shares: [Fault: Double]) throws -> Report {
        var scenario = Scenario.varied(seed: seed)
        scenario.faults = FaultRates(shares)
        return try Simulation<IPAMEngine>.run(scenario)
    }
}
