import Addressing
import IPAMEngine
import Simulator
import Testing
import Timeline

@Suite struct SeedTests {
    @Test(arguments: UInt64(1)...200) func noFaultMakesTheEngineLoseLeakOrDoubleAnAddress(seed: UInt64) throws {
        let report = try Simulation<IPAMEngine>.run(.varied(seed: seed))
        #expect(report.violations == [])
        #expect(report.pods > 0 && report.events > report.pods)
    }

    @Test(arguments: UInt64(1)...20) func aWorldWithoutFaultsLeavesNothingBehind(seed: UInt64) throws {
        let report = try Simulation<IPAMEngine>.run(.varied(seed: seed, faults: []))
        #expect(report.violations == [])
        #expect(report.faults == [:])
    }

    @Test func anEngineLeavesEC2AloneWhileItIsAwayAndLosesNothing() throws {
        let reports = try stride(from: UInt64(2), to: 200, by: 5).map { try Simulation<IPAMEngine>.run(.varied(seed: $0)) }
        #expect(reports.flatMap(\.violations) == [])
        let (outages, probes) = (reports.reduce(0) { $0 + $1.outages }, reports.reduce(0) { $0 + $1.probes })
        #expect(outages > 80 && probes > 80, "\(outages) outages, \(probes) probes")
    }

    @Test func aLateAnswerToADescriptionIsNotTakenForTheAnswerToItsRepetition() throws {
        var scenario = Scenario.varied(seed: 405)
        scenario.faults = FaultRates([.lateAnswer: 0.6])
        #expect(try Simulation<IPAMEngine>.run(scenario).violations == [])
    }
}
