import Addressing
import Foundation
import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    /// The daemon as it runs on an instance: with EC2's API and the instance's metadata over HTTP, and the variables of the AWS SDKs.
    @Suite(.enabled(if: MotoInstance.isInstalled, "needs moto; run: make setup-test")) struct EC2 {
        @Test func anInstanceInMotoIsTakenToFullCapacityAndBackToItsPrimaryENI() throws {
            // A t3.small takes 3 ENIs of 3 addresses beside their own.
            let settings = ["WARM_IP_TARGET": "1", "IP_COOLDOWN_PERIOD": "0", "CLUSTER_NAME": "prod"]
            try MotoInstance.run("t3.small", settings) { instance in
                let before = try KernelSnapshot(instance.node.namespace)
                let pods = try (0..<9).map { try Pod("web-\($0)", on: instance.node) }
                let addresses = try onThreads(3, pods) { try $0.add() }
                #expect(Set(addresses).count == 9)
                #expect(try eventually { try instance.enis().map(\.addresses.count) == [4, 4, 4] })
                let full = try instance.enis()
                #expect(full.count == 3 && full.allSatisfy { $0.status == "in-use" && $0.addresses.count == 4 }, "\(full)")
                #expect(Set(full.flatMap { $0.addresses.dropFirst() }) == Set(addresses.map(\.description)))
                for eni in full where eni.deviceIndex != 0 {
                    #expect(eni.tags["node.k8s.amazonaws.com/instance_id"] == instance.facts.instance)
                    #expect(eni.tags["cluster.k8s.amazonaws.com/name"] == "prod")
                }
                for pod in pods { try pod.delete() }
                #expect(try instance.node.pods() == [])
                // What has been idle for a minute goes back, down to the one address that is to be kept warm.
                let isGivenBack = try eventually(within: .seconds(300)) { try instance.enis().map(\.addresses.count) == [2] }
                let left = try instance.enis()
                #expect(isGivenBack, "\(left) \(instance.node.log.suffix(4000))")
                #expect(try KernelSnapshot.differences(of: instance.node.namespace, from: before) == [])
                #expect(try instance.node.calls.isSubset(of: DocumentedCalls.all()), "\(instance.node.calls)")
            }
        }

        /// Single addresses are all that moto has: it ignores the counts of prefixes, of either family.
        @Test func withCustomNetworkingAnInstanceInMotoIsFilledFromTheOtherSubnet() throws {
            let settings = [
                "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "WARM_IP_TARGET": "1", "IP_COOLDOWN_PERIOD": "0",
            ]
            try MotoInstance.run(
                "t3.small", settings, configuration: { "eniConfigs:\n  default: {subnet: \($0.otherSubnet)}\n" }
            ) { instance in
                let pods = try (0..<6).map { try Pod("web-\($0)", on: instance.node) }
                #expect(Set(try onThreads(3, pods) { try $0.add() }).count == 6)
                let isFull = try eventually { try instance.enis().map(\.addresses.count) == [1, 4, 4] }
                let full = try instance.enis()
                #expect(isFull, "\(full)")
                #expect(full.dropFirst().allSatisfy { $0.subnet == instance.facts.otherSubnet })
                for pod in pods { try pod.delete() }
                // One address stays warm, on an ENI of its own, as the primary one's are not for pods.
                let isGivenBack = try eventually(within: .seconds(240)) { try instance.enis().map(\.addresses.count) == [1, 2] }
                let left = try instance.enis()
                #expect(isGivenBack, "\(left) \(instance.node.log.suffix(4000))")
                #expect(try instance.node.calls.isSubset(of: DocumentedCalls.all()), "\(instance.node.calls)")
            }
        }

        @Test func anInstanceWithoutMetadataIsToldWhatToDo() throws {
            let outcome = try ChildProcess.run(
                [Programs.daemon, "--run-directory", "/tmp/berth-e2e-\(getpid())-none"],
                environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"])
            #expect(
                outcome.status == 1 && outcome.errors.contains("instance metadata") && outcome.errors.contains("hop limit"), "\(outcome)")
        }
    }
}
