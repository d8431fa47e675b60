import Foundation
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct CommandLineOfANode {
        private func berth(_ command: String, _ node: SimulatedNodeProcess, json: Bool) throws -> ChildProcess.Outcome {
            let format = json ? ["--output", "json"] : []
            return try ChildProcess.run([Programs.berth, command, "--socket", "\(node.runDirectory)/api.sock"] + format)
        }

        private func report<Report: Decodable>(_ command: String, _ node: SimulatedNodeProcess) throws -> Report {
            let outcome = try berth(command, node, json: true)
            #expect(outcome.status == 0 && outcome.errors == "")
            return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        }

        @Test func theReportsAreTheDaemonsStateAsJSONAndAsTables() throws {
            try SimulatedCluster.runOne { node in
                let pods = try (0..<4).map { try Pod("web-\($0)", on: node) }
                let addresses = try pods.map { try $0.add() }
                #expect(try eventually { try node.status().callsInFlight == 0 })

                #expect(try (report("status", node) as StatusReport) == node.status())
                #expect(try (report("pods", node) as PodsReport).pods == node.pods())
                #expect(try (report("enis", node) as ENIsReport).enis == node.enis())
                #expect(try node.pods().map(\.address) == addresses.sorted())
                let status = try node.status()
                #expect(status.schema == "berth/status/1" && status.pods == 4 && status.addresses.held == 4)

                let table = try berth("pods", node, json: false).output.split(separator: "\n")
                #expect(table.first?.hasPrefix("NAMESPACE") == true && table.count == 5, "\(table)")
                for pod in pods { #expect(table.contains { $0.contains(pod.name) && $0.contains("wired") }) }
                let enis = try berth("enis", node, json: false).output.split(separator: "\n")
                #expect(enis.first?.hasPrefix("ENI") == true && enis.count == status.enis + 1, "\(enis)")
                #expect(try berth("status", node, json: false).output.contains("4 held"))
            }
        }

        @Test(arguments: ["status", "pods", "enis"])
        func withoutADaemonTheExitCodeIsThree(command: String) throws {
            let outcome = try ChildProcess.run([Programs.berth, command, "--socket", "/tmp/berth-e2e-nowhere/api.sock"])
            #expect(outcome.status == 3 && outcome.output == "", "\(outcome)")
            #expect(outcome.errors.contains("/tmp/berth-e2e-nowhere/api.sock") && outcome.errors.contains("Is berthd running"))
        }

        @Test func anUnknownCommandOrFormatIsBadInput() throws {
            for arguments in [["pods", "--output", "xml"], ["jump"]] {
                let outcome = try ChildProcess.run([Programs.berth] + arguments)
                #expect(outcome.status == 2 && outcome.errors.contains("Usage:"), "\(outcome)")
            }
        }
    }
}
