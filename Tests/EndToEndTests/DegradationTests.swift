import Foundation
import NodeReports
import Testing

extension EndToEnd {
    /// `berth degrade` against a daemon that serves pods.
    @Suite struct Degradation {
        private func berth(_ words: String..., node: SimulatedNodeProcess) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth] + words + ["--socket", "\(node.runDirectory)/api.sock"])
        }

        @Test func anOrderHoldsOverARestartUntilTheNextOne() throws {
            // A t3.small has three addresses on an ENI; one is kept ready.
            let settings = ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 3, "BERTH_ADD_BUDGET": 1]
            try SimulatedCluster.runOne(settings: settings) { node in
                let stop = try berth("degrade", "stop-calls", node: node)
                #expect(stop.status == 0 && stop.output.hasPrefix("stop-calls, ordered by an operator"), "\(stop)")
                let pods = try (0..<4).map { try Pod("web-\($0)", on: node) }
                for pod in pods.prefix(3) { try pod.add() }
                let refused = try pods[3].call("ADD")
                #expect(refused.status == 1 && refused.code == 128, "\(refused)")
                #expect(refused.message.contains("berth degrade normal"), "\(refused)")
                #expect(try node.enis().count == 1 && node.status().reason?.code == "calls-stopped")
                #expect(try berth("status", node: node).output.contains("stop-calls, ordered by an operator"))

                #expect(node.terminate() == 0)
                try node.start(awaiting: 0)
                #expect(try node.status().degradation.order == "stop-calls")
                #expect(try pods[3].call("ADD").code == 128)

                let normal = try berth("degrade", "normal", "--output", "json", node: node)
                let report = try JSONDecoder().decode(DegradationReport.self, from: Data(normal.output.utf8))
                #expect(report.state == "normal" && report.schema == DegradationReport.schema)
                #expect(try eventually { try node.status().addresses.free > 0 })
                try pods[3].add()
            }
        }

        @Test func theMetricsAreServedOnTheSocketOfTheReports() throws {
            try SimulatedCluster.runOne { node in
                try Pod("web", on: node).add()
                let page = try node.metrics()
                #expect(page.contains("\nawscni_assigned_ip_addresses 1\n"), "\(page)")
                #expect(page.contains("\nberth_degradation{state=\"normal\"} 1\n"), "\(page)")
            }
        }

        @Test func anUnknownOrderIsBadInput() throws {
            let outcome = try ChildProcess.run([Programs.berth, "degrade", "everything"])
            #expect(outcome.status == 2 && outcome.errors.contains("everything"), "\(outcome)")
        }
    }
}
