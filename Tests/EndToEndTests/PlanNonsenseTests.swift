import Foundation
import Testing

extension EndToEnd {
    /// `berth plan` fed with nonsense: every fault with its line and what to do, in little time and memory.
    @Suite(.serialized) struct PlanNonsense {
        struct Nonsense: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// Lines of standard error; the 101st says how many more there are.
            var faults: Int
            var says: [String]
            var yaml: String
        }

        private static let group = "nodeGroups: [{name: g, instanceTypes: [m5.large], nodes: 1}]\n"
        private static let subnet = "subnets: [{id: subnet-0a, zone: a, cidr: 10.0.0.0/20}]\n"

        static let all = [
            Nonsense(
                testDescription: "overlapping blocks", faults: 1, says: [":2: subnet subnet-0b with 10.0.0.0/24 overlaps subnet-0a"],
                yaml: "subnets: [{id: subnet-0a, zone: a, cidr: 10.0.0.0/20},\n  {id: subnet-0b, zone: a, cidr: 10.0.0.0/24}]\n" + group),
            Nonsense(
                testDescription: "a thousand overlapping blocks", faults: 101, says: ["overlaps"],
                yaml: "subnets:\n" + (0..<1000).map { "- {id: subnet-\($0), zone: a, cidr: 10.0.0.0/16}\n" }.joined() + group),
            Nonsense(
                testDescription: "a /30", faults: 1, says: [":1: \"cidr\" is \"10.0.0.0/30\". Give an IPv4 block of length 16 to 28"],
                yaml: "subnets: [{id: subnet-0a, zone: a, cidr: 10.0.0.0/30}]\n" + group),
            Nonsense(
                testDescription: "an unknown type", faults: 1,
                says: [":2: \"m5.larg\" is no instance type that is known. Did you mean m5.large"],
                yaml: subnet + group.replacing("m5.large", with: "m5.larg")),
            Nonsense(
                testDescription: "a hundred unknown types", faults: 100, says: ["is no instance type"],
                yaml: subnet + "nodeGroups: [{name: g, nodes: 1, instanceTypes: [\n"
                    + (0..<100).map { "x\($0).huge" }.joined(separator: ",\n") + "]}]\n"),
            Nonsense(
                testDescription: "negative counts", faults: 3,
                says: [":1: \"used\" is \"-1\"", ":2: \"nodes\" is \"-1\"", ":3: \"pods\" is \"-1\""],
                yaml: subnet.replacing("}]", with: ", used: -1}]") + group.replacing("nodes: 1", with: "nodes: -1")
                    + "workloads: [{name: w, pods: -1}]\n"),
            Nonsense(
                testDescription: "ten megabytes of aliases", faults: 1, says: [":1: it has more than 1048576 bytes"],
                yaml: String(repeating: "a: &a [*a, *a, *a]\n", count: 550_000)),
            Nonsense(
                testDescription: "a megabyte of aliases", faults: 101, says: [":1: anchors (&name) and aliases (*name) are not taken"],
                yaml: String(repeating: "- &a [*a, *a]\n", count: 70_000)),
            Nonsense(testDescription: "a cycle", faults: 1, says: [":1: anchors"], yaml: "a: &a {b: *a}\n"),
            Nonsense(
                testDescription: "80,000 unknown fields", faults: 101, says: [":1: \"k0\" is not a known field"],
                yaml: (0..<80_000).map { "k\($0): 1" }.joined(separator: "\n")),
            Nonsense(
                testDescription: "lists in lists", faults: 1, says: ["too deep"], yaml: String(repeating: "[", count: 1_000_000)),
            Nonsense(
                testDescription: "100,000 groups", faults: 1, says: [":3: there are 100000 entries in \"nodeGroups\". Write at most 1000"],
                yaml: subnet + "nodeGroups:\n" + String(repeating: "- {}\n", count: 100_000)),
            Nonsense(
                testDescription: "bytes that are no text", faults: 1, says: [":1: "], yaml: String(repeating: "\u{0}\u{1}", count: 400_000)),
        ]

        @Test(arguments: all) func everyFaultIsToldInLittleTimeAndMemory(nonsense: Nonsense) throws {
            let outcome = try plan(nonsense.yaml)
            let lines = outcome.errors.split(separator: "\n")
            #expect(outcome.status == 2 && outcome.output == "", "\(outcome.status)")
            #expect(
                lines.count == nonsense.faults && nonsense.says.allSatisfy { outcome.errors.contains($0) }, "\(outcome.errors.prefix(2000))"
            )
            for line in lines.prefix(100) {
                // A place with a line, what is wrong, and what to do.
                #expect(line.firstMatch(of: /^berth: plan\.yaml:\d+: .+\S[.?] ?.*\S/) != nil && line.contains(". "), "\(line)")
            }
            expectLittle(outcome)
        }

        /// As many workloads and events as a file may nearly have.
        @Test func aLargePlanTakesLittleTimeAndMemoryToo() throws {
            let workloads = (0..<990).map { "- {name: w\($0), pods: 20}\n" }.joined()
            let events = (0..<90).map { "- rollingUpdate: w\($0)\n" }.joined()
            let outcome = try plan(
                Self.subnet.replacing("/20", with: "/16") + Self.group.replacing("nodes: 1", with: "nodes: {desired: 10, max: 5000}")
                    + "workloads:\n" + workloads + "events:\n" + events)
            #expect(outcome.status == 0 && outcome.output.hasPrefix("FITS: 734 nodes with 19800 pods"), "\(outcome)")
            expectLittle(outcome)
        }

        /// A second is asked for; the bound on time of the CPU is twice that for machines that are slow or busy.
        private func expectLittle(_ outcome: ChildProcess.Outcome) {
            #expect(outcome.cpuSeconds < 2, "\(outcome.cpuSeconds) s of CPU time")
            #expect(outcome.memoryBytesMax < 200 << 20, "\(outcome.memoryBytesMax) bytes")
        }

        /// Runs with a file of that text.
        private func plan(_ yaml: String) throws -> ChildProcess.Outcome {
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-plan-\(UUID().uuidString).yaml")
            try Data(yaml.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            var outcome = try ChildProcess.run([Programs.berth, "plan", file.path])
            outcome.errors = outcome.errors.replacing(file.path, with: "plan.yaml")
            return outcome
        }

        /// The daemon's files are read by the same rules.
        @Test(arguments: [["--simulate"], ["--config"]]) func aBombInAFileOfTheDaemonIsRefusedAsWell(option: [String]) throws {
            let bomb = "a: &a [x, x]\n" + (0..<60).map { "b\($0): &b\($0) [*\($0 == 0 ? "a" : "b\($0 - 1)"), *a]\n" }.joined()
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-bomb-\(UUID().uuidString).yaml")
            try Data(bomb.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let folder = file.path + ".run"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let node = option == ["--simulate"] ? ["--node", "a", "--vpc", file.path + ".vpc"] : []
            let outcome = try ChildProcess.run([Programs.daemon] + option + [file.path] + node + ["--run-directory", folder])
            #expect(outcome.status != 0 && outcome.errors.contains("\(file.path):1: anchors (&name)"), "\(outcome)")
            #expect(outcome.errors.contains("\(file.path):61: anchors") && outcome.errors.contains("Write the value out"))
            expectLittle(outcome)
        }
    }
}
