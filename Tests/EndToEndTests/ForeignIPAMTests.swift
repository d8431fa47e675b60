import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// Pods of ours that have their addresses from the IPAM plugins that Debian packages.
    @Suite(.enabled(if: PluginChain.missing(["host-local", "static"]).isEmpty, "needs Debian's package containernetworking-plugins"))
    struct ForeignIPAM {
        private static let settings = ["IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0]

        /// Both kinds in each version that Debian's plugins speak and CHECK is in.
        @Test(arguments: ["0.4.0", "1.0.0"], [true, false])
        func podsReachEachOtherAndTheNodeAndLeaveNothing(version: String, isHostLocal: Bool) throws {
            try SimulatedCluster.runOne { node in
                let pods = try ["web", "api"].map { try Pod($0, on: node) }
                let own = try Pod("own", on: node)
                let ipam = IPAM(node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pods[0].namespace))
                let chains = pods.enumerated().map { number, pod in
                    ipam.chain(isHostLocal ? ipam.hostLocal() : ipam.fixed("10.9.0.\(20 + number)/24"), pod, version: version)
                }
                let results = try chains.map { try $0.add() }
                let addresses = try results.map { try #require($0.address) }
                #expect(addresses.allSatisfy { IPv4CIDR("10.9.0.0/24")?.contains($0) == true })
                #expect(results[0].output.contains(#""gateway":"169.254.1.1""#), "\(results[0].output)")
                #expect(try !isHostLocal || ipam.reserved() == Set(addresses.map(\.description)))
                for (chain, result) in zip(chains, results) { try chain.check(result) }

                let ownAddress = try own.add()
                let primary = try #require(try node.enis().first).primaryAddress
                for address in [addresses[1], ownAddress, primary] { #expect(try pods[0].reaches(address), "\(address)") }
                #expect(try own.reaches(addresses[0]))
                // The pool has no part in it.
                #expect(try node.held() == [own.containerID: ownAddress])

                try own.delete()
                for (chain, result) in zip(chains, results) { try chain.delete(result) }
                for chain in chains { try chain.delete(nil) }
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before.0) == [])
                #expect(try KernelSnapshot.differences(of: pods[0].namespace, from: before.1) == [])
            }
        }

        @Test(arguments: ["0.1.0", "0.2.0", "0.3.0", "0.3.1"]) func olderVersionsAreAnsweredInTheirOwnWords(version: String) throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let chain = ipam.chain(ipam.hostLocal(), try Pod("web", on: node), version: version)
                let result = try chain.add()
                #expect(result.address != nil && result.json["cniVersion"] as? String == version, "\(result.output)")
                try chain.delete(result)
                #expect(try ipam.reserved() == [])
            }
        }

        /// Debian's plugins 1.1.1 speak the versions up to 1.0.0.
        @Test func aVersionThatTheIPAMPluginDoesNotSpeakIsItsError() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let pod = try Pod("web", on: node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let chain = ipam.chain(ipam.hostLocal(), pod, version: "1.1.0")
                for command in ["ADD", "STATUS"] {
                    let outcome = try chain.call(command, chain.plugins[0])
                    #expect(outcome.status == 1 && outcome.json["cniVersion"] as? String == "1.1.0", "\(outcome)")
                    #expect(outcome.message.hasPrefix("host-local: "), "\(outcome)")
                }
                #expect(try chain.call("ADD", chain.plugins[0]).code == 1)
                #expect(try KernelSnapshot(node.namespace) == before.0 && KernelSnapshot(pod.namespace) == before.1)
            }
        }

        @Test func hostLocalWithTwoRangesGivesAnAddressOfEachFamily() throws {
            try SimulatedCluster.runOne(settings: ["ENABLE_IPv6": 1, "WARM_IP_TARGET": 1, "IP_COOLDOWN_PERIOD": 0]) { node in
                let ipam = IPAM(node)
                let pods = try ["web", "api"].map { try Pod($0, on: node) }
                let before = try KernelSnapshot(node.namespace)
                let section = ipam.hostLocal(#"[[{"subnet":"10.9.0.0/24"}],[{"subnet":"fd00:9::/64"}]]"#)
                let chains = pods.map { ipam.chain(section, $0) }
                let results = try chains.map { try $0.add() }
                let addresses = results[1].addresses.map(\.network)
                #expect(addresses.map(\.family) == [.v4, .v6])
                for address in addresses { #expect(try eventually { try pods[0].reaches(address) }, "\(address)") }
                for (chain, result) in zip(chains, results) {
                    try chain.check(result)
                    try chain.delete(result)
                }
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// EC2 drops what an ENI sends from an address that is not its own, and so does the fabric.
        @Test func beyondTheNodeAPodIsSeenAsTheNodeOrNotAtAll() throws {
            try SimulatedCluster.run([.init(name: "node-a"), .init(name: "node-b")]) { cluster in
                let outside = try OutsideHost(at: cluster.fabric)
                defer { withExtendedLifetime(outside) {} }
                let (node, other) = (cluster.nodes[0], try Pod("api", on: cluster.nodes[1]))
                let ipam = IPAM(node)
                let pod = try Pod("web", on: node)
                try ipam.chain(ipam.hostLocal(), pod).add()
                let primary = try #require(try node.enis().first).primaryAddress
                #expect(try OutsideHost.sourceSeen(from: pod.namespace) == .v4(primary))
                let far = try other.add()
                #expect(try Pod("own", on: node).reachesOnceAdded(far))
                #expect(try !pod.reaches(far))
            }
        }

        @Test func aDELAfterTheNamespaceIsGoneFreesTheAddress() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let pod = try Pod("web", on: node)
                let before = try KernelSnapshot(node.namespace)
                let chain = ipam.chain(ipam.hostLocal(), pod)
                let result = try chain.add()
                try pod.removeNamespace()
                try chain.delete(result)
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        // MARK: - Failures

        @Test(arguments: [
            // The node's own subnet, and a link that is too narrow for one of the addresses.
            (#"[[{"subnet":"10.0.32.0/20"}]]"#, "", 110, "lies in subnet 10.0.32.0/20"),
            (#"[[{"subnet":"10.9.0.0/24"}],[{"subnet":"fd00:9::/64"}]]"#, #","mtu":1000"#, 112, "MTU of 1000"),
        ])
        func anADDThatFailsBehindTheIPAMPluginGivesTheAddressBack(ranges: String, more: String, code: Int, problem: String) throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let pod = try Pod("web", on: node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace))
                let chain = ipam.chain(ipam.hostLocal(ranges), pod, more: more)
                let outcome = try chain.call("ADD", chain.plugins[0])
                #expect(outcome.status == 1 && outcome.code == code && outcome.message.contains(problem), "\(outcome)")
                #expect(try ipam.reserved() == [])
                // The last one that was reserved is remembered, so it was.
                #expect(try FileManager.default.contentsOfDirectory(atPath: ipam.folder).contains("last_reserved_ip.0"))
                #expect(try KernelSnapshot(node.namespace) == before.0 && KernelSnapshot(pod.namespace) == before.1)
                try chain.delete(nil)
            }
        }

        @Test func anIPAMPluginThatIsMissingFullOrBrokenIsToldApart() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let pods = try ["web", "api"].map { try Pod($0, on: node) }
                let before = try KernelSnapshot(node.namespace)
                try ipam.write("garbage", "echo garbage")
                try ipam.write("flood", "cat > /dev/null; head -c 1000000 /dev/zero | tr '\\0' x")
                try ipam.write("killed", "kill -9 $$")
                let cases = [
                    ("nothing", "no folder of CNI_PATH has it"), ("garbage", "its result cannot be read"),
                    ("flood", "it wrote more than 262144 bytes"), ("killed", "signal 9 ended it"),
                ]
                for (type, problem) in cases {
                    let chain = ipam.chain(#"{"type":"\#(type)"}"#, pods[0])
                    let outcome = try chain.call("ADD", chain.plugins[0])
                    #expect(outcome.code == 127 && outcome.message.contains(problem), "\(outcome)")
                }
                // One address for pods beside the network's, the gateway's and the broadcast's.
                let full = ipam.hostLocal(#"[[{"subnet":"10.9.0.0/30"}]]"#)
                let first = try ipam.chain(full, pods[0]).add()
                let outcome = try ipam.chain(full, pods[1]).call("ADD", ipam.chain(full, pods[1]).plugins[0])
                #expect(outcome.status == 1 && outcome.message.hasPrefix("host-local: "), "\(outcome)")
                try ipam.chain(full, pods[0]).check(first)
                try ipam.chain(full, pods[0]).delete(first)
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func anIPAMPluginThatHangsIsEnded() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                try ipam.write("hanging", "exec sleep 600")
                let chain = ipam.chain(#"{"type":"hanging"}"#, try Pod("web", on: node), version: "1.1.0")
                let outcome = try chain.call("STATUS", chain.plugins[0])
                #expect(outcome.code == 127 && outcome.message.contains("did not end within 2.0 seconds"), "\(outcome)")
            }
        }

        /// The second of two plugins for one container is refused by host-local, and a DEL of it would take the first one's address.
        @Test func ofManyADDsOfOneContainerAtOnceOneSucceedsAndKeepsItsAddress() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let chain = ipam.chain(ipam.hostLocal(), try Pod("web", on: node))
                for _ in 0..<5 {
                    let outcomes = try (0..<4).map { _ in try chain.start("ADD", chain.plugins[0]) }.map { $0.finish() }
                    let successes = outcomes.filter { $0.status == 0 }
                    #expect(successes.count == 1, "\(outcomes)")
                    let result = try #require(successes.first)
                    #expect(try ipam.reserved() == [#require(result.address).description])
                    try chain.check(result)
                    try chain.delete(result)
                }
            }
        }

        // MARK: - Restarts

        @Test func aDaemonThatIsRestartedOrKilledKeepsItsPods() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let pods = try ["web", "api"].map { try Pod($0, on: node) }
                let before = try KernelSnapshot(node.namespace)
                let chains = pods.map { ipam.chain(ipam.hostLocal(), $0) }
                let results = try chains.map { try $0.add() }
                let objects = try KernelSnapshot(node.namespace)
                #expect(node.terminate() == 0)
                try node.start()
                node.kill()
                try node.start()
                #expect(try KernelSnapshot(node.namespace) == objects)
                #expect(try node.held() == [:])
                for (chain, result) in zip(chains, results) { try chain.check(result) }
                #expect(try pods[0].reaches(#require(results[1].address)))
                for (chain, result) in zip(chains, results) { try chain.delete(result) }
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test(arguments: [true, false]) func aDaemonThatIsKilledBetweenTheTwoRequestsLosesNothing(returns: Bool) throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                try ipam.write(
                    "slow",
                    #": > \#(ipam.scripts)/up; while [ ! -e \#(ipam.scripts)/go ]; do sleep 0.01; done; exec /usr/lib/cni/host-local"#)
                let pod = try Pod("web", on: node)
                let before = try KernelSnapshot(node.namespace)
                let chain = ipam.chain(ipam.hostLocal(type: "slow"), pod)
                let call = try chain.start("ADD", chain.plugins[0])
                #expect(eventually { FileManager.default.fileExists(atPath: "\(ipam.scripts)/up") })
                node.kill()
                try Data().write(to: URL(fileURLWithPath: "\(ipam.scripts)/go"))
                if returns { try node.start() }
                let outcome = call.finish()
                #expect(returns ? outcome.address != nil : outcome.code == 11, "\(outcome)")
                #expect(try ipam.reserved().count == 1)
                if returns { try chain.check(outcome) } else { try node.start() }
                try chain.delete(nil)
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func aDELWhileTheDaemonIsAwayIsToldToTryAgain() throws {
            try SimulatedCluster.runOne { node in
                let ipam = IPAM(node)
                let before = try KernelSnapshot(node.namespace)
                let chain = ipam.chain(ipam.hostLocal(), try Pod("web", on: node))
                let result = try chain.add()
                node.kill()
                let outcome = try chain.call("DEL", chain.plugins[0], previous: result.output)
                #expect(outcome.status == 1 && outcome.code == 11, "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: "\(node.runDirectory)/spool/"))
                try node.start()
                try chain.check(result)
                try chain.delete(result)
                #expect(try ipam.reserved() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func garbageCollectionReachesTheIPAMPlugin() throws {
            try SimulatedCluster.runOne(settings: Self.settings) { node in
                let ipam = IPAM(node)
                try ipam.write(
                    "fresh",
                    #"""
                    echo "$CNI_COMMAND" >> \#(ipam.scripts)/calls
                    case "$CNI_COMMAND" in
                    ADD) echo '{"cniVersion":"1.1.0","ips":[{"address":"10.9.0.7/24"}]}' ;;
                    GC) grep -q '"cni.dev/valid-attachments"' || exit 1 ;;
                    esac
                    """#)
                let before = try KernelSnapshot(node.namespace)
                let chain = ipam.chain(#"{"type":"fresh"}"#, try Pod("web", on: node), version: "1.1.0")
                let result = try chain.add()
                #expect(result.address == IPv4Address(10, 9, 0, 7))
                try chain.check(result)
                var garbage = chain.plugins[0]
                garbage.more += #","cni.dev/valid-attachments":[]"#
                let outcome = try chain.call("GC", garbage)
                #expect(outcome.status == 0 && outcome.output == "", "\(outcome)")
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                #expect(try String(contentsOfFile: "\(ipam.scripts)/calls", encoding: .utf8) == "ADD\nCHECK\nGC\n")
            }
        }
    }
}

extension Pod {
    /// Adds the pod to the pool's network and pings the address.
    fileprivate func reachesOnceAdded(_ address: IPv4Address) throws -> Bool {
        try add()
        return try reaches(address)
    }
}

/// The IPAM plugins of one node: where they keep what they have reserved, and where those are that a test writes.
private struct IPAM {
    let node: SimulatedNodeProcess
    let scripts: String
    /// What host-local knows of the network.
    let folder: String

    init(_ node: SimulatedNodeProcess) {
        self.node = node
        scripts = "\(node.runDirectory)-ipam"
        folder = "\(scripts)/data/berth"
        try? FileManager.default.createDirectory(atPath: scripts, withIntermediateDirectories: true)
    }

    func hostLocal(_ ranges: String = #"[[{"subnet":"10.9.0.0/24"}]]"#, type: String = "host-local") -> String {
        #"{"type":"\#(type)","dataDir":"\#(scripts)/data","ranges":\#(ranges)}"#
    }

    func fixed(_ address: String) -> String { #"{"type":"static","addresses":[{"address":"\#(address)"}]}"# }

    func chain(_ section: String, _ pod: Pod, version: String = "1.0.0", more: String = "") -> PluginChain {
        let plugin = PluginChain.Plugin(type: "berth-cni", more: #","ipam":\#(section)"# + more)
        return PluginChain(version: version, plugins: [plugin], pod: pod, node: node, folders: [scripts])
    }

    /// Writes a plugin of a test's own.
    func write(_ name: String, _ script: String) throws {
        try "#!/bin/sh\n\(script)\n".write(toFile: "\(scripts)/\(name)", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(scripts)/\(name)")
    }

    /// The addresses that host-local has given to pods.
    func reserved() throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return Set(try FileManager.default.contentsOfDirectory(atPath: folder)).filter { IPAddress($0) != nil }
    }
}
