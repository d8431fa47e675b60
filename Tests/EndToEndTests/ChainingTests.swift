import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// Our plugin in a conflist beside the reference plugins, as Debian packages them.
    @Suite(
        .enabled(
            if: PluginChain.missing(["bandwidth", "firewall", "loopback", "portmap", "sbr", "tuning"]).isEmpty,
            "needs Debian's package containernetworking-plugins"))
    struct Chaining {
        private static let ours = PluginChain.Plugin(type: "berth-cni")
        static let versions = ["0.4.0", "1.0.0"]

        /// Its CHECK is left out: that of 1.1.1 looks for the chain of an IPv6 address of every pod, and fails where there is none.
        private static func portmap(_ hostPort: Int, to containerPort: Int) -> PluginChain.Plugin {
            PluginChain.Plugin(
                type: "portmap", more: #","snat":true"#,
                runtimeConfig:
                    #"{"portMappings":[{"hostPort":\#(hostPort),"containerPort":\#(containerPort),"protocol":"tcp"}]}"#,
                isChecked: false)
        }

        /// Runs the body with a pod that went through the whole chain, and takes it away as a runtime does.
        private func run(
            _ version: String, _ plugins: [PluginChain.Plugin],
            _ body: (_ node: SimulatedNodeProcess, _ pod: Pod, _ result: ChildProcess.Outcome) throws -> Void
        ) throws {
            defer { try? FileManager.default.removeItem(atPath: Self.tuningFolder) }
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let chain = PluginChain(version: version, plugins: plugins, pod: pod, node: node)
                let result = try chain.add()
                #expect(result.json["cniVersion"] as? String == version)
                try chain.check(result)
                try body(node, pod, result)
                try chain.delete(result)
                // A runtime may delete twice, and has no result then.
                try chain.delete(nil)
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before.0) == [])
                #expect(try KernelSnapshot.differences(of: pod.namespace, from: before.1) == [])
            }
        }

        /// Whether another pod reaches this one and hears its answers.
        private func isReached(_ pod: Pod, on node: SimulatedNodeProcess) throws -> Bool {
            let (other, address) = (try Pod("api", on: node), try #require(try node.held()[pod.containerID]))
            try other.add()
            defer { try? other.delete() }
            return try other.reaches(address)
        }

        @Test(arguments: versions) func portmapLeadsAPortOfTheNodeToThePod(version: String) throws {
            try run(version, [Self.ours, Self.portmap(8080, to: 7001)]) { node, pod, _ in
                let client = try Pod("client", on: node)
                try client.add()
                let server = try Server.start(in: pod.namespace, on: "TCP4-LISTEN:7001")
                defer {
                    server.signal(SIGTERM)
                    server.finish()
                }
                let eni = try node.enis().first { $0.deviceIndex == 0 }
                let primary = try #require(eni).primaryAddress
                #expect(try Server.sourceSeen(from: client.namespace, at: .v4(primary), port: 8080) != nil)
                #expect(try Server.sourceSeen(from: client.namespace, at: .v4(primary), port: 8081) == nil)
                try client.delete()
            }
        }

        @Test(
            .enabled(if: TrafficShaping.isInKernel, "needs a kernel with sch_tbf, sch_ingress, cls_u32, act_mirred and ifb"),
            arguments: versions)
        func bandwidthShapesTheLinkThatTheResultNamesOnTheNode(version: String) throws {
            let bandwidth = PluginChain.Plugin(
                type: "bandwidth",
                runtimeConfig: #"{"bandwidth":{"ingressRate":8000000,"ingressBurst":800000,"egressRate":4000000,"egressBurst":800000}}"#)
            try run(version, [Self.ours, bandwidth]) { node, pod, result in
                let interfaces = try #require(result.json["interfaces"] as? [[String: Any]])
                let near = try #require(interfaces.first { $0["sandbox"] == nil }?["name"] as? String)
                let disciplines = try TrafficShaping.disciplines(in: node.namespace)
                #expect(disciplines.contains { $0.contains("tbf") && $0.contains("dev \(near) ") && $0.contains("rate 8Mbit") })
                #expect(disciplines.contains { $0.contains("tbf") && $0.contains("dev bwp") && $0.contains("rate 4Mbit") })
                #expect(try isReached(pod, on: node))
            }
        }

        private static let tuningFolder = "/tmp/berth-e2e-\(getpid())-tuning"

        private static func tuning(_ more: String) -> PluginChain.Plugin {
            PluginChain.Plugin(type: "tuning", more: #","dataDir":"\#(tuningFolder)""# + more)
        }

        @Test(arguments: versions) func tuningChangesThePodsLinkAndCHECKStillPasses(version: String) throws {
            let tuning = Self.tuning(#","sysctl":{"net.core.somaxconn":"500"},"mtu":1400,"promisc":true"#)
            try run(version, [Self.ours, tuning]) { node, pod, _ in
                let link = try pod.namespace.enter().link(named: LinkName(literal: "eth0"))
                #expect(link?.mtuBytes == 1400)
                #expect(try isReached(pod, on: node))
            }
        }

        /// The kernel forgets a link's neighbours with its MAC address, and a pod's gateway is nothing but a neighbour.
        @Test(arguments: versions) func checkSaysWhatAChangedMACAddressHasBroken(version: String) throws {
            defer { try? FileManager.default.removeItem(atPath: Self.tuningFolder) }
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let plugins = [Self.ours, Self.tuning(#","mac":"02:00:00:00:0a:0b""#)]
                let chain = PluginChain(version: version, plugins: plugins, pod: pod, node: node)
                let result = try chain.add()
                let check = try chain.call("CHECK", Self.ours, previous: result.output)
                #expect(check.code == 113 && check.message.contains("in 1 thing: neighbour 169.254.1.1"), "\(check)")
                try chain.delete(result)
            }
        }

        @Test(arguments: versions) func sbrMovesThePodsRoutesAndThePodKeepsItsWayOut(version: String) throws {
            try run(version, [Self.ours, PluginChain.Plugin(type: "sbr")]) { node, pod, _ in
                let routes = try pod.namespace.enter().routes().filter { $0.table == .main }
                #expect(!routes.contains { $0.destination == .everyIPv4 }, "sbr left \(routes) in main")
                #expect(try isReached(pod, on: node))
            }
        }

        @Test(arguments: versions) func firewallLetsThePodsPacketsThrough(version: String) throws {
            let firewall = PluginChain.Plugin(type: "firewall", more: #","backend":"iptables""#)
            try run(version, [Self.ours, firewall]) { node, pod, _ in
                let isReached = try isReached(pod, on: node)
                #expect(isReached)
            }
        }

        @Test(arguments: versions) func everyPluginOfAWholeConflistChecksAndDeletes(version: String) throws {
            let plugins = [
                Self.ours, Self.tuning(#","sysctl":{"net.core.somaxconn":"500"}"#),
                Self.portmap(8080, to: 80),
                PluginChain.Plugin(type: "firewall", more: #","backend":"iptables""#), PluginChain.Plugin(type: "sbr"),
            ]
            try run(version, plugins) { node, pod, _ in
                let isReached = try isReached(pod, on: node)
                #expect(isReached)
            }
        }

        @Test(arguments: versions + ["1.1.0"]) func behindAnotherPluginItsResultIsPassedOnAndAmended(version: String) throws {
            // Debian's plugins end at 1.0.0; a runtime of 1.1.0 converts what they say.
            let known = min(version, "1.0.0")
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let first = PluginChain(version: known, plugins: [PluginChain.Plugin(type: "loopback")], pod: pod, node: node)
                let loopback = try first.add()
                let chain = PluginChain(version: version, plugins: [Self.ours], pod: pod, node: node)
                let result = try chain.call("ADD", Self.ours, previous: loopback.output)
                #expect(result.status == 0, "\(result)")
                let interfaces = try #require(result.json["interfaces"] as? [[String: Any]])
                #expect(interfaces.map { $0["name"] as? String }.first == "lo" && interfaces.count == 3, "\(result.output)")
                #expect(interfaces.last?["name"] as? String == "eth0")
                let mtus = interfaces.compactMap { $0["mtu"] as? Int }
                #expect(mtus == (version == "1.1.0" ? [9001, 9001] : []))
                let addresses = try #require(result.json["ips"] as? [[String: Any]])
                #expect(addresses.first?["address"] as? String == "127.0.0.1/8" && addresses.first?["interface"] as? Int == 0)
                #expect(addresses.last?["interface"] as? Int == 2 && addresses.last?["gateway"] as? String == "169.254.1.1")
                try chain.check(result)
                try chain.delete(result)
                #expect(try node.held() == [:])
            }
        }
    }
}

/// What the kernel can do to a link's traffic, found out by trying.
private enum TrafficShaping {
    static let isInKernel: Bool = {
        guard Privileges.areHeld, let namespace = try? NetworkNamespace.create(named: "berth-e2e-\(getpid())-shaping") else { return false }
        defer { try? namespace.remove() }
        let commands = [
            "ip -n \(namespace.name) link add ifb0 type ifb", "ip -n \(namespace.name) link set ifb0 up",
            "tc -n \(namespace.name) qdisc add dev ifb0 root tbf rate 1mbit burst 10k latency 25ms",
            "ip -n \(namespace.name) link add d0 type veth peer name d1", "tc -n \(namespace.name) qdisc add dev d0 ingress",
            "tc -n \(namespace.name) filter add dev d0 parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev ifb0",
        ]
        return commands.allSatisfy { command in
            (try? ChildProcess.run(command.split(separator: " ").map(String.init)))?.status == 0
        }
    }()

    /// The queueing disciplines of a namespace, as `tc` lists them.
    static func disciplines(in namespace: NetworkNamespace) throws -> [Substring] {
        try ChildProcess.run(["tc", "-n", namespace.name, "qdisc", "show"]).output.split(separator: "\n")
    }
}
