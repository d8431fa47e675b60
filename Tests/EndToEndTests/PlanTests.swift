import Foundation
import Testing

extension EndToEnd {
    /// `berth plan` from outside; it needs no node.
    @Suite struct PlanCommand {
        private static let repository = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        private static let example = repository.appending(path: "Examples/plan.yaml").path

        private struct Answer: Decodable {
            var schema: String
            var fits: Bool
            var findings: [Finding]
            var subnets: [Subnet]
            var nodeTypes: [NodeType]
            var situations: [Situation]

            struct Finding: Decodable {
                var code: String
                var place: String
            }

            struct Subnet: Decodable {
                var id: String
                var usableAddresses: Int
            }

            struct NodeType: Decodable {
                var instanceType: String
                var maxPodsByMode: [String: Int]
            }

            struct Situation: Decodable {
                var name: String
                var addresses: Int
                var warmAddresses: Int
                var secondsToAllRunning: Double?
            }
        }

        private func plan(_ arguments: String...) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth, "plan"] + arguments)
        }

        /// Runs with a file of that text.
        private func plan(yaml: String, _ arguments: String...) throws -> ChildProcess.Outcome {
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-plan-\(UUID().uuidString).yaml")
            try Data(yaml.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            var outcome = try ChildProcess.run([Programs.berth, "plan", file.path] + arguments)
            outcome.errors = outcome.errors.replacing(file.path, with: "plan.yaml")
            return outcome
        }

        private func answer(_ outcome: ChildProcess.Outcome) throws -> Answer {
            try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        }

        private static func aws(nodes: Int, length: Int = 24) -> String {
            """
            subnets: [{id: subnet-0a, zone: zone-a, cidr: 10.0.0.0/\(length)}]
            nodeGroups: [{name: general, instanceTypes: [c5.large], nodes: \(nodes)}]
            workloads: [{name: coredns, pods: 2}]
            """
        }

        @Test func theExampleOfAWSIsToldAsJSON() throws {
            let outcome = try plan(yaml: Self.aws(nodes: 3), "--output", "json")
            let answer = try answer(outcome)
            #expect(outcome.status == 0 && outcome.errors == "" && answer.schema == "berth/plan/1" && answer.fits)
            #expect(answer.situations.map(\.addresses) == [50] && answer.situations.map(\.warmAddresses) == [43])
            #expect(answer.subnets.map(\.usableAddresses) == [251])
            #expect(answer.nodeTypes[0].maxPodsByMode == ["secondary": 29, "prefix": 110, "ipv6": 110, "dual": 29, "dual-prefix": 110])
        }

        @Test func whatDoesNotFitEndsWithOneAndSaysWhy() throws {
            let outcome = try plan(yaml: Self.aws(nodes: 30))
            #expect(outcome.status == 1 && outcome.errors == "")
            #expect(outcome.output.hasPrefix("DOES NOT FIT, for 1 reason below: 30 nodes with 2 pods take 320 addresses"), "\(outcome)")
            #expect(outcome.output.contains("fault subnet-full: subnet-0a with 10.0.0.0/24 is short of 69 addresses in steady"))
            let json = try answer(plan(yaml: Self.aws(nodes: 30), "--output", "json"))
            #expect(!json.fits && json.findings.map(\.code) == ["subnet-full"])
        }

        @Test func theSameFileGivesTheSamePlan() throws {
            for output in ["table", "json", "csv"] {
                let outcomes = try (0..<3).map { _ in try plan(Self.example, "--output", output) }
                #expect(outcomes.allSatisfy { $0.output == outcomes[0].output && $0.status == 0 })
            }
        }

        @Test func aSeriesHasALineForEachSubnetInEachSituation() throws {
            let lines = try plan(Self.example, "--output", "csv").output.split(separator: "\n").map { $0.split(separator: ",") }
            // Eleven situations of three subnets, of which one is lost in one.
            #expect(lines.count == 1 + 11 * 3 - 1 && lines.allSatisfy { $0.count == 11 })
            #expect(lines[0][0] == "situation" && lines[1].prefix(3) == ["steady", "subnet-0a", "eu-central-1a"])
        }

        @Test func changesAndDatesAreToldWhenAsked() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-free-\(UUID().uuidString).csv")
            let lines = (1...28).map { "2026-11-\($0 < 10 ? "0" : "")\($0),subnet-0a,\(200 - 2 * $0)" }
            try Data(("date,subnet,free_addresses\n" + lines.joined(separator: "\n")).utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let goal = "\ngoals: {horizonDays: 30}"
            let outcome = try plan(yaml: Self.aws(nodes: 3), "--advice", "--history", file.path)
            // 144 are left on the 28th, two less each day.
            #expect(
                outcome.status == 0 && outcome.output.contains("2027-02-08") && outcome.output.contains("Set WARM_IP_TARGET to 1"),
                "\(outcome)")
            #expect(try plan(yaml: Self.aws(nodes: 3) + goal, "--history", file.path).status == 0)
            #expect(try plan(yaml: Self.aws(nodes: 3) + goal.replacing("30", with: "90"), "--history", file.path).status == 1)
            let bad = try plan(yaml: Self.aws(nodes: 3), "--history", "/dev/null")
            #expect(bad.status == 2 && bad.errors.contains("/dev/null:1: the file is empty"), "\(bad)")
        }

        @Test func initWritesTheExampleAndNeverOverAFile() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "berth-plan-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "plan.yaml").path
            #expect(try plan("init", file).status == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == String(contentsOfFile: Self.example, encoding: .utf8))
            try Data("mine".utf8).write(to: URL(filePath: file))
            let again = try plan("init", file)
            #expect(again.status == 2 && again.errors.contains("does not exist yet"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
            #expect(try plan("init", "-").output == String(contentsOfFile: Self.example, encoding: .utf8))
        }

        /// Nonsense, and a word of what is told of it.
        @Test(arguments: [
            (
                "subnets: [{id: subnet-0a, zone: a, cidr: 10.0.0.0/30}]\nnodeGroups: [{name: g, instanceTypes: [m5.big], nodes: -1}]", 3,
                "plan.yaml:1:"
            ),
            ("a: &a [x]\nb: [*a]\n", 1, "plan.yaml:1: anchors"),
            (String(repeating: "- &a [*a, *a]\n", count: 60_000), 101, "plan.yaml:1: anchors"),
            (String(repeating: "[", count: 500_000), 1, "plan.yaml:"), ("", 1, "plan.yaml"), ("\u{0}", 1, "plan.yaml"),
        ])
        func nonsenseIsRefusedWithEveryFaultOnALine(yaml: String, faults: Int, words: String) throws {
            let outcome = try plan(yaml: yaml)
            let lines = outcome.errors.split(separator: "\n")
            #expect(outcome.status == 2 && outcome.output == "" && lines.count == faults && outcome.errors.contains(words), "\(outcome)")
        }

        /// The limit on memory is a tenth of what ten levels of aliases would take.
        @Test func tenMegabytesOfAliasesAreNotEvenRead() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-plan-\(UUID().uuidString).yaml")
            try Data(String(repeating: "a: &a [*a, *a, *a]\n", count: 550_000).utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            for path in [file.path, "/dev/zero"] {
                let outcome = try ChildProcess.run(["sh", "-c", "ulimit -v 2000000; exec \"$0\" plan \"$1\"", Programs.berth, path])
                #expect(outcome.status == 2 && outcome.errors.contains(":1: it has more than 1048576 bytes"), "\(outcome)")
            }
        }

        @Test(arguments: [
            (["/nowhere/plan.yaml"], "cannot be opened"), (["/"], "cannot be read"), ([], "file"), (["--output", "xml", "x"], "csv"),
        ])
        func aFileThatCannotBeReadIsBadInput(arguments: [String], words: String) throws {
            let outcome = try ChildProcess.run([Programs.berth, "plan"] + arguments)
            #expect(outcome.status == 2 && outcome.output == "" && outcome.errors.contains(words), "\(outcome)")
        }

        /// What a page shows as printed is printed.
        @Test func theWorkedExampleIsWhatItsCommandsPrint() throws {
            let page = Self.repository.appending(path: "Docs/Concepts/TwiceThePods.md")
            let text = try String(contentsOf: page, encoding: .utf8)
            let folder = URL(filePath: Programs.berth).deletingLastPathComponent().path
            var written = ""
            var commands = 0
            for part in text.split(separator: "```console\n", omittingEmptySubsequences: false) {
                guard part.hasPrefix("$ "), let end = part.range(of: "```\n") else {
                    written += part
                    continue
                }
                commands += 1
                let command = part.dropFirst(2).prefix { $0 != "\n" }
                let outcome = try ChildProcess.run(["sh", "-c", "PATH=\(folder):$PATH; cd \(Self.repository.path); \(command)"])
                #expect(outcome.errors == "", "\(command)")
                written += "```console\n$ \(command)\n\(outcome.output)```\n" + part[end.upperBound...]
            }
            if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
                try Data(written.utf8).write(to: page, options: .atomic)
            } else {
                #expect(commands >= 3 && text == written, "run this test with UPDATE_DOCS=1")
            }
        }

        // MARK: - The schema

        /// What a validator of JSON Schema says of a file: nothing when it is valid.
        private func schemaErrors(_ yaml: String) throws -> String {
            let script = """
                import json, sys, yaml, jsonschema
                schema = json.load(open(sys.argv[1]))
                validator = jsonschema.Draft202012Validator
                validator.check_schema(schema)
                print("\\n".join(error.message for error in validator(schema).iter_errors(yaml.safe_load(sys.stdin))))
                """
            let python = Self.repository.appending(path: ".build-python/bin/python").path
            let schema = Self.repository.appending(path: "Docs/Reference/plan-scenario.schema.json").path
            let outcome = try ChildProcess.run([python, "-c", script, schema], input: yaml)
            #expect(outcome.status == 0, "\(outcome)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test(arguments: ["plan", "plan-7500-pods", "plan-15000-pods"]) func anExampleKeepsToTheSchemaAndFits(name: String) throws {
            let file = Self.repository.appending(path: "Examples/\(name).yaml").path
            #expect(try schemaErrors(String(contentsOfFile: file, encoding: .utf8)) == "")
            #expect(try plan(file).status == 0)
        }

        @Test func theFileOfTheseTestsKeepsToTheSchema() throws {
            #expect(try schemaErrors(Self.aws(nodes: 3)) == "")
        }

        /// What the reader refuses by itself, without a look at the rest of the file, the schema refuses as well.
        @Test(arguments: [
            ("used: 40", "used: -40"), ("cidr: 10.0.0.0/20", "cidr: 10.0.0.0/30"), ("mode: secondary", "mode: overlay"),
            ("type: explicit", "type: shared"), ("surge: 10%", "surge: 101%"), ("maxPods: 58", "maxPods: 1"), ("pods: 1500", "pods: -1"),
            ("headroom: 10%", "headroom: 95%"), ("- clusterUpgrade: true", "- earthquake: true"), ("daemonSet: true", "daemonSet: perhaps"),
            ("AttachNetworkInterface:", "AttachNetworkInterfaces:"), ("burst: 50", "burst: 0"), ("network: host", "network: hots"),
            ("goals:", "goal:"), ("lifetimeSeconds: 14400", "lifetimeSecond: 14400"), ("enis: 4", "enis: 101"),
            ("WARM_IP_TARGET: 4", "WARM_IP: 4"),
        ])
        func aMistakeIsRefusedBySchemaAndReaderAlike(text: String, mistake: String) throws {
            let example = try String(contentsOfFile: Self.example, encoding: .utf8)
            let yaml = example.replacing(text, with: mistake)
            #expect(yaml != example)
            #expect(try schemaErrors(yaml) != "")
            #expect(try plan(yaml: yaml).status == 2)
        }
    }
}
