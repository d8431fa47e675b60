import Addressing
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// Reference plugins that make the pod's interface and name us in their `ipam` section, as Debian packages them.
    @Suite(.enabled(if: PluginChain.missing(["bridge", "macvlan", "ptp"]).isEmpty, "needs Debian's package containernetworking-plugins"))
    struct Delegation {
        private static let ipam = #","ipam":{"type":"berth-cni"}"#

        private static func ptp(_ pod: Pod, on node: SimulatedNodeProcess, version: String = "1.0.0") -> PluginChain {
            PluginChain(version: version, plugins: [PluginChain.Plugin(type: "ptp", more: ipam)], pod: pod, node: node)
        }

        private static func bridge(_ pod: Pod, on node: SimulatedNodeProcess) -> PluginChain {
            let bridge = PluginChain.Plugin(type: "bridge", more: #","bridge":"h-deleg0""# + ipam)
            return PluginChain(version: "1.0.0", plugins: [bridge], pod: pod, node: node)
        }

        /// Whether the node itself reaches the address.
        private static func reaches(_ address: IPv4Address, from node: SimulatedNodeProcess) throws -> Bool {
            let words = ["ip", "netns", "exec", node.namespace.name, "ping", "-n", "-q", "-c", "1", "-W", "2", "\(address)"]
            return try ChildProcess.run(words).status == 0
        }

        @Test(arguments: ["0.4.0", "1.0.0"]) func aPodOfPtpHasAnAddressOfOurs(version: String) throws {
            try SimulatedCluster.runOne { node in
                let (pod, own) = (try Pod("web", on: node), try Pod("api", on: node))
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let chain = Self.ptp(pod, on: node, version: version)
                let result = try chain.add()
                let address = try #require(result.addressInSubnet)
                #expect(try node.held() == [pod.containerID: address])
                #expect(result.output.contains("\(address)/20"), "\(result.output)")
                try chain.check(result)

                let ownAddress = try own.add()
                #expect(try Self.reaches(address, from: node))
                #expect(try pod.reaches(ownAddress) && own.reaches(address))
                let primary = try #require(try node.enis().first).primaryAddress
                #expect(try pod.reaches(primary))
                try own.delete()
                try chain.delete(result)
                try chain.delete(nil)
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before.0) == [])
                #expect(try KernelSnapshot.differences(of: pod.namespace, from: before.1) == [])
            }
        }

        @Test func podsOnABridgeReachEachOtherAndKeepTheirAddressesOverARestart() throws {
            try SimulatedCluster.runOne { node in
                let pods = try ["web", "api"].map { try Pod($0, on: node) }
                let chains = pods.map { Self.bridge($0, on: node) }
                let results = try chains.map { try $0.add() }
                let addresses = try results.map { try #require($0.addressInSubnet) }
                #expect(try pods[0].reaches(addresses[1]))
                let (held, objects) = try (node.held(), KernelSnapshot(node.namespace))
                #expect(Set(held.values) == Set(addresses))

                #expect(node.terminate() == 0)
                try node.start(awaiting: 0)
                #expect(try node.held() == held)
                node.kill()
                try node.start(awaiting: 0)
                #expect(try node.held() == held && KernelSnapshot(node.namespace) == objects)
                #expect(!node.log.contains("pod is gone"), "\(node.log)")
                // A bridge takes another MAC address with another port, which fails the CHECK of the pods before.
                try chains[1].check(results[1])
                #expect(try pods[1].reaches(addresses[0]))
                let late = try Pod("late", on: node)
                #expect(try !addresses.contains(late.add()))
                try late.delete()

                for (chain, result) in zip(chains, results) { try chain.delete(result) }
                for chain in chains { try chain.delete(nil) }
                #expect(try node.held() == [:])
                let rules = try node.namespace.enter().rules().filter { $0.origin == .berth && $0.priority == PodNetworkPlan.toPodPriority }
                #expect(rules == [])
            }
        }

        /// Of three addresses of the primary ENI of a t3.small, all go to pods, so that the last one is on a second ENI.
        @Test func aPodOfPtpOnASecondENILeavesByThatENI() throws {
            try SimulatedCluster.runOne { node in
                let pods = try (0..<4).map { try Pod("web-\($0)", on: node) }
                let chains = pods.map { Self.ptp($0, on: node) }
                let addresses = try chains.map { try #require(try $0.add().addressInSubnet) }
                let last = try #require(try node.pods().first { $0.deviceIndex == 1 })
                let rules = try node.namespace.enter().rules().filter { $0.priority == PodNetworkPlan.fromPodPriority }
                #expect(rules.map(\.table) == [RouteTable(number: 2)])
                let pod = try #require(pods.first { $0.containerID == last.containerID })
                for address in addresses where address != last.ipv4 { #expect(try pod.reaches(address)) }
                for chain in chains { try chain.delete(nil) }
                #expect(try node.held() == [:])
                #expect(try node.namespace.enter().rules().allSatisfy { $0.priority != PodNetworkPlan.fromPodPriority })
            }
        }

        @Test func aPodOfPtpOnADualStackNodeHasAnAddressOfEachFamily() throws {
            let settings = ["ENABLE_IPv6": 1, "WARM_IP_TARGET": 1, "IP_COOLDOWN_PERIOD": 0]
            try SimulatedCluster.runOne(settings: settings) { node in
                let (pod, own) = (try Pod("web", on: node), try Pod("api", on: node))
                let before = try KernelSnapshot(node.namespace)
                let chain = Self.ptp(pod, on: node)
                let result = try chain.add()
                try chain.check(result)
                try #require(own.call("ADD").status == 0)
                let addresses = try #require(try node.pods().first { $0.containerID == pod.containerID }).addresses
                #expect(addresses.map(\.family) == [.v4, .v6])
                // ptp leaves IPv6 to find neighbours by itself, once its link-local addresses are known to be unique.
                for address in addresses { #expect(try eventually { try own.reaches(address) }, "\(address)") }
                try own.delete()
                try chain.delete(result)
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func anADDOfTheOtherPluginThatFailsGivesTheAddressBack() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let words = "ip -n \(pod.namespace.name) link add eth0 type veth peer name other0"
                #expect(try ChildProcess.run(words.split(separator: " ").map(String.init)).status == 0)
                let chain = Self.ptp(pod, on: node)
                let outcome = try chain.call("ADD", chain.plugins[0])
                #expect(outcome.status != 0 && outcome.message.contains("already exists"), "\(outcome)")
                #expect(try node.held() == [:])
            }
        }

        @Test func macvlanTakesAnAddressOfOurs() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let macvlan = PluginChain.Plugin(type: "macvlan", more: #","master":"eth0""# + Self.ipam)
                let chain = PluginChain(version: "1.0.0", plugins: [macvlan], pod: pod, node: node)
                let result = try chain.add()
                #expect(try node.held() == [pod.containerID: #require(result.addressInSubnet)])
                try chain.check(result)
                try chain.delete(result)
                #expect(try node.held() == [:])
            }
        }
    }
}

extension ChildProcess.Outcome {
    /// The first address of an ADD's result, whatever the length of its prefix.
    fileprivate var addressInSubnet: IPv4Address? {
        let text = (json["ips"] as? [[String: Any]])?.first?["address"] as? String
        return text.flatMap { IPv4Address(String($0.prefix { $0 != "/" })) }
    }
}
