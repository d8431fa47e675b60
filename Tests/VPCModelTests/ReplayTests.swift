import Addressing
import Foundation
import InstanceTypes
import Testing
import Timeline
import VPCModel

/// Random operations beside a slow model that keeps plain sets of addresses and predicts each answer's code.
@Suite struct ReplayTests {
    @Test(arguments: UInt64(1)...30)
    func everyAnswerIsWhatAPlainCountOfAddressesSays(seed: UInt64) throws {
        var story = try Story(seed: seed)
        for step in 0..<300 {
            try story.step()
            #expect(story.complaints == [], "seed \(seed), step \(step)")
            guard story.complaints.isEmpty else { return }
        }
        #expect(story.world.vpc.violations() == [])
        #expect(story.refusals.count >= 3, "a story without refusals tests little: \(story.refusals)")
    }

    @Test(arguments: UInt64(1)...5)
    func theSameSeedAndCallsGiveTheSameModelAndOthersAnother(seed: UInt64) throws {
        var (one, two, other) = (try Story(seed: seed), try Story(seed: seed), try Story(seed: seed + 1_000))
        for _ in 0..<200 {
            try one.step()
            try two.step()
            try other.step()
        }
        #expect(one.world.vpc == two.world.vpc)
        #expect(one.world.vpc != other.world.vpc)
        #expect(try Story.text(of: one.world.vpc) == Story.text(of: two.world.vpc))
    }

    @Test(arguments: UInt64(1)...10)
    func aModelReadBackFromItsTextGoesOnAsTheOriginal(seed: UInt64) throws {
        var story = try Story(seed: seed)
        for _ in 0..<150 { try story.step() }
        var copy = story
        let text = try Story.text(of: story.world.vpc)
        copy.world.vpc = try JSONDecoder().decode(VPCModel.self, from: text)
        #expect(copy.world.vpc == story.world.vpc)
        #expect(try Story.text(of: copy.world.vpc) == text)
        for _ in 0..<150 {
            try story.step()
            try copy.step()
        }
        #expect(copy.world.vpc == story.world.vpc)
    }
}
