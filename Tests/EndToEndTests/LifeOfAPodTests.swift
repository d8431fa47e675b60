import Addressing
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    @Suite struct LifeOfAPod {
        static let versions = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]

        @Test(arguments: versions)
        func aPodIsWiredAsItsResultSaysAndDELTakesEverythingBack(version: String) throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let configuration = NetworkConfiguration(version: version)
                let outcome = try pod.call("ADD", configuration)
                let address = try #require(outcome.address, "\(outcome)")
                #expect(outcome.status == 0 && outcome.errors == "" && outcome.json["cniVersion"] as? String == version)
                #expect(try node.held() == [pod.containerID: address])
                try expectPodSide(pod, address)
                try expectNodeSide(node, address, pod)
                try expectCheckPasses(pod, outcome, version)

                try pod.delete()
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before.0) == [])
                #expect(try KernelSnapshot.differences(of: pod.namespace, from: before.1) == [])
                // containerd sends a second DEL without the namespace and the result.
                let second = try pod.call("DEL", configuration, netns: "")
                #expect(second.status == 0 && second.output == "")
            }
        }

        private func expectPodSide(_ pod: Pod, _ address: IPv4Address) throws {
            let kernel = try pod.namespace.enter()
            let eth0 = LinkName(literal: "eth0")
            let link = try #require(try kernel.link(named: eth0))
            #expect(link.isUp && link.mtuBytes == 9001 && link.kind == "veth")
            #expect(try kernel.addresses().contains(InterfaceAddress(device: eth0, address: .v4(address), prefixLength: 32)))
            let routes = try kernel.routes()
            #expect(routes.contains { $0.destination == .everyIPv4 && $0.gateway == .v4(PodNetworkPlan.gateway) && $0.device == eth0 })
            #expect(routes.contains { $0.destination == .v4(IPv4CIDR(host: PodNetworkPlan.gateway)) && $0.scope == .link })
            let neighbour = try #require(try kernel.neighbours().first)
            #expect(neighbour.address == .v4(PodNetworkPlan.gateway) && neighbour.device == eth0)
        }

        private func expectNodeSide(_ node: SimulatedNodeProcess, _ address: IPv4Address, _ pod: Pod) throws {
            let kernel = try node.namespace.enter()
            let block = CIDR.v4(IPv4CIDR(host: address))
            let route = try #require(try kernel.routes().first { $0.destination == block })
            #expect(route.table == .main && route.scope == .link && route.origin.number == 190)
            let link = try #require(try kernel.link(named: route.device))
            #expect(link.isUp && link.name == LinkName.hostVeth(prefix: "eni", namespace: "default", name: pod.name))
            let rules = try kernel.rules().filter { $0.destination == block || $0.source == block }
            #expect(rules.contains { $0.priority == 512 && $0.destination == block && $0.table == .main })
            #expect(rules.allSatisfy { $0.origin.number == 190 })
            // The pod's gateway exists only as this neighbour, which is the node's end of the veth.
            #expect(try pod.namespace.enter().neighbours().first?.mac == link.mac)
        }

        /// CHECK exists since 0.4.0; before that it is refused as incompatible.
        private func expectCheckPasses(_ pod: Pod, _ added: ChildProcess.Outcome, _ version: String) throws {
            let check = try pod.call("CHECK", NetworkConfiguration(version: version, previousResult: added.output))
            if version < "0.4.0" {
                #expect(check.status == 1 && check.code == 1, "\(check)")
            } else {
                #expect(check.status == 0 && check.output == "", "\(check)")
            }
        }

        @Test func aDELOfAPodThatNeverWasSucceeds() throws {
            try SimulatedCluster.runOne { node in
                try Pod("ghost", on: node).delete()
                #expect(try node.held() == [:])
            }
        }

        @Test func aRepeatedADDIsRefusedAndThePodStaysWhole() throws {
            try SimulatedCluster.runOne { node in
                let (pod, other) = (try Pod("web", on: node), try Pod("api", on: node))
                let added = try pod.call("ADD")
                let address = try #require(added.address)
                try other.add()
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let again = try pod.call("ADD")
                #expect(again.status == 1 && again.message.contains("already has an interface \"eth0\""), "\(again)")
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before.0) == [])
                #expect(try KernelSnapshot.differences(of: pod.namespace, from: before.1) == [])
                #expect(try node.held()[pod.containerID] == address)
                #expect(try other.reaches(address))
                let check = try pod.call("CHECK", NetworkConfiguration(previousResult: added.output))
                #expect(check.status == 0, "\(check)")
            }
        }

        @Test func aDELAfterTheNamespaceIsGoneFreesTheAddress() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                try pod.add()
                try pod.removeNamespace()
                try pod.delete()
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// A StatefulSet's pod comes back under its name, with another sandbox, before the first one's DEL.
        @Test func aDELOfAnEarlierSandboxLeavesThePodsLaterOneAlone() throws {
            try SimulatedCluster.runOne { node in
                let (first, second) = (
                    try Pod("db-0", on: node, containerID: "first"), try Pod("db-0", on: node, containerID: "second")
                )
                let other = try Pod("api", on: node)
                try other.add()
                try first.add()
                let address = try second.add()
                try first.delete()
                #expect(try Set(node.held().keys) == ["second", other.containerID])
                // The links of deleted pods go a moment after their DEL: one more round trip through the reaper.
                try other.delete()
                #expect(try eventually { try node.status().addresses.cooling == 0 })
                try other.add()
                #expect(try other.reaches(address))
            }
        }
    }
}
