import IPAMEngine
import Simulator
import Testing

/// Worlds that have broken the engine before: each with the faults alone that did it.
@Suite struct WeaknessTests {
    @Test(arguments: [133, 174] + Array(UInt64(1)...40))
    func anOldDescriptionIsNeverTheLastWord(seed: UInt64) throws {
        #expect(try run(seed, [.staleDescription: 1, .lostAnswer: 0.3]).violations == [])
        #expect(try run(seed, [.staleDescription: 1, .crash: 0.5]).violations == [])
    }

    /// The rest of a run looks for ENIs that nothing is attached to.
    @Test(arguments: UInt64(1)...40) func anENIWhoseCreationHadNoAnswerIsFoundAndUsed(seed: UInt64) throws {
        #expect(try run(seed, [.lostAnswer: 0.3]).violations == [])
        #expect(try run(seed, [.lostAnswer: 0.3, .crash: 0.5]).violations == [])
    }

    @Test(arguments: UInt64(1)...40) func aDaemonThatIsHeldUpAnswersAsSoonAsItCan(seed: UInt64) throws {
        #expect(try run(seed, [.clockJump: 0.5, .lateAnswer: 0.3]).violations == [])
    }

    private func run(_ seed: UInt64, _ shares: [Fault: Double]) throws -> Report {
        var scenario = Scenario.varied(seed: seed)
        scenario.faults = FaultRates(shares)
        return try Simulation<IPAMEngine>.run(scenario)
    }
}
