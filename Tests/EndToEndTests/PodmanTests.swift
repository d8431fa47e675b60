import Foundation
import NetlinkAdapter
import NetworkSnapshots
import NodeReports
import Testing

extension EndToEnd {
    /// Debian's podman with a network of ours.
    @Suite(
        .enabled(if: Podman.missing.isEmpty, "needs Debian's packages podman, conmon and runc"),
        .enabled(if: MotoInstance.isInstalled, "needs the Python packages of make setup-test"))
    struct PodmanRuntime {
        @Test func containersLiveAndGoOnTheNetworkThatWasPlaced() throws {
            try withPodman { podman, node in
                let before = try node.namespace.settledText()
                #expect(try podman("network", "ls", "--format", "{{.Name}} {{.Driver}}") == "berth berth-cni")

                let names = ["web", "api", "db"]
                let ids = try names.map { try podman("run", "--detach", "--name", $0, "--network", "berth", PauseImage.name) }
                let networks = try names.map { try #require(try podman.networks(of: $0)["berth"]) }
                let held = try node.held().mapValues { "\($0)" }
                #expect(held == Dictionary(uniqueKeysWithValues: zip(ids, networks.map(\.address))))
                #expect(networks.allSatisfy { $0.prefixLength == 32 && $0.gateway == "169.254.1.1" }, "\(networks)")
                for (from, to) in [(0, 1), (1, 2), (2, 0)] { #expect(try podman.reaches(networks[to].address, from: names[from])) }
                try podman("stop", "--time", "1", "web")
                // The network of a container that ends is taken away behind podman's back, by the process that watched it.
                #expect(try eventually { try node.held().count == 2 })

                try podman("rm", "--force", "--time", "1", "web", "api", "db")
                #expect(try podman("ps", "--all", "--quiet") == "" && podman.namespaces() == [])
                #expect(try eventually { try node.pods() == [] })
                var differences: [String] = []
                _ = try eventually {
                    differences = try node.namespace.text().differences(from: before)
                    return differences.isEmpty
                }
                #expect(differences == [])
            }
        }

        /// Runs the body with podman on a node on whose disk the plugin and the conflist are.
        private func withPodman(_ body: (Podman, SimulatedNodeProcess) throws -> Void) throws {
            let folder = "/tmp/berth-e2e-\(getpid())-podman"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let image = try PauseImage.archive(in: folder)
            let description = SimulatedCluster.Description(
                settings: ["WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 3, "MAX_ENI": 1, "IP_COOLDOWN_PERIOD": 0], freeAtStart: 3)
            try SimulatedCluster.run([description]) { cluster in
                let node = cluster.nodes[0]
                let installation = try Installation(in: folder, runDirectory: node.runDirectory)
                let outcome = try installation.install(["--place-now"])
                #expect(outcome.status == 0 && installation.isPlaced, "\(outcome)")
                let podman = try Podman(on: node, installation, folder: "\(folder)/podman")
                defer { podman.end() }
                try podman("load", "--input", image)
                try body(podman, node)
            }
        }
    }
}
