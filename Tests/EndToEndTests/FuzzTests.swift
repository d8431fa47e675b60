import Foundation
import SeededRandom
import Testing

extension EndToEnd {
    /// The reader of CNI requests, given more inputs than any runtime will ever write.
    @Suite struct Fuzz {
        private static let tool = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("CNIFuzzTool").path

        @Test func tenMillionInputsNeitherCrashTheReaderNorHangItNorLoseAKey() throws {
            let tool = try #require(Self.tool)
            // Half a minute for each process, and ten times as much on a busy machine.
            let processes = try (1...2).map { seed in
                try ChildProcess(["timeout", "300", tool, "5000000", "\(seed)"])
            }
            for process in processes {
                let outcome = process.finish()
                #expect(outcome.status == 0 && outcome.output.hasPrefix("inputs=5000000 "), "\(outcome)")
                #expect(outcome.output.hasSuffix("codes=[1, 2, 4, 6, 7]\n"), "\(outcome)")
                print("fuzz: \(outcome.output)", terminator: "")
            }
        }

        /// The plugin reads the version alone, with a reader of its own, and runs as root.
        @Test func thePluginsOwnReaderStandsWhateverIsOnStandardInput() throws {
            let whole =
                #"{"name":"berth","x":{"cniVersion":"9","a":[1,-2.5e3,true,null,{"b":"\\"}]},"s":"é \" }","cniVersion":"0.4.0","t":[]}"#
            #expect(try version(of: whole) == "0.4.0")
            var random = SplitMix64(seed: 20)
            for number in 0..<2_000 {
                var text = Array(whole.unicodeScalars)
                for _ in 0...random.below(4) { damage(&text, &random) }
                let input = String(String.UnicodeScalarView(text))
                let told = try version(of: input)
                #expect(told.allSatisfy { $0.isNumber || $0 == "." } && !told.isEmpty, "input \(number): \(input)")
            }
        }

        /// The version in which the plugin answers VERSION.
        private func version(of input: String) throws -> String {
            let outcome = try ChildProcess.run([Programs.plugin], environment: ["CNI_COMMAND": "VERSION"], input: input)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome) of \(input)")
            return outcome.json["cniVersion"] as? String ?? ""
        }

        private func damage(_ text: inout [Unicode.Scalar], _ random: inout SplitMix64) {
            guard !text.isEmpty else { return }
            let place = random.below(text.count)
            switch random.below(4) {
            case 0: text.remove(at: place)
            case 1: text.insert(Array("\"\\{}[]:,\u{0}\u{7f}é".unicodeScalars)[random.below(11)], at: place)
            case 2: text.removeSubrange(place..<min(text.count, place + 1 + random.below(40)))
            default: text.insert(contentsOf: text[place..<min(text.count, place + 1 + random.below(200))], at: place)
            }
        }
    }
}
