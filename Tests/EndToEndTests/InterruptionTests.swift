import Foundation
import Testing

extension EndToEnd {
    /// Ctrl-C in the middle of what takes long and changes nothing.
    @Suite struct Interruption {
        /// Runs the command, and interrupts it some time after it has begun to listen for that. What it has finished by then shows only at
        /// its end, so that there is nothing but time to wait for.
        private func interrupt(_ words: String..., after seconds: Double) async throws -> ChildProcess.Outcome {
            let child = try ChildProcess([Programs.berth] + words)
            while !child.hasEnded, !Self.catchesInterrupts(child.pid) { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .seconds(seconds))
            child.signal(SIGINT)
            return child.finish()
        }

        /// Whether the program has a handler, by the kernel's mask of signals that are caught (proc_pid_status(5), "SigCgt").
        private static func catchesInterrupts(_ pid: pid_t) -> Bool {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
                let mask = line.split(separator: "\t").last.flatMap({ UInt64($0, radix: 16) })
            else { return false }
            return mask & (1 << UInt64(SIGINT - 1)) != 0
        }

        @Test func aPlanTellsWhatIsFinishedAndThatItIsNotAll() async throws {
            let example = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Examples/plan.yaml").path
            let outcome = try await interrupt("plan", example, "--simulate", "--seeds", "1000", after: 5)
            #expect(outcome.status == 130 && outcome.output.contains("PARTIAL: 1000 were asked for"), "\(outcome)")
        }

        @Test func largeClustersThatAreFinishedAreTold() async throws {
            let outcome = try await interrupt("simulate", "--nodes", "20,60000", "--hours", "1", "--start", "paced", after: 4)
            let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("berth ") }
            #expect(outcome.status == 130 && rows.count == 1 && rows.first?.contains(" 20 ") == true, "\(outcome)")
        }

        @Test func withNothingFinishedItSaysSo() async throws {
            let outcome = try await interrupt("simulate", "--nodes", "60000", "--hours", "1", "--start", "paced", after: 0.1)
            #expect(outcome.status == 130 && outcome.output == "" && outcome.errors.contains("before the first cluster"), "\(outcome)")
        }
    }
}
