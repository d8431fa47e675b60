import Addressing
import Foundation
import IncumbentState
import NetlinkAdapter
import NodeReports
import PodNetwork
import SimulatedVPC
import Testing
import VPCModel

extension EndToEnd {
    /// A node as the AWS VPC CNI leaves it, with running connections, is taken over and given back.
    @Suite struct Migration {
        /// The longest that a flow may be silent, in milliseconds.
        private static let gapMax = 1000.0

        @Test(arguments: IncumbentNode.Firewall.allCases)
        func aNodeIsTakenOverAndGivenBackWhileItsConnectionsLive(_ firewall: IncumbentNode.Firewall) throws {
            try run("life-\(firewall)", firewall) { node in
                let names = ["keep-a", "keep-b"] + (1...6).map { "old-\($0)" }
                try node.addPods(names)
                let (keepA, keepB) = (node.pods[0], node.pods[1])
                #expect(keepA.deviceIndex == 0 && keepB.deviceIndex == 1)
                let foreign = try Self.makeForeign(on: node)
                let fabric = NetworkNamespace(path: "\(NetworkNamespace.folder)/\(node.node.namespace.name)-fabric")
                let outside = try OutsideHost(at: fabric)
                let servers = try [outside.namespace, fabric, keepB.pod.namespace].map { try EchoServer(in: $0) }
                defer { withExtendedLifetime(servers) {} }
                let gateway = IPv4Address(10, 0, 48, 1)
                let streams =
                    try [keepA, keepB].flatMap { pod in
                        try [
                            EchoStream("\(pod.pod.name) to the internet", from: pod.pod.namespace, to: OutsideHost.address),
                            EchoStream("\(pod.pod.name) into the VPC", from: pod.pod.namespace, to: gateway),
                        ]
                    } + [EchoStream("keep-a to keep-b", from: keepA.pod.namespace, to: keepB.address)]
                let pings = try [keepA, keepB].map { pod in
                    try PingStream(
                        "\(pod.pod.name) pings the internet", from: pod.pod.namespace, to: OutsideHost.address,
                        log: "\(node.disk)/\(pod.pod.name).ping")
                }

                let check = try node.migrate("check")
                #expect(check.status == 0 && check.output.contains("can be taken over; 8 pods"), "\(check)")
                let plan = try node.migrate("plan")
                #expect(try plan.status == 0 && node.migrate("plan").output == plan.output)
                #expect(names.allSatisfy { plan.output.contains("default/\($0)") } && plan.output.contains("AWS-SNAT-CHAIN-0"))
                #expect(try Self.text(node.conflist) == IncumbentNode.conflistText, "a look changes nothing")

                let checkpoint = try Self.text(node.ipam)
                let taken = try node.migrate("take-over")
                #expect(taken.status == 0 && taken.output.contains("8 pods are adopted"), "\(taken)")
                let again = try node.migrate("take-over")
                #expect(again.status == 0 && !again.output.contains("done "), "\(again)")
                #expect(try Self.text(node.ipam) == checkpoint)
                try node.startBerth()
                let held = try node.node.held()
                #expect(held == Dictionary(node.pods.map { ($0.pod.containerID, $0.address) }) { $1 }, "\(node.node.log.suffix(3000))")
                #expect(try !node.output("iptables-nft-save").contains("AWS"))
                #expect(try node.output("nft list tables").contains("inet berth"))
                #expect(try node.output("nft list tables").contains("ip aws-cni") == false)

                // A new pod comes through the plugin of the incumbent's name.
                let new = try Pod("new", on: node.node)
                let added = try node.call("ADD", new)
                let newAddress = try #require(added.address, "\(added)")
                #expect(try new.reaches(keepA.address) && keepB.pod.reaches(newAddress))
                #expect(try OutsideHost.sourceSeen(from: new.namespace) != nil)

                try deleteOldPods(node)

                #expect(node.node.terminate() == 0)
                let repeated = try node.migrate("take-over")
                #expect(repeated.status == 0 && repeated.output.contains("was taken over before"), "\(repeated)")
                try node.startBerth()
                let kept = [keepA.pod.containerID: keepA.address, keepB.pod.containerID: keepB.address, new.containerID: newAddress]
                #expect(try node.node.held() == kept)

                try rollBack(node, expecting: [("keep-a", keepA.address), ("keep-b", keepB.address), ("new", newAddress)])

                for stream in streams {
                    let report = try stream.end()
                    print(
                        "\(firewall): \(stream.name): \(report.echoed) of \(report.sent) came back, longest gap \(report.longestGapMilliseconds) ms"
                    )
                    #expect(
                        report.broken == nil && report.echoed > 30 && report.sent - report.echoed < 10
                            && report.longestGapMilliseconds < Self.gapMax,
                        "\(stream.name): \(report)")
                }
                for ping in pings {
                    let (replies, gap) = try ping.end()
                    print("\(firewall): \(ping.name): \(replies) replies, longest gap \(gap) ms")
                    #expect(replies > 30 && gap < Self.gapMax, "\(ping.name): \(replies) replies, \(gap) ms")
                }
                #expect(try Self.foreign(on: node) == foreign, "what is others' was touched")
            }
        }

