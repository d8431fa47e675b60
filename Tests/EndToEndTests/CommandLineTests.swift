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
                #expect(try node.pods().compactMap(\.ipv4) == addresses.sorted())
                let status = try node.status()
                #expect(status.schema == "berth/status/1" && status.pods == 4 && status.addresses.held == 4)

                let table = try berth("pods", node, json: false).output.split(separator: "\n")
                #expect(table.first?.hasPrefix("NAMESPACE") == true && table.count == 5, "\(table)")
                for pod in pods { #expect(table.contains { $0.contains(pod.name) && $0.contains("wired") }) }
                let enis = try berth("enis", node, json: false).output.split(separator: "\n")
                #expect(enis.first?.hasPrefix("ENI") == true && enis.count == status.enis + 1, "\(enis)")
                #expect(try berth("status", node, json: false).output.contains("4 held"))
                let orphans = try berth("enis", "--orphans", node: node)
                #expect(orphans.status == 0 && orphans.output.contains("No ENI of the VPC is attached to nothing"), "\(orphans)")
            }
        }

        @Test func explainSaysWhyAPodHasNoAddressAndWhyAPoolIsAsLargeAsItIs() throws {
            // t3.nano has 2 ENIs of 2 addresses each, so 2 of a pod's.
            let settings = ["BERTH_ADD_BUDGET": 1, "IP_COOLDOWN_PERIOD": 0, "WARM_ENI_TARGET": 1]
            try SimulatedCluster.runOne("t3.nano", settings: settings) { node in
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                for pod in pods.prefix(2) { try pod.add() }
                #expect(try pods[2].call("ADD").status == 1)

                let held = try berth("explain", "pod", "default/web-0", node: node)
                #expect(held.status == 0 && held.output.contains("holds 10.0."), "\(held)")
                let refused = try berth("explain", "pod", "web-2", node: node)
                #expect(refused.status == 1 && refused.output.contains("eni-slots-used-up: All 2 ENIs"), "\(refused)")
                let unknown = try berth("explain", "pod", "default/nobody", node: node)
                #expect(unknown.status == 1 && unknown.output.contains("No pod default/nobody"), "\(unknown)")
                #expect(try berth("explain", "pod", "a/b/c", node: node).status == 2)

                let pool = try berth("explain", "pool", node: node)
                #expect(pool.status == 0 && pool.output.contains("1 spare ENIs of 1 addresses (WARM_ENI_TARGET)"), "\(pool)")
                #expect(pool.output.contains("2: 2 held, 0 cooling, 0 free"), "\(pool.output)")
                let report = try JSONDecoder().decode(
                    PoolsReport.self, from: Data(try berth("explain", "pool", "--output", "json", node: node).output.utf8))
                #expect(report.schema == "berth/pools/1" && report.pools.map(\.enis) == [2])
            }
        }

        private func berth(_ arguments: String..., node: SimulatedNodeProcess) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth] + arguments + ["--socket", "\(node.runDirectory)/api.sock"])
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
