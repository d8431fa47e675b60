import Addressing
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// Every way of giving addresses, on the real kernel.
    @Suite struct Modes {
        @Test func podsOfAnIPv6NodeReachEachOtherAndLeaveNothing() throws {
            let ipv6 = ["ENABLE_IPv4": 0, "ENABLE_IPv6": 1, "ENABLE_PREFIX_DELEGATION": 1, "IP_COOLDOWN_PERIOD": 0]
            try runPair(settings: ipv6) { pods, addresses in
                #expect(addresses.allSatisfy { $0.map(\.family) == [.v6] && $0.allSatisfy(\.isHost) }, "\(addresses)")
                try expectAllReach(pods, addresses)
            }
        }

        @Test(arguments: [0, 1]) func podsOfADualStackNodeReachEachOtherByBothFamilies(prefixes: Int) throws {
            let dual = ["ENABLE_IPv6": 1, "ENABLE_PREFIX_DELEGATION": prefixes, "WARM_IP_TARGET": 1, "IP_COOLDOWN_PERIOD": 0]
            try runPair(settings: dual) { pods, addresses in
                #expect(addresses.allSatisfy { $0.map(\.family) == [.v4, .v6] }, "\(addresses)")
                try expectAllReach(pods, addresses)
            }
        }

        @Test func podsOfCustomNetworkingHaveAddressesOfTheirOwnSubnet() throws {
            let settings = ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": 1, "WARM_IP_TARGET": 2, "IP_COOLDOWN_PERIOD": 0]
            let further = "eniConfigs:\n  default: {subnets: [subnet-1a]}\n"
            try SimulatedCluster.run([SimulatedCluster.Description(settings: settings)], further: further) { cluster in
                let node = cluster.nodes[0]
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                let addresses = try pods.map { try $0.add() }
                let podSubnet = IPv4CIDR(containing: IPv4Address(10, 0, 64, 0), prefixLength: 20)
                #expect(addresses.allSatisfy(podSubnet.contains), "\(addresses)")
                for (pod, address) in zip(pods, addresses.dropFirst() + addresses.prefix(1)) { #expect(try pod.reaches(address)) }
                let primary = try #require(try node.enis().first { $0.deviceIndex == 0 })
                #expect(primary.state == "draining" && primary.addresses.held == 0)
                for pod in pods { try pod.delete() }
            }
        }

        @Test func aRestartedDaemonKeepsPodsOfBothFamilies() throws {
            let settings = ["ENABLE_IPv6": 1, "WARM_IP_TARGET": 1, "IP_COOLDOWN_PERIOD": 0]
            try SimulatedCluster.runOne(settings: settings) { node in
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                let outcome = try pod.call("ADD")
                let other = try Pod("other", on: node)
                let addresses = outcome.addresses.map(\.network)
                node.kill()
                try node.start(awaiting: 0)
                #expect(try node.pods().map(\.addresses) == [addresses])
                #expect(try other.call("ADD").status == 0)
                for address in addresses { #expect(try other.reaches(address), "\(address)") }
                try pod.delete()
                try other.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        // MARK: -

        /// Five pods on each of two nodes, so that some are on an ENI of their own; what they leave behind is looked at.
        private func runPair(settings: [String: Int], _ body: ([Pod], [[CIDR]]) throws -> Void) throws {
            let free = settings["ENABLE_IPv4"] == 0 ? 0 : 1
            let nodes = [
                SimulatedCluster.Description(settings: settings, freeAtStart: free),
                SimulatedCluster.Description(name: "node-b", subnet: "subnet-0b", settings: settings, freeAtStart: free),
            ]
            try SimulatedCluster.run(nodes) { cluster in
                let before = try cluster.nodes.map { try KernelSnapshot($0.namespace) }
                let pods = try cluster.nodes.flatMap { node in try (0..<5).map { try Pod("web-\($0)", on: node) } }
                let outcomes = try pods.map { try $0.call("ADD") }
                #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.output))")
                try body(pods, outcomes.map(\.addresses))
                for pod in pods { try pod.delete() }
                for (node, before) in zip(cluster.nodes, before) {
                    #expect(try node.pods() == [])
                    #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                }
            }
        }

        /// The first pod of a node reaches one of its node and one of the other, and is reached by both.
        private func expectAllReach(_ pods: [Pod], _ addresses: [[CIDR]]) throws {
            for (from, to) in [(0, 4), (4, 0), (0, 9), (9, 0), (4, 9)] {
                for address in addresses[to].map(\.network) {
                    #expect(try pods[from].reaches(address), "\(pods[from].name) to \(address)")
                }
            }
        }
    }
}
