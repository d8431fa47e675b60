import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// The ways a packet takes, each with its picture in Docs/Concepts/PacketFlows.md, through a fabric that drops what leaves an
    /// ENI with an address that is not the ENI's.
    @Suite struct PacketFlows {
        @Test func podToPodOnOneNode() throws {
            try run { cluster, _ in
                let pods = try Self.pods(2, on: cluster.nodes[0])
                #expect(try pods[0].pod.reaches(pods[1].address) && pods[1].pod.reaches(pods[0].address))
            }
        }

        @Test func podToPodAcrossTheENIsOfANode() throws {
            try run { cluster, _ in
                let pods = try Self.pods(6, on: cluster.nodes[0])
                let (first, last) = (try Self.onPrimaryENI(pods), try Self.onSecondaryENI(pods))
                #expect(try first.pod.reaches(last.address) && last.pod.reaches(first.address))
            }
        }

        @Test func podToPodAcrossNodes() throws {
            try run { cluster, _ in
                let (near, far) = (try Self.pods(6, on: cluster.nodes[0]), try Self.pods(6, on: cluster.nodes[1]))
                for one in [try Self.onPrimaryENI(near), try Self.onSecondaryENI(near)] {
                    for other in [try Self.onPrimaryENI(far), try Self.onSecondaryENI(far)] {
                        #expect(try one.pod.reaches(other.address), "\(one.address) to \(other.address)")
                        #expect(try Server.sourceSeen(from: one.pod, of: other) == .v4(one.address))
                    }
                }
            }
        }

        @Test func podToOutsideIsSeenAsTheNodesPrimaryAddress() throws {
            try run { cluster, _ in
                let node = cluster.nodes[0]
                let pods = try Self.pods(6, on: node)
                for pod in [try Self.onPrimaryENI(pods), try Self.onSecondaryENI(pods)] {
                    #expect(try OutsideHost.sourceSeen(from: pod.pod.namespace) == .v4(try Self.primaryAddress(of: node)))
                }
            }
        }

        @Test func podToAnExcludedBlockIsSeenAsItself() throws {
            try run(texts: ["AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "\(OutsideHost.excludedBlock)"]) { cluster, _ in
                let node = cluster.nodes[0]
                let pods = try Self.pods(6, on: node)
                for pod in [try Self.onPrimaryENI(pods), try Self.onSecondaryENI(pods)] {
                    let excluded = try OutsideHost.sourceSeen(from: pod.pod.namespace, at: .v4(OutsideHost.excludedAddress))
                    #expect(excluded == .v4(pod.address))
                    #expect(try OutsideHost.sourceSeen(from: pod.pod.namespace) == .v4(try Self.primaryAddress(of: node)))
                }
            }
        }

        @Test func withExternalSNATAPodIsSeenAsItselfEverywhere() throws {
            try run(settings: ["AWS_VPC_K8S_CNI_EXTERNALSNAT": 1]) { cluster, _ in
                let pods = try Self.pods(6, on: cluster.nodes[0])
                for pod in [try Self.onPrimaryENI(pods), try Self.onSecondaryENI(pods)] {
                    #expect(try OutsideHost.sourceSeen(from: pod.pod.namespace) == .v4(pod.address))
                }
            }
        }

        @Test func aNodePortOfAPodOnASecondaryENIIsAnsweredByTheENIOfArrival() throws {
            try run { cluster, outside in
                let node = cluster.nodes[0]
                let pods = try Self.pods(6, on: node)
                for (port, pod) in [(30080, try Self.onPrimaryENI(pods)), (30081, try Self.onSecondaryENI(pods))] {
                    let server = try Server.start(in: pod.pod.namespace, on: "TCP4-LISTEN:8080")
                    defer { Server.stop(server) }
                    try NodePort.open(port, to: "\(pod.address):8080", on: node.namespace)
                    let seen = try Server.sourceSeen(
                        from: outside.namespace, at: .v4(try Self.primaryAddress(of: node)), port: port)
                    #expect(seen == .v4(OutsideHost.address), "the pod sees who calls, and its answer comes back")
                }
            }
        }

        @Test func podsOfIPv6ReachEachOtherAndTheOutsideAsThemselves() throws {
            try run(settings: Self.ipv6) { cluster, _ in
                let (near, far) = (try Self.ipv6Pods(2, on: cluster.nodes[0]), try Self.ipv6Pods(1, on: cluster.nodes[1]))
                #expect(try near[0].pod.reaches(near[1].address) && near[0].pod.reaches(far[0].address))
                #expect(try OutsideHost.sourceSeen(from: near[0].pod.namespace, at: .v6(OutsideHost.ipv6Address)) == near[0].address)
            }
        }

        @Test func aNodePortOfAnIPv6PodIsAnsweredByTheENIOfArrival() throws {
            try run(settings: Self.ipv6) { cluster, outside in
                let node = cluster.nodes[0]
                let pod = try Self.ipv6Pods(1, on: node)[0]
                let server = try Server.start(in: pod.pod.namespace, on: "TCP6-LISTEN:8080,ipv6only=1")
                defer { Server.stop(server) }
                try NodePort.open(30080, to: "[\(pod.address)]:8080", on: node.namespace)
                let address = try Self.primaryIPv6Address(of: node)
                #expect(try Server.sourceSeen(from: outside.namespace, at: address, port: 30080) == .v6(OutsideHost.ipv6Address))
            }
        }

        @Test func anIPv6PodReachesTheOutsideByIPv4AsTheNode() throws {
            try run(settings: Self.ipv6.merging(["ENABLE_V4_EGRESS": 1]) { $1 }) { cluster, _ in
                let pods = try Self.ipv6Pods(2, on: cluster.nodes[0])
                for pod in pods {
                    #expect(try OutsideHost.sourceSeen(from: pod.pod.namespace) == .v4(try Self.primaryAddress(of: cluster.nodes[0])))
                }
            }
        }

        @Test func anIPv4PodReachesTheOutsideByIPv6AsTheNode() throws {
            try run(settings: ["ENABLE_V6_EGRESS": 1]) { cluster, _ in
                let node = cluster.nodes[0]
                let pod = try Self.pods(1, on: node)[0].pod
                let seen = try OutsideHost.sourceSeen(from: pod.namespace, at: .v6(OutsideHost.ipv6Address))
                #expect(try seen == Self.primaryIPv6Address(of: node))
            }
        }

        @Test func aDualStackPodIsTheNodeByIPv4AndItselfByIPv6() throws {
            try run(settings: ["ENABLE_IPv6": 1]) { cluster, _ in
                let node = cluster.nodes[0]
                for number in 0..<6 {
                    let pod = try Pod("web-\(number)", on: node)
                    let addresses = try pod.call("ADD").addresses.map(\.network)
                    let ipv6 = try #require(addresses.first { $0.family == .v6 })
                    #expect(try OutsideHost.sourceSeen(from: pod.namespace) == .v4(try Self.primaryAddress(of: node)))
                    #expect(try OutsideHost.sourceSeen(from: pod.namespace, at: .v6(OutsideHost.ipv6Address)) == ipv6)
                }
            }
        }

        // MARK: -

        private static let ipv6 = ["ENABLE_IPv4": 0, "ENABLE_IPv6": 1, "ENABLE_PREFIX_DELEGATION": 1]

        /// Two nodes of one VPC, and a host outside of it.
        private func run(
            settings: [String: Int] = [:], texts: [String: String] = [:], _ body: (SimulatedCluster, OutsideHost) throws -> Void
        ) throws {
            let settings = settings.merging(["IP_COOLDOWN_PERIOD": 0]) { $1 }
            let free = settings["ENABLE_IPv4"] == 0 ? 0 : 1
            let nodes = [("node-a", "subnet-0a"), ("node-b", "subnet-0b")].map { name, subnet in
                SimulatedCluster.Description(name: name, subnet: subnet, settings: settings, texts: texts, freeAtStart: free)
            }
            try SimulatedCluster.run(nodes) { cluster in
                try body(cluster, try OutsideHost(at: cluster.fabric))
            }
        }

        /// A pod and where the runtime was told it is.
        struct Placed<Address> {
            let pod: Pod
            let address: Address
            let deviceIndex: Int
        }

        private static func pods(_ count: Int, on node: SimulatedNodeProcess) throws -> [Placed<IPv4Address>] {
            let pods = try (0..<count).map { try Pod("web-\($0)", on: node) }
            for pod in pods { try pod.add() }
            let reports = try node.pods()
            return try pods.map { pod in
                let report = try #require(reports.first { $0.containerID == pod.containerID })
                return Placed(pod: pod, address: try #require(report.ipv4), deviceIndex: report.deviceIndex)
            }
        }

        private static func ipv6Pods(_ count: Int, on node: SimulatedNodeProcess) throws -> [Placed<IPAddress>] {
            try (0..<count).map { number in
                let pod = try Pod("web-\(number)", on: node)
                let outcome = try pod.call("ADD")
                let address = try #require(outcome.addresses.first { $0.family == .v6 }, "\(outcome)")
                return Placed(pod: pod, address: address.network, deviceIndex: 0)
            }
        }

        private static func onPrimaryENI(_ pods: [Placed<IPv4Address>]) throws -> Placed<IPv4Address> {
            try #require(pods.first { $0.deviceIndex == 0 }, "no pod is on the primary ENI")
        }

        private static func onSecondaryENI(_ pods: [Placed<IPv4Address>]) throws -> Placed<IPv4Address> {
            try #require(pods.first { $0.deviceIndex > 0 }, "no pod is on a secondary ENI")
        }

        private static func primaryAddress(of node: SimulatedNodeProcess) throws -> IPv4Address {
            try #require(try node.enis().first { $0.deviceIndex == 0 }).primaryAddress
        }

        private static func primaryIPv6Address(of node: SimulatedNodeProcess) throws -> IPAddress {
            let addresses = try node.namespace.enter().addresses().filter { $0.device == LinkName(literal: "eth0") }.map(\.address)
            return try #require(addresses.first { if case .v6(let address) = $0 { !address.isLinkLocal } else { false } })
        }
    }
}

/// A node port as kube-proxy makes it for a service whose callers stay visible (`externalTrafficPolicy: Local`).
private enum NodePort {
    static func open(_ port: Int, to target: String, on node: NetworkNamespace) throws {
        let family = target.hasPrefix("[") ? "ip6" : "ip"
        let table = "services-\(port)"
        let script = """
            table \(family) \(table) {
                chain prerouting {
                    type nat hook prerouting priority dstnat;
                    fib daddr type local tcp dport \(port) dnat to \(target)
                }
            }
            """
        let outcome = try ChildProcess.run(["ip", "netns", "exec", node.name, "nft", "-f", "-"], input: script)
        guard outcome.status == 0 else { throw DaemonReports.Failure(description: "nft: \(outcome.errors)") }
    }
}

extension Server {
    fileprivate static func stop(_ server: ChildProcess) {
        server.signal(SIGTERM)
        server.finish()
    }

    /// Whom a server in one pod sees when the other connects.
    fileprivate static func sourceSeen(from pod: Pod, of other: EndToEnd.PacketFlows.Placed<IPv4Address>) throws -> IPAddress? {
        let server = try start(in: other.pod.namespace, on: "TCP4-LISTEN:8080")
        defer { stop(server) }
        return try sourceSeen(from: pod.namespace, at: .v4(other.address), port: 8080)
    }
}
