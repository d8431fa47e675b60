import Foundation
import NetlinkAdapter
import NftablesAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct NftablesFirewallTests {
    @Test(arguments: FirewallContract.cases)
    func nftablesMeans(_ statement: FirewallContract.Case) throws {
        let namespace = try RealNamespace()
        #expect(try statement.holds(for: NftablesFirewall(namespace: namespace.path)), "\(statement)")
    }

    /// What agents and people do to rules that are not theirs.
    @Test(arguments: [
        "flush ruleset", "flush table inet berth", "delete table inet berth", "flush chain inet berth departures",
        "delete element inet berth untranslated { 10.0.0.0/16 }", "add element inet berth untranslated { 172.16.0.0/12 }",
        "insert rule inet berth from-pods return", "add chain inet berth mine", "add table ip aws-cni; add chain ip aws-cni snat-mark",
    ])
    func damageIsSeenAndMended(_ damage: String) throws {
        let namespace = try RealNamespace()
        let firewall = try NftablesFirewall(namespace: namespace.path)
        _ = try firewall.apply(plan)
        let before = try namespace.run("nft -s list ruleset")
        _ = try namespace.run("nft '\(damage)'")
        #expect(try !firewall.isInPlace(plan))
        _ = try firewall.apply(plan)
        #expect(try firewall.isInPlace(plan))
        #expect(try namespace.run("nft -s list ruleset") == before)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("flush ruleset", true), ("flush chain inet berth departures", true),
            ("add element inet berth untranslated { 172.16.0.0/12 }", true),
            ("insert rule inet berth from-pods return", true), ("add table ip berth; delete table ip berth", false),
            ("add table inet theirs; add chain inet theirs mine; flush table inet theirs", false),
        ])
    func whatHappensToOurTableIsToldAndNothingElse(_ commands: String, isOurs: Bool) async throws {
        let namespace = try RealNamespace()
        let firewall = try NftablesFirewall(namespace: namespace.path)
        _ = try firewall.apply(plan)
        let changes = try firewall.changes()
        let heard = Task {
            for await _ in changes { return true }
            return false
        }
        _ = try namespace.run("nft '\(commands)'")
        if !isOurs {
            try await Task.sleep(for: .milliseconds(300))
            heard.cancel()
        }
        #expect(await heard.value == isOurs)
    }

    @Test func otherTablesAndCountersAreNoDamage() throws {
        let namespace = try RealNamespace()
        let firewall = try NftablesFirewall(namespace: namespace.path)
        _ = try firewall.apply(plan)
        _ = try namespace.run("nft 'add table inet theirs; add chain inet theirs mine; add rule inet theirs mine counter accept'")
        #expect(try firewall.isInPlace(plan))
    }

    @Test func theIncumbentsRulesGoInTheTransactionInWhichOursComeAndForeignOnesStay() throws {
        let (taken, clean) = (try RealNamespace(), try RealNamespace())
        for namespace in [taken, clean] {
            _ = try namespace.run("nft '\(Self.foreignTables)'")
            try namespace.runAll(Self.foreignRules.map { "iptables-nft \($0)" })
        }
        try taken.runAll(Self.incumbentRules.map { "iptables-nft \($0)" })
        _ = try taken.run("nft '\(Self.incumbentTable)'")
        let firewall = try NftablesFirewall(namespace: taken.path)
        #expect(
            try firewall.apply(plan).removed == [
                "rule ip nat POSTROUTING comment \"AWS SNAT CHAIN\"",
                "rule ip nat PREROUTING comment \"AWS, outbound connections\"",
                "rule ip nat PREROUTING comment \"AWS, CONNMARK\"",
                "rule ip mangle PREROUTING comment \"AWS, primary ENI\"",
                "rule ip mangle PREROUTING comment \"AWS, primary ENI\"",
                "rule ip mangle PREROUTING comment \"AWS, primary ENI\"",
                "chain ip nat AWS-SNAT-CHAIN-0", "chain ip nat AWS-CONNMARK-CHAIN-0", "table ip aws-cni",
            ])
        #expect(try firewall.isInPlace(plan))
        #expect(try firewall.apply(plan) == FirewallTakeOver())
        try firewall.remove()
        for listing in ["iptables-nft-save -t nat", "iptables-nft-save -t mangle"] {
            let (after, never) = (try taken.run(listing), try clean.run(listing))
            #expect(Self.rules(after) == Self.rules(never), "\(listing)")
        }
        #expect(try taken.run("nft -s list table inet theirs") == clean.run("nft -s list table inet theirs"))
    }

    @Test func foreignTablesAreTheSameBytesBeforeAndAfter() throws {
        let namespace = try RealNamespace()
        _ = try namespace.run("nft '\(Self.foreignTables)'")
        try namespace.runAll(Self.foreignRules.map { "iptables-nft \($0)" })
        let before = try namespace.run("nft -a list ruleset")
        let firewall = try NftablesFirewall(namespace: namespace.path)
        for plan in FirewallContract.plans { _ = try firewall.apply(plan) }
        try firewall.remove()
        #expect(try namespace.run("nft -a list ruleset") == before)
    }

    @Test func aTransactionThatFailsLeavesEverythingAsItWas() throws {
        let namespace = try RealNamespace()
        try namespace.runAll(Self.incumbentRules.map { "iptables-nft \($0)" })
        // Somebody else's jump keeps the incumbent's chain from being deleted.
        _ = try namespace.run("iptables-nft -t nat -A POSTROUTING -j AWS-SNAT-CHAIN-0 -m comment --comment theirs")
        let before = try namespace.run("nft -a list ruleset")
        let firewall = try NftablesFirewall(namespace: namespace.path)
        let failure = #expect(throws: FirewallFailure.self) { try firewall.apply(plan) }
        #expect(failure?.description.contains("apply table inet berth") == true)
        #expect(try namespace.run("nft -a list ruleset") == before)
    }

    @Test func rulesOfIptablesLegacyAreReportedAndLeft() throws {
        let namespace = try RealNamespace()
        try namespace.runAll(Self.incumbentRules.map { "iptables-legacy \($0)" })
        let before = try namespace.run("iptables-legacy-save | grep -v '^[#:]'")
        let found = try NftablesFirewall(namespace: namespace.path).apply(plan)
        #expect(
            found
                == FirewallTakeOver(
                    legacy: ["nat AWS-SNAT-CHAIN-0", "nat AWS-CONNMARK-CHAIN-0", "mangle AWS, primary ENI"]))
        #expect(try namespace.run("iptables-legacy-save | grep -v '^[#:]'") == before)
    }

    @Test func lookingForIptablesLegacyMakesNoTable() throws {
        let namespace = try RealNamespace()
        _ = try NftablesFirewall(namespace: namespace.path).apply(plan)
        #expect(try namespace.run("cat /proc/net/ip_tables_names") == "")
    }

    @Test func aNamespaceThatIsNotThereIsAFault() {
        let failure = #expect(throws: FirewallFailure.self) { try NftablesFirewall(namespace: "/run/netns/berth-absent") }
        #expect(failure?.description == "open network namespace /run/netns/berth-absent: no such entry (ENOENT)")
    }

    private let plan = FirewallContract.plans[0]

    /// What `iptables-save` prints but for chains' counters and comments with the time.
    private static func rules(_ listing: String) -> [Substring] {
        listing.split(separator: "\n").filter { $0.hasPrefix("-") }
    }

    private static let foreignTables = """
        table inet theirs {
            chain mine {
                type filter hook forward priority filter; policy accept;
                iifname "eni*" counter accept comment "AWS, primary ENI"
            }
        }
        """

    private static let foreignRules = [
        "-t nat -N KUBE-SERVICES", "-t nat -A PREROUTING -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES",
        "-t nat -A POSTROUTING -s 172.17.0.0/16 -m comment --comment 'AWS SNAT CHAIN of others' -j MASQUERADE",
        "-t nat -N AWS-SNAT-CHAIN-of-others", "-t nat -A POSTROUTING -j AWS-SNAT-CHAIN-of-others",
        "-t mangle -A PREROUTING -i eth0 -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80",
        "-t mangle -A PREROUTING -i eni+ -m comment --comment theirs -j CONNMARK --restore-mark --mask 0x80",
    ]

    /// As the incumbent makes them (reference §4.3).
    private static let incumbentRules = [
        "-t nat -N AWS-SNAT-CHAIN-0",
        "-t nat -A POSTROUTING -m comment --comment 'AWS SNAT CHAIN' -j AWS-SNAT-CHAIN-0",
        "-t nat -I AWS-SNAT-CHAIN-0 1 -d 10.0.0.0/16 -m comment --comment 'AWS SNAT CHAIN' -j RETURN",
        "-t nat -A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment 'AWS, SNAT' -m addrtype ! --dst-type LOCAL -j SNAT "
            + "--to-source 10.0.32.5 --random-fully",
        "-t nat -N AWS-CONNMARK-CHAIN-0",
        "-t nat -A PREROUTING -i eni+ -m comment --comment 'AWS, outbound connections' -j AWS-CONNMARK-CHAIN-0",
        "-t nat -A AWS-CONNMARK-CHAIN-0 -d 10.0.0.0/16 -m comment --comment 'AWS CONNMARK CHAIN' -j RETURN",
        "-t nat -A AWS-CONNMARK-CHAIN-0 -m comment --comment 'AWS, CONNMARK' -j CONNMARK --set-xmark 0x80/0x80",
        "-t nat -A PREROUTING -m comment --comment 'AWS, CONNMARK' -j CONNMARK --restore-mark --mask 0x80",
        "-t mangle -A PREROUTING -i eth0 -m comment --comment 'AWS, primary ENI' -m addrtype --dst-type LOCAL --limit-iface-in "
            + "-j CONNMARK --set-xmark 0x80/0x80",
        "-t mangle -A PREROUTING -i eni+ -m comment --comment 'AWS, primary ENI' -j CONNMARK --restore-mark --mask 0x80",
        "-t mangle -A PREROUTING -i vlan+ -m comment --comment 'AWS, primary ENI' -j CONNMARK --restore-mark --mask 0x80",
    ]

    private static let incumbentTable = """
        table ip aws-cni {
            chain snat-mark { ip daddr 10.0.0.0/16 return; ct mark set ct mark | 0x80; };
            chain nat-prerouting {
                type nat hook prerouting priority -90;
                fib daddr type local return; iifname "eni*" counter jump snat-mark; counter meta mark set ct mark & 0x80;
            };
        }
        """
}

extension RealNamespace {
    /// What `ip netns` binds it to.
    var path: String { "\(NetworkNamespace.folder)/\(name)" }

    /// Runs a command of the shell inside and returns what it prints; it must succeed.
    func run(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let (output, status) = try outcome(of: command)
        #expect(status == 0, "\(command): \(output)", sourceLocation: sourceLocation)
        return output
    }

    func runAll(_ commands: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        for command in commands { _ = try run(command, sourceLocation: sourceLocation) }
    }

    /// Runs a command of the shell inside; both of its outputs and its status.
    func outcome(of command: String) throws -> (output: String, status: Int32) {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", name, "bash", "-c", command]
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (output, process.terminationStatus)
    }
}
