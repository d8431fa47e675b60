import Foundation
import Testing

extension EndToEnd {
    /// `berth simulate` from outside; it needs no node.
    @Suite struct SimulateCommand {
        private func simulate(_ arguments: String...) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth, "simulate"] + arguments)
        }

        private struct Answer: Decodable {
            var schema: String
            var seeds: Int
            var events: Int
            var faults: [String: Int]
            var violations: Int
            var coverage: Coverage

            struct Coverage: Decodable {
                var counts: [String: [String: Int]]
                var missed: [[String: String]]
            }
        }

        @Test func aSweepPrintsEventsFaultsViolationsAndCoverage() throws {
            let outcome = try simulate("--seeds", "60", "--faults", "crash,throttling", "--output", "json")
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            #expect(outcome.errors == "" && outcome.status == (answer.violations == 0 ? 0 : 1))
            #expect(answer.schema == "berth/simulation/1" && answer.seeds == 60 && answer.events > 1_000)
            #expect(Set(answer.faults.keys) == ["crash", "throttling"] && answer.faults.values.allSatisfy { $0 > 0 })
            #expect(answer.coverage.counts["crash"]?["idle"] ?? 0 > 0)
            #expect(
                answer.coverage.counts.values.flatMap(\.values).reduce(0, +) == answer.faults.values.reduce(0, +))

            let table = try simulate("--seeds", "60", "--faults", "crash,throttling").output
            #expect(table.contains("events      \(answer.events)") && table.contains("violations  \(answer.violations)"), "\(table)")
            #expect(table.split(separator: "\n").contains { $0.hasPrefix("crash") })
        }

        @Test func seedsThatAreRunInPiecesAreTheSameAsOneByOne() throws {
            func events(_ first: Int, _ count: Int) throws -> Int {
                let output = try simulate("--first-seed", "\(first)", "--seeds", "\(count)", "--output", "json").output
                return try JSONDecoder().decode(Answer.self, from: Data(output.utf8)).events
            }
            #expect(try events(1, 50) == events(1, 23) + events(24, 27))
        }

        @Test func oneSeedTellsItsStoryAndTheCommandThatRepeatsIt() throws {
            let command = [
                "--seed", "11", "--faults", "crash,throttling", "--nodes", "1", "--duration", "60", "--calm", "2", "--without",
                "bursts,names", "--luck", "2",
            ]
            let outcome = try ChildProcess.run([Programs.berth, "simulate"] + command)
            #expect(outcome.output.hasPrefix("berth simulate " + command.joined(separator: " ") + "\n"), "\(outcome)")
            #expect(try ChildProcess.run([Programs.berth, "simulate"] + command).output == outcome.output)
            #expect(outcome.output.contains("1 node of") && outcome.output.contains("60 s of pods"))
        }

        @Test func theComparisonIsTheCommittedPage() throws {
            let outcome = try simulate("--compare")
            let page = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Docs/Reference/Comparison.md")
            let table = try #require(outcome.output.split(separator: "\n\n").first)
            #expect(outcome.status == 0 && table.contains("aws-vpc-cni"))
            #expect(try String(contentsOf: page, encoding: .utf8).contains(table))
        }

        @Test func aLargeClusterTellsItsCallsAndWaits() throws {
            let arguments = ["simulate", "--nodes", "60", "--hours", "1", "--policy", "both"]
            let table = try ChildProcess.run([Programs.berth] + arguments)
            let rows = table.output.split(separator: "\n").prefix(3).map { $0.split(separator: " ").first ?? "" }
            #expect(table.status == 0 && rows == ["POLICY", "aws-vpc-cni", "berth"], "\(table)")
            struct Report: Decodable {
                var schema: String
                var runs: [Run]

                struct Run: Decodable {
                    var policy: String
                    var comingUp: Stage
                }

                struct Stage: Decodable {
                    var podsServed: Int
                    var readyAfterSeconds: Double?
                }
            }
            let report = try JSONDecoder().decode(
                Report.self, from: Data(ChildProcess.run([Programs.berth] + arguments + ["--output", "json"]).output.utf8))
            #expect(report.schema == "berth/scale/1" && report.runs.map(\.policy) == ["aws-vpc-cni", "berth"])
            #expect(report.runs.allSatisfy { $0.comingUp.podsServed >= 60 * 20 && $0.comingUp.readyAfterSeconds != nil })
        }

        @Test(arguments: [
            (["--faults", "flood"], "known are clock-jump"), (["--seed", "1", "--without", "pods"], "known are bursts"),
            (["--seed", "1", "--seeds", "3"], "--seed runs one seed"), (["--duration", "60"], "name it with --seed"),
            (["--nodes", "0"], "--nodes"), (["--nodes", "100,"], "--nodes"), (["--nodes", "120001"], "--nodes"),
            (["--nodes", "100", "--seeds", "3"], "without --seeds"), (["--hours", "3"], "how large with --nodes"),
            (["--nodes", "100", "--hours", "169"], "--hours is 1 to 168"), (["--seed", "1", "--nodes", "2,3"], "one number"),
            (["--seeds", "0"], "--seeds is 1"), (["--seed", "1", "--nodes", "0"], "--nodes"),
            (["--compare", "--seed", "1"], "no seeds"),
            (["--seed", "-1"], "--seed"),
        ])
        func badInputIsRefusedWithTheReason(arguments: [String], reason: String) throws {
            let outcome = try ChildProcess.run([Programs.berth, "simulate"] + arguments)
            #expect(outcome.status == 2 && outcome.output == "" && outcome.errors.contains(reason), "\(outcome)")
        }
    }
}
