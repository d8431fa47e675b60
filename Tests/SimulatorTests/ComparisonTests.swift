import Foundation
import Simulator
import Testing

@Suite struct ComparisonTests {
    private static let comparison = Result { try Comparison() }

    @Test func thePageIsWhatTheCommandPrints() throws {
        let page = ComparisonPage(comparison: try Self.comparison.get()).markdown
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data(page.utf8).write(to: ComparisonPage.file, options: .atomic)
        }
        #expect(try String(contentsOf: ComparisonPage.file, encoding: .utf8) == page, "run: make docs")
    }

    @Test func everyPolicyIsAskedForTheSamePods() throws {
        let trials = Dictionary(grouping: try Self.comparison.get().outcomes, by: \.trial).mapValues { $0.map(\.use) }
        #expect(trials.count == Comparison.Trial.allCases.count)
        for uses in trials.values {
            #expect(Set(uses.map(\.report.pods)).count == 1 && uses[0].report.pods > 10_000)
            for use in uses { #expect(use.report.served + use.neverRan == use.report.pods) }
        }
    }

    @Test func berthBreaksNoRule() throws {
        for outcome in try Self.comparison.get().outcomes where outcome.contender != .incumbent {
            #expect(outcome.use.handedOnTooSoon == 0 && outcome.use.report.violations == [])
        }
    }

    @Test func aTrialIsTheSameWhoeverRunsIt() throws {
        let outcome = try #require(try Self.comparison.get().outcomes.first)
        #expect(try Comparison.Outcome(outcome.trial, outcome.contender) == outcome)
    }
}

/// The page `Docs/Reference/Comparison.md`, made from what the command prints.
struct ComparisonPage {
    let comparison: Comparison

    static let file = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Docs/Reference/Comparison.md")

    var markdown: String {
        """
        # Berth and the AWS VPC CNI on the same pods

        <!-- Made by `make docs` from what `berth simulate --compare` prints; a test compares. -->

        ```console
        $ berth simulate --compare
        \(comparison.table)
        ```

        What the columns mean, what is taken for granted, and what is not modelled:

        \(Comparison.notes.map { "- \($0)" }.joined(separator: "\n"))

        """
    }
}
