import Foundation
import Testing

extension EndToEnd {
    /// What `berthd` says of faulty input. Nothing is made for these, so they need no namespace.
    @Suite struct FaultyConfiguration {
        private func run(_ yaml: String?, node: String = "node-a", _ environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
            let folder = "/tmp/berth-e2e-\(getpid())-configuration"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try yaml?.write(toFile: "\(folder)/scenario.yaml", atomically: true, encoding: .utf8)
            let outcome = try ChildProcess.run(
                [
                    Programs.daemon, "--simulate", "\(folder)/scenario.yaml", "--node", node, "--run-directory", "\(folder)/run", "--vpc",
                    "\(folder)/vpc.json",
                ], environment: ChildProcess.environment.merging(environment) { $1 })
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/run"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/vpc.json"))
            #expect(outcome.output == "")
            return outcome
        }

        /// A scenario whose node has these settings, each on a line of its own from line 10 on.
        private func scenario(settings: [String] = [], extra: String = "") -> String {
            let block = settings.isEmpty ? "{}" : "\n" + settings.map { "      \($0)" }.joined(separator: "\n")
            return """
                seed: 1
                fabric: berth-e2e-unused
                subnets:
                  - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24}
                nodes:
                  - name: node-a
                    instanceType: t3.small
                    subnet: subnet-0a
                    settings: \(block)
                \(extra)
                """
        }

        @Test func everyFaultIsToldInOneRunWithItsPlaceAndARemedy() throws {
            let outcome = try run(
                scenario(settings: ["WARM_IP_TARGE: 1", "MAX_ENI: 0", "IP_COOLDOWN_PERIOD: soon"], extra: "color: blue"), node: "node-z",
                ["BERTH_SOKET": "/x", "WARM_ENI_TARGET": "-1"])
            #expect(outcome.status == 2)
            let lines = outcome.errors.split(separator: "\n").map(String.init)
            let expected = [
                ("scenario.yaml:10:", "WARM_IP_TARGE is not a known setting", "Did you mean WARM_IP_TARGET?"),
                ("scenario.yaml:11:", "MAX_ENI is \"0\"", "from 1 to 100"),
                ("scenario.yaml:12:", "IP_COOLDOWN_PERIOD is \"soon\"", "from 0 to 86400"),
                ("scenario.yaml:13:", "\"color\" is not a known field", "seed"),
                ("environment:", "BERTH_SOKET is not a variable of Berth", "Did you mean BERTH_SOCKET?"),
                ("environment:", "WARM_ENI_TARGET is \"-1\"", "from 0 to 100"),
            ]
            for (place, problem, remedy) in expected {
                #expect(
                    lines.contains { $0.contains(place) && $0.contains(problem) && $0.contains(remedy) }, "\(problem): \(outcome.errors)")
            }
            #expect(lines.count == expected.count && lines.allSatisfy { $0.hasPrefix("berthd: ") }, "\(outcome.errors)")
        }

        @Test func aNodeThatIsNotInTheScenarioIsToldWithThoseThatAre() throws {
            let outcome = try run(scenario(), node: "node-z")
            #expect(outcome.status == 2 && outcome.errors.contains("there is no node \"node-z\". Name one of node-a"), "\(outcome.errors)")
        }

        @Test func aFileThatIsMissingIsToldByItsPath() throws {
            let outcome = try run(nil)
            #expect(outcome.status == 2 && outcome.errors.contains("scenario.yaml: the file cannot be read"), "\(outcome.errors)")
        }

        @Test func aFileThatIsNotYAMLIsToldByItsLine() throws {
            let outcome = try run("seed: 1\nsubnets: [\n  {id: subnet-0a\nnodes: ]")
            #expect(outcome.status == 2, "\(outcome.errors)")
            #expect(outcome.errors.contains("scenario.yaml:4: "), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }

        @Test func anInstanceTypeThatDoesNotExistIsToldByItsLine() throws {
            let outcome = try run(scenario().replacingOccurrences(of: "t3.small", with: "t3.tiny"))
            #expect(outcome.status == 2 && outcome.errors.contains("scenario.yaml:7: \"instanceType\" is \"t3.tiny\""), "\(outcome.errors)")
        }

        @Test func optionsThatAreUnknownOrMissingAreBadInput() throws {
            for arguments in [["--simulate", "a.yaml"], ["--simulate", "a.yaml", "--node", "n", "--color", "blue"]] {
                let outcome = try ChildProcess.run([Programs.daemon] + arguments)
                #expect(outcome.status == 2 && outcome.errors.contains("Usage:"), "\(outcome)")
            }
        }
    }
}
