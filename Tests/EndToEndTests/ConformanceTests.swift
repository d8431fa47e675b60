import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct Conformance {
        /// One row of the report.
        struct Row: Decodable {
            var id: Int
            var verdict: String
            var reason: String?
        }

        struct Report: Decodable {
            var schema: String
            var versions: [String]
            var failed: Int
            var rows: [Row]

            func ids(_ verdict: String) -> [Int] { rows.filter { $0.verdict == verdict }.map(\.id) }
            func reason(_ id: Int) -> String { rows.first { $0.id == id }?.reason ?? "" }
        }

        /// Where Debian's package containernetworking-plugins puts its plugins.
        private static let debian = "/usr/lib/cni"

        private func expectPass(_ row: Row) {
            #expect(row.verdict == "pass", "row \(row.id): \(row.reason ?? "")")
        }

        /// Which addresses the node gives.
        enum Families: String, CaseIterable {
            case ipv4, ipv6, dual

            /// One ENI has addresses for fifty pods, and no ENI comes or goes meanwhile.
            var settings: [String: Int] {
                let all = ["ENABLE_PREFIX_DELEGATION": 1, "MAX_ENI": 1, "IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0]
                let own =
                    switch self {
                    case .ipv4: ["WARM_IP_TARGET": 60]
                    case .ipv6: ["ENABLE_IPv4": 0, "ENABLE_IPv6": 1]
                    case .dual: ["WARM_IP_TARGET": 60, "ENABLE_IPv6": 1]
                    }
                return all.merging(own) { $1 }
            }
        }

        @Test(arguments: Families.allCases, [false, true])
        func berthPassesEveryRowInEveryVersion(families: Families, isChained: Bool) throws {
            // Free addresses are counted in IPv4 alone.
            let free = families == .ipv6 ? 0 : 60
            try SimulatedCluster.run([.init(instanceType: "m5.xlarge", settings: families.settings, freeAtStart: free)]) { cluster in
                let node = cluster.nodes[0]
                let daemon = try DaemonScripts(of: node, in: cluster.folder)
                defer { daemon.end() }
                let list = #"{"cniVersion":"1.0.0","name":"berth","plugins":[{"type":"loopback"},{"type":"berth-cni"}]}"#
                let (outcome, report) = try run(
                    Programs.plugin, list, on: node.namespace, in: cluster.folder,
                    ["--stop-daemon", daemon.stop, "--start-daemon", daemon.start] + (isChained ? ["--chained"] : []),
                    ["BERTH_SOCKET": node.socket])
                // Lists came with 0.3.0.
                #expect(report.versions.count == (isChained ? 5 : 7) && report.rows.count == 41)
                #expect(try node.held() == [:])
                for row in report.rows { expectPass(row) }
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
        }

        /// Debian's host-local speaks the versions up to 1.0.0.
        @Test func berthPassesWhatAppliesWithAddressesOfHostLocal() throws {
            try SimulatedCluster.run([.init(settings: ["IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0])]) { cluster in
                let node = cluster.nodes[0]
                let daemon = try DaemonScripts(of: node, in: cluster.folder)
                defer { daemon.end() }
                let data = "\(cluster.folder)/data"
                let ipam = #"{"type":"host-local","dataDir":"\#(data)","ranges":[[{"subnet":"10.77.0.0/16"}]]}"#
                let (outcome, report) = try run(
                    Programs.plugin, #"{"cniVersion":"1.0.0","name":"berth","type":"berth-cni","ipam":\#(ipam)}"#, on: node.namespace,
                    in: cluster.folder,
                    ["--version", "0.1.0", "0.4.0", "1.0.0", "--stop-daemon", daemon.stop, "--start-daemon", daemon.start],
                    ["BERTH_SOCKET": node.socket])
                #expect(report.versions == ["0.1.0", "0.4.0", "1.0.0"])
                // STATUS and GC are of 1.1.0, and nobody asks a plugin for addresses alone that has them from another.
                #expect(report.ids("not applicable") == [31, 32, 33, 37])
                // A DEL waits for the daemon, without which nothing is run; and the last pair of versions is with 1.1.0.
                #expect(report.ids("fail") == [27, 38])
                #expect(report.reason(27).contains("code 11") && report.reason(38).contains("host-local: incompatible CNI versions"))
                #expect(outcome.status == 1, "\(outcome.errors)")
                let reserved = try FileManager.default.contentsOfDirectory(atPath: "\(data)/berth-conformance")
                #expect(reserved.filter { $0.hasPrefix("10.77.") } == [])
            }
        }

        @Test(arguments: ["ptp", "bridge"]) func aReferencePluginIsFoundWantingWhereItIs(type: String) throws {
            try withHost { host, folder in
                let ipam = #"{"type":"host-local","subnet":"10.77.0.0/16","dataDir":"\#(folder)/ipam","routes":[{"dst":"0.0.0.0/0"}]}"#
                let list = #"{"cniVersion":"1.0.0","name":"e2e","plugins":[{"type":"tuning"},{"type":"\#(type)","ipam":\#(ipam)}]}"#
                let (outcome, report) = try run(
                    "\(Self.debian)/\(type)", list, on: host, in: folder, ["--version", "0.2.0", "1.0.0", "1.1.0"])
                #expect(outcome.status == 1)
                #expect(report.versions.last == "1.0.0")
                // Neither tells cniVersion in errors, passes prevResult on, or speaks 1.1.0 with STATUS and GC.
                #expect(Set(report.ids("fail")).isSuperset(of: [18, 22, 31, 32, 33, 34]))
                #expect(report.reason(31).contains("1.1.0") && report.reason(18).contains("cniVersion"))
                // What needs a daemon, and what an IPAM plugin alone does.
                #expect(report.ids("not applicable") == [24, 27, 37])
                #expect(Set(report.ids("pass")).isSuperset(of: [1, 2, 3, 6, 11, 14, 20, 21, 26, 29, 36, 38]))
            }
        }

        /// A plugin that always succeeds and does nothing: the rows that look at kernel and result must see through it.
        @Test func aPluginThatOnlyPretendsFails() throws {
            try withHost { host, folder in
                let script = """
                    #!/bin/sh
                    cat > /dev/null
                    case "$CNI_COMMAND" in
                    VERSION) echo '{"cniVersion":"1.1.0","supportedVersions":["1.0.0","1.1.0"]}' ;;
                    ADD) echo '{"cniVersion":"1.1.0","interfaces":[{"name":"eth0","sandbox":"'$CNI_NETNS'"}],"ips":[{"address":"10.0.0.5/32","interface":0}]}' ;;
                    esac

                    """
                let plugin = "\(folder)/pretender"
                try script.write(toFile: plugin, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
                let (outcome, report) = try run(
                    plugin, #"{"cniVersion":"1.0.0","name":"e2e","type":"pretender"}"#, on: host, in: folder, ["--version", "1.1.0"])
                #expect(outcome.status == 1)
                #expect(Set(report.ids("fail")).isSuperset(of: [1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 16, 20, 21, 23, 29, 30, 32, 35]))
                #expect(report.reason(21).contains("no link eth0") && report.reason(35).contains("given twice"))
            }
        }

        @Test func anInterruptedRunRemovesWhatItMade() throws {
            try withHost { host, folder in
                let before = try Set(FileManager.default.contentsOfDirectory(atPath: NetworkNamespace.folder))
                let plugin = "\(folder)/sleeper"
                // It tells that it is up by a file, and holds up the run until it is killed.
                let script = """
                    #!/bin/sh
                    if [ "$CNI_COMMAND" = ADD ]; then : > \(folder)/up; exec sleep 60; fi
                    cat > /dev/null
                    echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}'

                    """
                try script.write(toFile: plugin, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
                let conf = try configuration(#"{"cniVersion":"1.0.0","name":"e2e","type":"sleeper"}"#, in: folder)
                let child = try ChildProcess(command(host, plugin, conf))
                #expect(eventually { FileManager.default.fileExists(atPath: "\(folder)/up") })
                child.signal(SIGINT)
                let outcome = child.finish()
                #expect(outcome.status == 130 && outcome.output == "" && outcome.errors.contains("removed"), "\(outcome)")
                let after = try Set(FileManager.default.contentsOfDirectory(atPath: NetworkNamespace.folder))
                #expect(after.subtracting(before).filter { $0.contains("conformance-") } == [])
            }
        }

        @Test func whatCannotBeRunIsRefusedAsBadInput() throws {
            try withHost { host, folder in
                let conf = try configuration(#"{"cniVersion":"1.0.0","name":"e2e","plugins":[{"type":"other"}]}"#, in: folder)
                let alone = "\(folder)/alone.conf"
                try #"{"cniVersion":"1.0.0","name":"e2e","type":"ptp"}"#.write(toFile: alone, atomically: true, encoding: .utf8)
                let calls: [([String], String)] = [
                    (command(host, "\(folder)/nothing", conf), "is not there"),
                    (command(host, Programs.plugin, "\(folder)/nothing"), "cannot be read"),
                    (command(host, Programs.plugin, conf), "none of the type berth-cni"),
                    (command(host, Programs.plugin, conf, ["--version", "2.0.0"]), "is none of 0.1.0"),
                    (command(host, Programs.plugin, conf, ["--stop-daemon", "true"]), "both or not at all"),
                    (command(host, Programs.plugin, conf, ["--chained", "--version", "0.2.0"]), "has no lists"),
                    (command(host, "\(Self.debian)/ptp", alone, ["--chained"]), "no plugin stands before ptp"),
                ]
                for (words, says) in calls {
                    let outcome = try ChildProcess.run(words)
                    #expect(outcome.status == 2 && outcome.errors.contains(says), "\(outcome)")
                }
            }
        }
    }
}

extension EndToEnd.Conformance {
    /// Runs the checklist in a namespace that is the host of the plugin.
    private func run(
        _ plugin: String, _ json: String, on host: NetworkNamespace, in folder: String, _ arguments: [String] = [],
        _ environment: [String: String] = [:]
    ) throws -> (ChildProcess.Outcome, Report) {
        let words = command(host, plugin, try configuration(json, in: folder), ["--output", "json"] + arguments)
        let outcome = try ChildProcess.run(words, environment: ChildProcess.environment.merging(environment) { $1 })
        guard !outcome.output.isEmpty else { throw Pod.Refused(description: "no report: \(outcome.errors)") }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.schema == "berth/conformance/v1")
        return (outcome, report)
    }

    private func command(_ host: NetworkNamespace, _ plugin: String, _ conf: String, _ arguments: [String] = []) -> [String] {
        ["ip", "netns", "exec", host.name, Programs.berth, "conformance", "--plugin", plugin, "--conf", conf, "--cni-path", Self.debian]
            + arguments
    }

    private func configuration(_ json: String, in folder: String) throws -> String {
        let path = "\(folder)/driven.conf"
        try json.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A namespace to play the host of a plugin without a node, and a folder, both removed at the end.
    private func withHost(_ body: (NetworkNamespace, String) throws -> Void) throws {
        let tag = "berth-e2e-\(getpid())-host"
        let folder = "/tmp/\(tag)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let host = try NetworkNamespace.create(named: tag)
        defer { try? host.remove() }
        _ = try ChildProcess.run(["ip", "-n", tag, "link", "set", "lo", "up"])
        try body(host, folder)
    }
}

/// Scripts that end and start a node's daemon, as an operator would write them.
private struct DaemonScripts {
    let stop: String
    let start: String

    /// Puts a daemon started by the script in the place of the node's own.
    init(of node: SimulatedNodeProcess, in folder: String) throws {
        // A killed daemon holds its journal until its last thread has ended, so the script waits for all of them.
        stop = """
            pid=$(cat \(folder)/daemon.pid)
            kill -KILL $pid
            while grep -qs 'State:.[^ZX]' /proc/$pid/task/*/status; do :; done
            """
        let arguments = [
            "--simulate", "\(folder)/scenario.yaml", "--node", node.name, "--run-directory", node.runDirectory, "--vpc",
            "\(folder)/vpc.json",
        ]
        start = """
            ip netns exec \(node.namespace.name) \(Programs.daemon) \(arguments.joined(separator: " ")) >> \(node.runDirectory).log 2>&1 &
            echo $! > \(folder)/daemon.pid
            """
        node.kill()
        let outcome = try ChildProcess.run(["sh", "-c", start])
        guard outcome.status == 0, eventually({ (try? node.status())?.isStarted == true }) else {
            throw Pod.Refused(description: "the daemon does not start: \(node.log)")
        }
    }

    func end() {
        _ = try? ChildProcess.run(["sh", "-c", stop])
    }
}
