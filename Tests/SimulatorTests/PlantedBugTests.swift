import IPAMEngine
import Simulator
import Testing

/// A simulator that finds nothing proves nothing unless it finds what is there.
@Suite struct PlantedBugTests {
    @Test func anEngineWithoutCooldownIsCaught() throws {
        let found = try #require(try firstViolation(of: EngineWithoutCooldown.self))
        print("without cooldown: \(found)")
        #expect(found.text.contains("is handed to"), "\(found)")
    }

    @Test func anEngineThatAsksEC2TwiceIsCaught() throws {
        let found = try #require(try firstViolation(of: EngineThatAsksTwice.self))
        print("asks twice: \(found)")
        #expect(found.text.contains("EC2") || found.text.contains("attached"), "\(found)")
    }

    @Test func anEngineThatFreesByScanOrderIsCaught() throws {
        let found = try #require(try firstViolation(of: EngineThatFreesByScanOrder.self))
        print("frees by scan order: \(found)")
        #expect(found.text.contains("in spite of"), "\(found)")
    }

    /// The first violation within a hundred seeds.
    private func firstViolation<Policy: NodePolicy>(of policy: Policy.Type) throws -> Violation? {
        for seed in UInt64(1)...100 {
            guard let violation = try Simulation<Policy>.run(.varied(seed: seed)).violations.first else { continue }
            #expect(try Simulation<IPAMEngine>.run(.varied(seed: seed)).violations == [], "the engine without the bug is well")
            return violation
        }
        return nil
    }
}
