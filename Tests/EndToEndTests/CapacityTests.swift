import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    @Suite struct Capacity {
        @Test func aPodThatFindsNoAddressWaitsForTheSecondENIAndIsServed() throws {
            // A t3.small has three addresses on an ENI; nothing beyond the first ENI is kept ready.
            let settings = ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 3]
            try SimulatedCluster.runOne(settings: settings) { node in
                #expect(try node.enis().count == 1)
                let pods = try (0..<6).map { try Pod("web-\($0)", on: node) }
                let addresses = try onThreads(6, pods) { try $0.add() }
                #expect(Set(addresses).count == 6)
                #expect(try Set(node.pods().map(\.deviceIndex)).count >= 2)
                for (pod, address) in zip(pods, addresses.reversed()) { #expect(try pod.reaches(address)) }
                for pod in pods { try pod.delete() }
            }
        }

        @Test func anADDThatCannotBeServedEndsAfterItsBudgetWithTheReason() throws {
            let settings = ["IP_COOLDOWN_PERIOD": 0, "MAX_ENI": 1, "BERTH_ADD_BUDGET": 1]
            try SimulatedCluster.runOne(settings: settings) { node in
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                for pod in pods { try pod.add() }
                let late = try Pod("late", on: node)
                let started = ContinuousClock.now
                let outcome = try late.call("ADD")
                #expect(ContinuousClock.now - started >= .seconds(1))
                #expect(outcome.status == 1 && outcome.code == 102, "\(outcome)")
                #expect(
                    outcome.message.contains("1 ENI") && (outcome.json["details"] as? String ?? "").contains("eni-slots-used-up"),
                    "\(outcome)")
                #expect(try node.status().reason?.code == "eni-slots-used-up")
                let status = try node.plugin("STATUS", NetworkConfiguration(version: "1.1.0"))
                #expect(status.status == 0 && status.output.isEmpty, "a node that is full is ready: \(status)")

                // A DEL makes room, and the pod is served the next time the runtime asks.
                try pods[0].delete()
                #expect(try eventually { try node.status().addresses.free == 1 })
                try late.add()
            }
        }

        @Test func anADDWaitsForAnAddressThatADELGivesBack() throws {
            try SimulatedCluster.runOne(settings: ["IP_COOLDOWN_PERIOD": 0, "MAX_ENI": 1]) { node in
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                for pod in pods { try pod.add() }
                let late = try Pod("late", on: node)
                let call = try ChildProcess([Programs.plugin], environment: late.variables("ADD"), input: NetworkConfiguration().json)
                #expect(try eventually { try node.status().waiting == 1 })
                try pods[0].delete()
                let outcome = call.finish()
                #expect(outcome.status == 0 && outcome.address != nil, "\(outcome)")
            }
        }

        @Test func aDELEndsTheWaitOfItsADD() throws {
            try SimulatedCluster.runOne(settings: ["IP_COOLDOWN_PERIOD": 0, "MAX_ENI": 1]) { node in
                for index in 0..<3 { try Pod("web-\(index)", on: node).add() }
                let late = try Pod("late", on: node)
                let call = try ChildProcess([Programs.plugin], environment: late.variables("ADD"), input: NetworkConfiguration().json)
                #expect(try eventually { try node.status().waiting == 1 })
                try late.delete()
                let outcome = call.finish()
                #expect(outcome.status == 1 && outcome.code == 11, "\(outcome)")
                #expect(try node.status().waiting == 0)
            }
        }
    }

    @Suite struct Routing {
        static let twoNodes = [
            SimulatedCluster.Description(settings: ["IP_COOLDOWN_PERIOD": 0]),
            SimulatedCluster.Description(
                name: "node-b", instanceType: "t3.micro", subnet: "subnet-0b", settings: ["ENABLE_PREFIX_DELEGATION": 1]),
        ]

        @Test func podsOfAllENIsOfTwoNodesReachEachOther() throws {
            try SimulatedCluster.run(Self.twoNodes) { cluster in
                let pods = try cluster.nodes.flatMap { node in try (0..<5).map { try Pod("\(node.name)-\($0)", on: node) } }
                let addresses = try pods.map { try $0.add() }
                for from in [0, 4, 5, 9] {
                    for to in [1, 3, 6, 8] { #expect(try pods[from].reaches(addresses[to]), "\(pods[from].name) to \(pods[to].name)") }
                }
            }
        }
    }
}
