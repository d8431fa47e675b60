import Addressing
import NetworkSnapshots
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct FullNode {
        /// As many pods of one family as one node takes, and how its pool is set up.
        struct Load: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let pods: Int
            let settings: [String: Int]
            /// Free IPv4 addresses to wait for at the start.
            let freeAtStart: Int
        }

        static let loads = [
            Load(
                testDescription: "500 pods by IPv6", pods: 500,
                settings: ["ENABLE_IPv4": 0, "ENABLE_IPv6": 1, "ENABLE_PREFIX_DELEGATION": 1, "IP_COOLDOWN_PERIOD": 0], freeAtStart: 0),
            Load(
                testDescription: "500 pods by IPv4 prefixes", pods: 500,
                settings: ["ENABLE_PREFIX_DELEGATION": 1, "IP_COOLDOWN_PERIOD": 0, "WARM_PREFIX_TARGET": 1, "BERTH_MAX_PODS": 500],
                freeAtStart: 1),
        ]

        /// Rules, routes of every table, links, addresses, firewall and sysctls are compared line by line, of both families.
        @Test(arguments: loads)
        func whenAllItsPodsAreGoneTheNodeIsAsBefore(load: Load) throws {
            let description = SimulatedCluster.Description(
                instanceType: "m5.24xlarge", settings: load.settings, freeAtStart: load.freeAtStart)
            try SimulatedCluster.run([description]) { cluster in
                let node = cluster.nodes[0]
                let before = try node.namespace.settledText()
                let pods = try (0..<load.pods).map { try Pod("web-\($0)", on: node) }
                let results = try onThreads(16, pods) { try $0.call("ADD") }
                #expect(results.allSatisfy { $0.status == 0 }, "\(results.filter { $0.status != 0 }.prefix(3))")
                let addresses = results.flatMap(\.addresses).map(\.network)
                #expect(Set(addresses).count == load.pods)
                #expect(try Set(node.pods().flatMap(\.addresses)) == Set(addresses))

                let checks = try onThreads(16, Array(zip(pods, results))) { pod, result in
                    try pod.call("CHECK", NetworkConfiguration(previousResult: result.output))
                }
                #expect(checks.allSatisfy { $0.status == 0 }, "\(checks.filter { $0.status != 0 }.prefix(3))")
                for (from, to) in [(0, load.pods - 1), (load.pods - 1, 0), (load.pods / 2, 1)] {
                    #expect(try pods[from].reaches(addresses[to]), "\(pods[from].name) to \(addresses[to])")
                }

                _ = try onThreads(16, pods) { try $0.delete() }
                #expect(try node.pods() == [])
                let differences = try differences(of: node, from: before)
                #expect(differences == [])
            }
        }

        /// What differs once the links of the deleted pods are gone, which follows their DEL.
        private func differences(of node: SimulatedNodeProcess, from before: NamespaceSnapshot) throws -> [String] {
            var differences: [String] = []
            _ = try eventually {
                differences = try node.namespace.text().differences(from: before)
                return differences.isEmpty
            }
            return Array(differences.prefix(20))
        }
    }
}
