import IPAMEngine
import Simulator
import Testing
import VPCModel

/// A simulator that finds nothing proves nothing unless it finds what is there.
@Suite struct PlantedBugTests {
    @Test func anEngineWithoutCooldownIsCaughtAndTheCaseShrinks() throws {
        try expectCaught(EngineWithoutCooldown.self)
    }

    @Test func anEngineThatAsksEC2TwiceIsCaughtAndTheCaseShrinks() throws {
        try expectCaught(EngineThatAsksTwice.self)
    }

    @Test func anEngineThatFreesByScanOrderIsCaughtAndTheCaseShrinks() throws {
        try expectCaught(EngineThatFreesByScanOrder.self)
    }

    /// Within a hundred seeds, at one where the engine without the bug does not go wrong in that way.
    private func expectCaught<Policy: PlantedBug>(_ policy: Policy.Type) throws {
        let found = try #require(try firstViolation(of: policy))
        try expectShrinks(found, policy)
    }

    private func firstViolation<Policy: PlantedBug>(of policy: Policy.Type) throws -> Violation? {
        for seed in UInt64(1)...100 {
            let scenario = Replay(seed: seed).scenario
            guard let violation = try Simulation<Policy>.run(scenario).violations.first, violation.text.contains(Policy.trace) else {
                continue
            }
            #expect(try Simulation<IPAMEngine>.run(scenario).violations.allSatisfy { $0.kind != violation.kind }, "it is the engine's own")
            return violation
        }
        return nil
    }

    /// The command of the small world runs a world that is smaller and goes wrong in the same way.
    private func expectShrinks<Policy: PlantedBug>(_ violation: Violation, _ policy: Policy.Type) throws {
        let failing = Replay(seed: violation.seed)
        let shrinking = try shrink(failing, violation, policy)
        let small = try Replay(command: shrinking.smallest.command)
        #expect(small == shrinking.smallest)
        #expect(try Simulation<Policy>.run(small.scenario).violations == [shrinking.violation])
        #expect(shrinking.violation.kind == violation.kind)
        #expect(small != failing && small.faults.count < failing.faults.count, "\(small.command)")
        #expect(shrinking.runs <= 1_000)
        let again = try shrink(failing, violation, policy)
        #expect(again.smallest == shrinking.smallest && again.runs == shrinking.runs)
    }

    private func shrink<Policy: PlantedBug>(_ failing: Replay, _ violation: Violation, _ policy: Policy.Type) throws -> Shrinking {
        try Shrinking(failing, violation: violation) { scenario throws(VPCError) in
            try Simulation<Policy>.run(scenario).violations.first
        }
    }
}
