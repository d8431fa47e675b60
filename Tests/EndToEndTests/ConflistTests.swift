import Foundation
import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    /// `berthd install` and `uninstall`, and the conflist that `berthd` keeps for the runtime.
    @Suite(.enabled(if: PluginChain.missing(["loopback", "portmap"]).isEmpty, "needs Debian's package containernetworking-plugins"))
    struct Conflist {
        @Test func aConflistIsThereWhileANodeHasAddressesOrPods() throws {
            let folder = "/tmp/berth-e2e-\(getpid())-conflist"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let description = SimulatedCluster.Description(
                settings: ["MAX_ENI": 1, "IP_COOLDOWN_PERIOD": 0], texts: ["BERTH_EXCLUDED_ADDRESSES": Self.everything], freeAtStart: 0,
                options: ["--cni-conf-dir", "\(folder)/net.d"])
            try SimulatedCluster.run([description]) { cluster in
                let node = cluster.nodes[0]
                let installation = try Installation(in: folder, runDirectory: node.runDirectory)
                // As an earlier boot leaves it.
                #expect(try installation.install(["--place-now"]).status == 0)
                #expect(eventually { !installation.isPlaced }, "\(node.log)")
                #expect(try node.plugin("STATUS", NetworkConfiguration(version: "1.1.0")).code == 50)
                #expect(eventually { node.log.contains("conflist withdrawn") })

                try restart(node, of: cluster, installation, excluding: Self.nothing)
                #expect(eventually { installation.isPlaced }, "\(node.log)")
                let pod = try Pod("web", on: node)
                try pod.add()
                let file = try inode(installation.conflist)
                try restart(node, of: cluster, installation, excluding: Self.everything)
                #expect(try node.status().pods == 1 && node.status().addresses.free == 0)
                #expect(try inode(installation.conflist) == file)

                let refused = try installation.uninstall(on: node)
                #expect(refused.status == 1 && refused.output == "", "\(refused)")
                #expect(refused.errors.contains("1 pods on this node") && refused.errors.contains("--force"), "\(refused)")
                #expect(try inode(installation.conflist) == file)
                try pod.delete()
                #expect(try eventually { try installation.uninstall(on: node).status == 0 })
                #expect(try FileManager.default.contentsOfDirectory(atPath: installation.binFolder).sorted() == ["loopback", "portmap"])
                #expect(try FileManager.default.contentsOfDirectory(atPath: installation.confFolder) == [])
                let again = try installation.uninstall(on: node)
                #expect(again.status == 0 && again.output.contains("not there"), "\(again)")
            }
        }

        /// All addresses that the node can get, and others.
        private static let (everything, nothing) = ("10.0.32.0/20", "10.9.9.0/24")

        /// Ends the daemon without a chance to do anything, and starts it with other addresses kept from pods.
        private func restart(
            _ node: SimulatedNodeProcess, of cluster: SimulatedCluster, _ installation: Installation, excluding block: String
        ) throws {
            let scenario = "\(cluster.folder)/scenario.yaml"
            let text = try String(contentsOfFile: scenario, encoding: .utf8)
            let other = block == Self.everything ? Self.nothing : Self.everything
            try text.replacing("\"\(other)\"", with: "\"\(block)\"").write(toFile: scenario, atomically: true, encoding: .utf8)
            let isPlaced = installation.isPlaced
            node.kill()
            #expect(installation.isPlaced == isPlaced)
            try node.start(awaiting: 0, options: installation.daemonOptions)
        }

        private func inode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        }

        /// Runs the body with folders that nothing was installed in.
        private func withInstallation(_ plugins: [String] = ["portmap"], _ body: (Installation) throws -> Void) throws {
            let folder = "/tmp/berth-e2e-\(getpid())-install"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try body(try Installation(in: folder, runDirectory: "\(folder)/run", with: plugins))
        }

        private func installed(_ installation: Installation) throws -> [String: Any] {
            let text = try Data(contentsOf: URL(fileURLWithPath: installation.conflist))
            return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        }

        @Test func whatIsAskedForIsInTheConflistAndTheReport() throws {
            try withInstallation(["bandwidth", "portmap", "tuning"]) { installation in
                let words = ["--place-now", "--runtime", "containerd://2.1.0", "--tuning", "net.core.somaxconn=500", "--output", "json"]
                let outcome = try installation.install(
                    words, environment: ["POD_MTU": "1500", "AWS_VPC_K8S_CNI_VETHPREFIX": "vpc", "ENABLE_BANDWIDTH_PLUGIN": "true"])
                #expect(outcome.status == 0 && outcome.json["schema"] as? String == "berth/install/1", "\(outcome)")
                #expect((outcome.json["files"] as? [[String: Any]])?.map { $0["change"] as? String } == ["created", "created", "created"])
                let list = try installed(installation)
                #expect(list["cniVersion"] as? String == "1.1.0")
                let plugins = try #require(list["plugins"] as? [[String: Any]])
                #expect(plugins.map { $0["type"] as? String } == ["berth-cni", "portmap", "bandwidth", "tuning"])
                #expect(plugins[0]["mtu"] as? Int == 1500 && plugins[0]["vethPrefix"] as? String == "vpc")
                #expect(plugins[3]["sysctl"] as? [String: String] == ["net.core.somaxconn": "500"])

                let again = try installation.install(["--place-now", "--runtime", "containerd://1.6.20"])
                #expect(again.status == 0 && again.output.contains("berth-cni: unchanged"), "\(again)")
                // containerd 1.6 starts no pod without it.
                #expect(again.output.contains("warning: loopback is not in"), "\(again)")
                #expect(try installed(installation)["cniVersion"] as? String == "1.0.0")
            }
        }

        @Test func aNetworkThatWouldWinIsTold() throws {
            try withInstallation { installation in
                try FileManager.default.createDirectory(atPath: installation.confFolder, withIntermediateDirectories: true)
                try "{}".write(toFile: "\(installation.confFolder)/05-cilium.conflist", atomically: true, encoding: .utf8)
                let outcome = try installation.install()
                #expect(outcome.status == 0 && outcome.output.contains("05-cilium.conflist"), "\(outcome)")
            }
        }

        @Test func whatWouldFailEveryPodIsNotPlaced() throws {
            try withInstallation([]) { installation in
                let outcome = try installation.install(["--bandwidth"])
                #expect(outcome.status == 1 && outcome.errors.contains("portmap and bandwidth not in"), "\(outcome)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: installation.binFolder) == [])
                #expect(try installation.install(["--no-portmap"]).status == 0)
            }
        }

        @Test func badInputIsRefusedWithExitCodeTwo() throws {
            try withInstallation { installation in
                let calls: [([String], [String: String], String)] = [
                    (["--cni-version", "2.0.0"], [:], "not auto or one of 0.3.0"),
                    (["--runtime", "containerd"], [:], "such as containerd://1.6.20"),
                    (["--tuning", "somaxconn"], [:], "such as net.core.somaxconn=500"),
                    (["--network-name", "a/b"], [:], "not 1 to 128 letters"),
                    (["--plugin", "/bin/true"], [:], "is no berth-cni"),
                    (["--plugin", "/nowhere"], [:], "/nowhere cannot be read: no such entry"),
                    ([], ["POD_MTU": "200", "DISABLE_POD_V6": "maybe"], "POD_MTU is \"200\""),
                ]
                for (options, environment, says) in calls {
                    let outcome = try installation.install(options, environment: environment)
                    #expect(outcome.status == 2 && outcome.errors.contains(says) && outcome.output == "", "\(options): \(outcome)")
                }
                #expect(!FileManager.default.fileExists(atPath: "\(installation.binFolder)/berth-cni"))
            }
        }
    }
}
