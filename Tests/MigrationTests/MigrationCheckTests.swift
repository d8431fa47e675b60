import Addressing
import IncumbentState
import Migration
import PodNetwork
import Testing

@Suite struct MigrationCheckTests {
    @Test func nothingStandsAgainstANodeAsTheManifestMakesIt() throws {
        let evidence = try Evidence.node()
        let report = MigrationReport(MigrationCheck.findings(evidence), pods: evidence.adoptablePods.count)
        #expect(report.canTakeOver && report.pods == 2, "\(report.findings)")
        #expect(Set(report.findings.map(\.code)) == ["egress-plugin", "setting-without-effect"])
        #expect(report.findings.allSatisfy { $0.weight == .tells })
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let code: String
        let weight: MigrationFinding.Weight
        let change: @Sendable (inout NodeEvidence) throws -> Void

        init(_ code: String, _ weight: MigrationFinding.Weight, _ change: @escaping @Sendable (inout NodeEvidence) throws -> Void) {
            self.code = code
            self.weight = weight
            self.change = change
        }

        var testDescription: String { "\(code) \(weight)" }
    }

    static let cases: [Case] = [
        Case("agent-runs", .tells) { $0.running.incumbent = true },
        Case("both-run", .blocks) { $0.running = NodeEvidence.Running(incumbent: true, berth: true) },
        Case("daemon-runs", .tells) { $0.running.berth = true },
        Case("branch-eni-pod", .blocks) { $0.links.append(Evidence.link(9, LinkName(literal: "vlan.eth.7"), kind: "vlan")) },
        Case("checkpoint-absent", .blocks) { $0.checkpoint = .absent(path: "/var/run/aws-node/ipam.json") },
        Case("checkpoint-unreadable", .blocks) {
            $0.checkpoint = .unreadable(path: "ipam.json", problem: "It has version 2", remedy: "Wait")
        },
        Case("conflist-absent", .blocks) { $0.conflist = .absent(path: "/etc/cni/net.d/10-aws.conflist") },
        Case("conflist-unreadable", .blocks) { $0.conflist = .unreadable(path: "c", problem: "it is not JSON", remedy: "Write it") },
        Case("chained-plugin", .warns) { try $0.chain(#"{"type":"perfmon"}"#) },
        Case("egress-plugin", .tells) { try $0.chain(#"{"type":"egress-cni","enabled":"true"}"#) },
        Case("custom-networking", .blocks) { $0.set("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "true") },
        Case("eni-not-attached", .warns) {
            $0.attachedENIs = [
                NodeEvidence.AttachedENI(id: "eni-1", deviceIndex: 0, primaryAddress: IPv4Address(10, 0, 32, 4), addresses: [Evidence.web])
            ]
        },
        Case("environment-unknown", .blocks) { $0.environment = nil },
        Case("external-snat", .tells) { $0.set("AWS_VPC_K8S_CNI_EXTERNALSNAT", "true") },
        Case("legacy-firewall", .warns) { $0.legacyFirewall = ["nat AWS-SNAT-CHAIN-0"] },
        Case("network-policy", .blocks) { $0.set("NETWORK_POLICY_ENFORCING_MODE", "strict") },
        Case("network-policy", .blocks) { $0.environment?.enforcesNetworkPolicies = true },
        Case("network-policy", .blocks) { $0.running.policyAgent = true },
        Case("other-cards", .blocks) { $0.otherCheckpoints = ["/var/run/aws-node/ipam-nic-1.json"] },
        Case("other-cards", .warns) { $0.set("ENABLE_MULTI_NIC", "true") },
        Case("plugin-absent", .blocks) { $0.hasPlugin = false },
        Case("settings-file-of-others", .tells) { $0.hasSettingsOfOthers = true },
        Case("pod-not-in-checkpoint", .blocks) {
            $0.checkpoint = .found(try Checkpoint(allocations: [Evidence.entry("nginx", Evidence.web)]))
        },
        Case("pod-route-differs", .blocks) { $0.routes[0].device = Evidence.dbLink },
        Case("pod-route-missing", .warns) { $0.routes.removeFirst() },
        Case("pod-rule-differs", .blocks) { $0.rules[0] = Evidence.toPod(Evidence.web, table: RouteTable(number: 3)) },
        Case("pod-rule-differs", .blocks) {
            $0.rules.append(Rule(priority: 1536, family: .v4, from: .v4(IPv4CIDR(host: Evidence.db)), table: RouteTable(number: 3)))
        },
        Case("pod-rule-missing", .warns) { $0.rules.removeFirst() },
        Case("pod-table-unknown", .blocks) { $0.routes.removeAll { $0.table != .main } },
        Case("pod-without-link", .warns) { $0.links.removeAll { $0.name == Evidence.webLink } },
        Case("pod-without-name", .blocks) {
            $0.checkpoint = .found(
                try Checkpoint(allocations: [Evidence.entry("nginx", Evidence.web, namespace: nil), Evidence.entry("web-0", Evidence.db)]))
        },
        Case("release-unknown", .warns) { $0.environment?.release = "v1.9.3" },
        Case("release-unknown", .warns) { $0.environment?.release = "latest" },
        Case("rule-without-pod", .warns) { $0.rules.append(Evidence.toPod(IPv4Address(10, 0, 32, 99))) },
        Case("security-groups-for-pods", .warns) { $0.set("ENABLE_POD_ENI", "true") },
        Case("strict-mode", .warns) { $0.set("ENABLE_POD_ENI", "true") },
        Case("setting-differs", .blocks) { $0.set("ENABLE_IMDS_ONLY_MODE", "true") },
        Case("setting-refused", .blocks) {
            $0.refusedSettings = [NodeEvidence.RefusedSetting(name: "WARM_IP_TARGET", problem: "it is \"-1\"", remedy: "Set it to 0")]
        },
        Case("setting-unknown", .blocks) { $0.set("ENABLE_WONDERS", "true") },
        Case("setting-unknown", .tells) { $0.set("SOMETHING", "else") },
        Case("taken-over", .tells) { evidence in
            evidence.isTakenOver = true
            evidence.environment = nil
            evidence.checkpoint = .absent(path: "/var/run/aws-node/ipam.json")
        },
        Case("veth-prefix", .warns) { $0.set("AWS_VPC_K8S_CNI_VETHPREFIX", "pod") },
    ]

    @Test(arguments: cases)
    func isTold(_ one: Case) throws {
        var evidence = try Evidence.node()
        try one.change(&evidence)
        let report = MigrationReport(MigrationCheck.findings(evidence), pods: 0)
        #expect(report.findings.contains { $0.code == one.code && $0.weight == one.weight }, "\(report.findings)")
        #expect(report.canTakeOver == report.findings.allSatisfy { $0.weight != .blocks })
        // What stands against it can be done something about, and overruled by its name.
        #expect(report.findings.allSatisfy { $0.weight == .tells || !$0.remedy.isEmpty })
        #expect(MigrationReport(report.findings, pods: 0, forced: Set(report.obstacles.map(\.code))).canTakeOver)
    }

    @Test func everyCodeHasATestThatShowsIt() {
        let settingWithoutEffect: Set<String> = ["setting-without-effect"]
        #expect(Set(Self.cases.map(\.code)).union(settingWithoutEffect) == Set(MigrationFinding.codes))
    }

    @Test func anEmptyVariableAsksForNothing() throws {
        let evidence = try Evidence.node { $0.set("ENABLE_WONDERS", "") }
        #expect(!MigrationCheck.findings(evidence).contains { $0.code == "setting-unknown" })
    }

    @Test func whatIsToldIsInTheSameOrderHoweverItWasFound() throws {
        let findings = MigrationCheck.findings(try Evidence.node { $0.set("ENABLE_WONDERS", "true") })
        let (one, other) = (MigrationReport(findings, pods: 2), MigrationReport(findings.reversed(), pods: 2))
        #expect(one == other && one.findings.first?.code == "setting-unknown")
    }
}

extension NodeEvidence {
    mutating func set(_ name: String, _ value: String) { environment?.variables[name] = value }

    /// Puts a plugin behind the first.
    mutating func chain(_ plugin: String) throws {
        let text = Evidence.conflist.replacing(#"{"type":"portmap""#, with: plugin + #",{"type":"portmap""#)
        conflist = .found(try IncumbentConflist(json: Array(text.utf8)))
    }
}
