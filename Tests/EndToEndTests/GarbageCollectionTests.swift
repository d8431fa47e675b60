import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct GarbageCollection {
        private func configuration(keeping pods: [Pod]) -> NetworkConfiguration {
            let list = pods.map { #"{"containerID":"\#($0.containerID)","ifname":"eth0"}"# }.joined(separator: ",")
            return NetworkConfiguration(version: "1.1.0", more: #","cni.dev/valid-attachments":[\#(list)]"#)
        }

        @Test func garbageCollectionFreesWhatIsNotListedAndKeepsTheRest() throws {
            try SimulatedCluster.runOne(settings: ["IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0]) { node in
                let before = try KernelSnapshot(node.namespace)
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                let addresses = try pods.map { try $0.add() }
                let outcome = try node.plugin("GC", configuration(keeping: Array(pods[..<2])))
                #expect(outcome.status == 0 && outcome.output == "", "\(outcome)")
                #expect(try node.held() == [pods[0].containerID: addresses[0], pods[1].containerID: addresses[1]])
                #expect(try pods[0].reaches(addresses[1]))
                #expect(try node.plugin("GC", configuration(keeping: [])).status == 0)
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func garbageCollectionLeavesAPodAloneThatTheRuntimesListMayBeTooOldFor() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let address = try pod.add()
                #expect(try node.plugin("GC", configuration(keeping: [])).status == 0)
                #expect(try node.held() == [pod.containerID: address])
            }
        }
    }
}