        /// Each with a result of another version or of an older release, as the runtime gives it back.
        private func deleteOldPods(_ node: IncumbentNode) throws {
            let shapes: [(version: String, release: IncumbentNode.Release)] = [
                ("0.3.0", .recent), ("0.3.1", .recent), ("0.4.0", .beforeDummies), ("1.0.0", .beforeTables), ("1.1.0", .recent),
                ("0.2.0", .recent),
            ]
            for (pod, shape) in zip(node.pods.dropFirst(2), shapes) {
                let result = node.previousResult(of: pod, version: shape.version, release: shape.release)
                for attempt in 1...2 {
                    // The second comes without a namespace, as containerd sends it.
                    let outcome = try node.call("DEL", pod.pod, version: shape.version, previousResult: result)
                    #expect(outcome.status == 0 && outcome.output == "", "\(pod.pod.name) \(shape) attempt \(attempt): \(outcome)")
                    if attempt == 1 { try pod.pod.removeNamespace() }
                }
                #expect(try node.node.held()[pod.pod.containerID] == nil, "\(pod.pod.name) \(shape)")
                let rules = try node.output("ip rule; ip route show table main")
                #expect(!rules.contains("\(pod.address) "), "\(pod.address) \(shape): \(rules)")
            }
        }

        private func rollBack(_ node: IncumbentNode, expecting pods: [(name: String, address: IPv4Address)]) throws {
            let first = try node.migrate("roll-back")
            #expect(first.status == 0 && first.output.contains("run this command again"), "\(first)")
            #expect(try Self.text(node.conflist) == IncumbentNode.conflistText)
            #expect(try Self.text(node.plugin) == IncumbentNode.pluginText)
            #expect(!FileManager.default.fileExists(atPath: "\(node.pluginFolder)/berth-cni"))
            #expect(!FileManager.default.fileExists(atPath: node.settings))
            // Before aws-node is there, our table goes on translating.
            #expect(node.node.terminate() == 0)
            #expect(try node.output("nft list tables").contains("inet berth"))
            try node.makeFirewall()
            let second = try node.migrate("roll-back")
            #expect(second.status == 0 && second.output.contains("aws-node's again"), "\(second)")
            #expect(try !node.output("nft list tables").contains("inet berth"))
            let third = try node.migrate("roll-back")
            #expect(third.status == 1 && third.errors.contains("is rolled back"), "\(third)")

            let checkpoint = try Checkpoint(json: Array(Data(contentsOf: URL(fileURLWithPath: node.ipam))))
            #expect(checkpoint.allocations.compactMap(\.podName).sorted() == pods.map(\.name))
            for pod in pods {
                let entry = try #require(checkpoint.allocations.first { $0.podName == pod.name })
                #expect(entry.address == .v4(pod.address) && entry.key.networkName == "aws-cni" && entry.podNamespace == "default")
            }
            // Against the kernel: links, routes, rules and tables of every entry, and no pod besides.
            let check = try node.migrate("check", ["--output", "json"])
            let findings = (check.json["findings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
            #expect(check.status == 0 && check.json["pods"] as? Int == pods.count, "\(check)")
            #expect(!findings.contains { $0.hasPrefix("pod-") || $0 == "rule-without-pod" }, "\(findings)")
        }

        @Test func aTakeOverIsRefusedWhileSomethingStandsAgainstIt() throws {
            try run("refusal", .iptables) { node in
                try node.addPods(["web"])
                let files = [node.conflist, node.plugin, node.ipam]
                let before = try files.map(Self.text)
                // A pod that runs and is in no file: its address would be given out.
                try node.run([
                    "ip rule add to 10.0.32.77 lookup main priority 512", "ip route add 10.0.32.77/32 dev \(node.pods[0].link) scope link",
                ])
                for command in ["check", "take-over"] {
                    let outcome = try node.migrate(command)
                    #expect(outcome.status == 1 && (outcome.output + outcome.errors).contains("pod-not-in-checkpoint"), "\(outcome)")
                }
                #expect(try files.map(Self.text) == before)
                #expect(!FileManager.default.fileExists(atPath: node.kept))
                let forced = try node.migrate("check", ["--force", "pod-not-in-checkpoint"])
                #expect(forced.status == 0 && forced.output.contains("forced"), "\(forced)")
                #expect(try node.migrate("check", ["--force", "nonsense"]).status == 2)
                #expect(try node.migrate("check", ["--env", "/nowhere"]).status == 2)
            }
        }

        @Test func aNodeWhoseDaemonIsAwayIsGivenBackFromItsJournal() throws {
            try run("journal", .iptables) { node in
                try node.addPods(["web", "db"])
                // Before any daemon ran, what waits for it is what there is.
                #expect(try node.migrate("take-over").status == 0)
                try node.startBerth()
                let new = try Pod("new", on: node.node)
                let address = try #require(try node.call("ADD", new).address)
                #expect(try node.call("DEL", node.pods[1].pod).status == 0)
                #expect(node.node.terminate() == 0)
                #expect(try node.migrate("roll-back").status == 0)
                let checkpoint = try Checkpoint(json: Array(Data(contentsOf: URL(fileURLWithPath: node.ipam))))
                #expect(checkpoint.allocations.map(\.address) == [.v4(node.pods[0].address), .v4(address)].sorted())
                #expect(try Self.text(node.plugin) == IncumbentNode.pluginText)
            }
        }

        // MARK: -

        @Test func aCheckThatAsksEC2TellsOfAPodWhoseAddressEC2HasTakenBack() throws {
            try run("ask-ec2", .iptables) { node in
                try node.addPods(["lost", "kept"])
                let asked = try node.migrate("check", ["--ask-ec2"])
                #expect(asked.status == 0 && !asked.output.contains("eni-not-attached"), "\(asked)")
                let lost = try #require(node.pods.first)
                try node.instance.vpc.perform { (vpc, now) throws(VPCError) in
                    guard let eni = vpc.enis.values.first(where: { $0.secondaryAddresses.contains(lost.address) }) else { return }
                    try vpc.unassign(addresses: [lost.address], from: eni.id, at: now)
                }
                let found = try node.migrate("check", ["--ask-ec2", "--output", "json"])
                let findings = found.json["findings"] as? [[String: Any]] ?? []
                let told = findings.filter { $0["code"] as? String == "eni-not-attached" }.compactMap { $0["subject"] as? String }
                #expect(found.status == 0 && told == ["\(lost.address)"], "\(found)")
                #expect(try !node.migrate("check").output.contains("eni-not-attached"), "EC2 was asked without being told to")
            }
        }

        private func run(_ name: String, _ firewall: IncumbentNode.Firewall, _ body: (IncumbentNode) throws -> Void) throws {
            try InstanceOverHTTP.run("t3.medium", named: "migr-\(name)") { instance in
                try body(IncumbentNode(on: instance, firewall: firewall))
            }
        }

        private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        /// What others have on a node: a table of nftables, chains of iptables, a rule and a route table.
        private static func makeForeign(on node: IncumbentNode) throws -> String {
            try node.run([
                "nft add table inet theirs", "nft 'add chain inet theirs mine { type filter hook forward priority 0; }'",
                "nft add rule inet theirs mine ip saddr 192.0.2.1 drop", "iptables-nft -t nat -N KUBE-SERVICES",
                "iptables-nft -t nat -A PREROUTING -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES",
                "iptables-nft -t filter -A FORWARD -s 192.0.2.2 -j DROP", "ip rule add from 192.0.2.3 lookup 77 priority 5000",
                "ip route add 192.0.2.0/24 dev eth0 table 77",
            ])
            return try foreign(on: node)
        }

        private static func foreign(on node: IncumbentNode) throws -> String {
            try [
                "nft list table inet theirs", "iptables-nft -t nat -S | grep KUBE", "iptables-nft -t filter -S",
                "ip rule show priority 5000",
                "ip route show table 77", "ip rule show priority 32766",
            ].map { try node.output($0) }.joined(separator: "\n")
        }
    }
}
