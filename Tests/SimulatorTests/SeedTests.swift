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

    @Test func aLateAnswerToADescriptionIsNotTakenForTheAnswerToItsRepetition() throws {
        var scenario = Scenario.varied(seed: 405)
        scenario.faults = FaultRates([.lateAnswer: 0.6])
        #expect(try Simulation<IPAMEngine>.run(scenario).violations == [])
    }
}
