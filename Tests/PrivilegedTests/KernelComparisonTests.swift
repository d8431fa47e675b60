import Foundation
import Testing

/// The kernel in memory against the real one, on random changes.
@Suite(.enabled(if: Privileges.areHeld, Privileges.comment), .timeLimit(.minutes(60)))
struct KernelComparisonTests {
    private static let stepsPerSequence = 25
    private static let seedsPerCase: UInt64 = 50

    /// The seeds of `BERTH_KERNEL_SEEDS`, such as `17` or `1-20000`, else the first two thousand.
    private static let seeds: ClosedRange<UInt64> = {
        let given = ProcessInfo.processInfo.environment["BERTH_KERNEL_SEEDS"] ?? "1-2000"
        let bounds = given.split(separator: "-").compactMap { UInt64($0) }
        guard let first = bounds.first, let last = bounds.last, first <= last else { return 1...2000 }
        return first...last
    }()

    private static let blocks = stride(from: seeds.lowerBound, through: seeds.upperBound, by: Int(seedsPerCase)).map { first in
        first...min(first + seedsPerCase - 1, seeds.upperBound)
    }

    /// Every answer and list on the way and the state at the end must be equal.
    @Test(arguments: blocks)
    func theKernelInMemoryAndTheRealOneStayEqualUnderRandomChanges(seeds: ClosedRange<UInt64>) throws {
        for seed in seeds {
            let steps = RandomKernelSteps.sequence(seed: seed, count: Self.stepsPerSequence)
            guard let found = try KernelComparisonPair.difference(after: steps, isThorough: false) else { continue }
            let short = try KernelComparisonShrinking.shortest(steps)
            Issue.record(
                """
                seed \(seed), \(steps.count) steps: \(found)
                the shortest sequence that still differs:
                \(short.steps.map { "    \($0)" }.joined(separator: "\n"))
                \(short.difference ?? "which does not differ again: the kernel did something at a time of its own choosing")
                replay: BERTH_KERNEL_SEEDS=\(seed) swift test -c release --disable-xctest --disable-testable-imports \
                --filter KernelComparisonTests
                """)
            return
        }
    }

    @Test func aSequenceReplaysFromItsSeed() {
        let texts = [1, 1, 2].map { seed in RandomKernelSteps.sequence(seed: seed, count: 25).map { "\($0)" } }
        #expect(texts[0] == texts[1] && texts[0] != texts[2])
    }

    @Test func aFailingSequenceShrinksToWhatMakesItFail() {
        let numbers = Array(1...40)
        let isFailing = { (part: [Int]) in part.contains(7) && part.contains(31) }
        #expect(KernelComparisonShrinking.shortest(numbers, attemptsMax: 500, while: isFailing) == [7, 31])
        #expect(KernelComparisonShrinking.shortest(numbers, attemptsMax: 0, while: isFailing) == numbers)
    }
}
