import Foundation
import Testing

/// Runs `berth-bench` small: whether it measures at all, and cleans up. What it measures is for people.
@Suite(.serialized, .enabled(if: BenchmarkProgram.isToBeRun, "\(BenchmarkProgram.missing ?? "nothing is missing")"))
struct BenchmarkProgramTests {
    private struct Pods: Decodable {
        struct Figures: Decodable {
            var count: Int
            var p50: Double
            var p99: Double
        }
        struct Result: Decodable {
            var contender: String
            var add: Figures
            var delete: Figures
            var secondDelete: Figures
            var addCPU: Figures?
            var addToFloor: Double
            var addToPtp: Double
            var rateToPtp: Double
        }
        struct Round: Decodable {
            var atOnce: Int
            var contenders: [Result]
        }
        struct Budget: Decodable {
            var what: String
            var isMet: Bool
        }
        var rounds: [Round]
        var budgets: [Budget]
    }

    @Test func everyContenderIsMeasuredAtEveryConcurrencyAndNothingIsLeft() throws {
        let run = try BenchmarkProgram.Run(
            ["pods", "--at-once", "1", "4", "--pods", "8", "--turns", "2", "--patience", "0", "--output", "json"])
        let outcome = try run.finish()
        try #require(outcome.status == 0, "\(outcome.errors)")
        let pods = try JSONDecoder().decode(Pods.self, from: outcome.output)
        #expect(pods.rounds.map(\.atOnce) == [1, 4])
        for round in pods.rounds {
            #expect(round.contenders.map(\.contender) == ["berth", "floor", "ptp"])
            for result in round.contenders {
                for figures in [result.add, result.delete, result.secondDelete] {
                    #expect(figures.count == 8 && 0 < figures.p50 && figures.p50 <= figures.p99)
                }
                #expect((result.addCPU != nil) == (round.atOnce == 1))
                #expect(result.addToFloor > 0 && result.addToPtp > 0 && result.rateToPtp > 0)
            }
        }
        #expect(pods.budgets.count == 6)
        #expect(try BenchmarkProgram.remains(of: run.process.processIdentifier) == [])
    }

    @Test func aNodeIsMeasuredAndNothingIsLeft() throws {
        let run = try BenchmarkProgram.Run(["node", "--pods", "20", "--idle-seconds", "1", "--output", "json"])
        let outcome = try run.finish()
        try #require(outcome.status == 0, "\(outcome.errors)")
        struct Node: Decodable {
            var pods: Int
            var coldStartMilliseconds: Double
            var residentMiB: Double
        }
        let node = try JSONDecoder().decode(Node.self, from: outcome.output)
        #expect(node.pods == 20 && node.coldStartMilliseconds > 0 && node.residentMiB > 0)
        #expect(try BenchmarkProgram.remains(of: run.process.processIdentifier) == [])
    }

    @Test(arguments: [SIGINT, SIGTERM]) func whenASignalEndsItNothingIsLeft(signal: Int32) throws {
        let run = try BenchmarkProgram.Run(["pods", "--at-once", "2", "--pods", "5000"])
        let pid = run.process.processIdentifier
        let isAtWork = try eventually { try BenchmarkProgram.remains(of: pid).contains { $0.contains("-berth-") } }
        #expect(isAtWork, "no pod's namespace was seen in ten seconds")
        kill(pid, signal)
        let outcome = try run.finish()
        #expect(outcome.status == 1 && outcome.errors.contains("ended before everything was measured"), "\(outcome.errors)")
        #expect(try BenchmarkProgram.remains(of: pid) == [])
    }
}

/// Looks every few milliseconds whether something came true, for ten seconds at most.
private func eventually(_ isSo: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<2000 {
        if try isSo() { return true }
        usleep(5000)
    }
    return false
}
