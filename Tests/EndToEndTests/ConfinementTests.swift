import Foundation
import NodePorts
import Testing

extension EndToEnd {
    /// The daemon as a container has it: root with CAP_NET_ADMIN and nothing else, and `/proc/sys` for reading alone.
    @Suite struct Confinement {
        /// Becomes what follows, confined so; the sysctls can be written in the folder named here.
        private static func container(_ sysctls: String) -> [String] {
            let script = """
                set -e
                mkdir "$0"
                mount --bind /proc/sys/net "$0"
                mount --bind /proc/sys /proc/sys
                mount -o remount,bind,ro /proc/sys
                exec setpriv --no-new-privs --bounding-set -all,+net_admin --inh-caps -all,+net_admin "$@"
                """
            return ["unshare", "--mount", "sh", "-c", script, sysctls]
        }

        @Test func aDaemonWithTheOneCapabilityMakesTheNodesNetworkAndServesPods() throws {
            try InstanceOverHTTP.run("t3.small", named: "confined") { instance in
                let node = instance.node
                let sysctls = "\(node.runDirectory).sysctls"
                try node.start(
                    instance.environment, options: ["--sysctl-directory", sysctls], confinement: Self.container(sysctls))
                #expect(try capabilities(of: node) == 1 << 12, "CAP_NET_ADMIN is the twelfth, counted from 0 (capabilities(7))")
                #expect(node.log.contains("node's network made"), "\(node.log)")
                #expect(try read("ipv4/conf/eth0/rp_filter", in: node) == "2")
                let pod = try Pod("web", on: node)
                let before = try KernelSnapshot(node.namespace)
                try pod.add()
                let doctor = try ChildProcess.run([Programs.berth, "doctor", "--socket", "\(node.runDirectory)/api.sock"])
                #expect(doctor.status == 0, "\(doctor)")
                try pod.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func aFirewallOfTheIncumbentInIptablesLegacyIsFoundWithTheOneCapability() throws {
            try InstanceOverHTTP.run("t3.small", named: "legacy") { instance in
                let node = instance.node
                let made = try ChildProcess.run(
                    ["ip", "netns", "exec", node.namespace.name, "iptables-legacy", "-t", "nat", "-N", "AWS-SNAT-CHAIN-0"])
                #expect(made.status == 0, "\(made)")
                let sysctls = "\(node.runDirectory).sysctls"
                try node.start(
                    instance.environment, options: ["--sysctl-directory", sysctls], confinement: Self.container(sysctls))
                #expect(node.log.contains("firewall of the incumbent still works, in iptables-legacy"), "\(node.log)")
                #expect(node.log.contains("node's network made"), "\(node.log)")
            }
        }

        @Test func aDaemonThatMayNotWriteASysctlSaysWhich() throws {
            try InstanceOverHTTP.run("t3.small", named: "read-only") { instance in
                let node = instance.node
                try node.start(instance.environment, confinement: Self.container("\(node.runDirectory).sysctls"))
                #expect(
                    eventually { node.log.contains("set sysctl net/ipv4/conf/eth0/rp_filter = 2: file system is read-only (EROFS)") },
                    "\(node.log)")
            }
        }

        private func read(_ path: String, in node: SimulatedNodeProcess) throws -> String? {
            try node.namespace.enter().sysctl(path)
        }

        /// The bounding set of the daemon, which nothing that it starts or becomes can exceed.
        private func capabilities(of node: SimulatedNodeProcess) throws -> UInt64 {
            let pid = try #require(node.pid)
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") })
            return try #require(UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16))
        }
    }
}
