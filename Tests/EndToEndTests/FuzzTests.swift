import Foundation
import Testing

extension EndToEnd {
    /// The reader of CNI requests, given more inputs than any runtime will ever write.
    @Suite struct Fuzz {
        private static let tool = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("CNIFuzzTool").path

        @Test func tenMillionInputsNeitherCrashTheReaderNorHangItNorLoseAKey() throws {
            let tool = try #require(Self.tool)
            // Half a minute for each process, and three times as much on a busy machine.
            let processes = try (1...2).map { seed in
                try ChildProcess(["timeout", "120", tool, "5000000", "\(seed)"])
            }
            for process in processes {
                let outcome = process.finish()
                #expect(outcome.status == 0 && outcome.output.hasPrefix("inputs=5000000 "), "\(outcome)")
                #expect(outcome.output.hasSuffix("codes=[1, 2, 4, 6, 7]\n"), "\(outcome)")
                print("fuzz: \(outcome.output)", terminator: "")
            }
        }
    }
}
