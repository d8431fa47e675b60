import Addressing
import Foundation
import NetlinkAdapter
import NetworkSnapshots
import NodeReports
import SeededRandom
import Testing

extension EndToEnd {
    /// Debian's containerd drives the plugin that `berthd install` put there, by the conflist that `berthd` placed.
    @Suite(
        .enabled(if: Containerd.missing.isEmpty, "needs Debian's packages containerd and runc"),
        .enabled(if: MotoInstance.isInstalled, "needs the Python packages of make setup-test"))
    struct ContainerdRuntime {
        private static let podsPerNode = 28

        /// A node with a daemon, a containerd and what was installed for it.
        private struct Worker {
            let node: SimulatedNodeProcess
            let installation: Installation
            let containerd: Containerd
        }

        @Test func podsOfTwoNodesLiveAndGoWhileTheDaemonIsRestarted() throws {
            try withWorkers { workers in
                for worker in workers {
                    // Nothing is placed before it is installed, and the runtime says that it has no network.
                    #expect(try worker.containerd.status()["NetworkReady"]?.ready == false)
                    let outcome = try worker.installation.install(["--runtime", "containerd://1.6.20"])
                    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
                    #expect(try eventually { try worker.containerd.status()["NetworkReady"]?.ready == true }, "\(worker.node.log)")
                }
                let before = try workers.map { try $0.node.namespace.settledText() }
                for round in 0..<2 { try run(round, on: workers) }
                for (worker, before) in zip(workers, before) { try expectNothingLeft(on: worker, before) }
                for worker in workers {
                    let outcome = try worker.installation.uninstall(on: worker.node)
                    #expect(outcome.status == 0 && !worker.installation.isPlaced, "\(outcome)")
                    #expect(try eventually { try worker.containerd.status()["NetworkReady"]?.ready == false })
                }
            }
        }

        private func run(_ round: Int, on workers: [Worker]) throws {
            let starts = try workers.map { worker in
                try worker.containerd.run((0..<Self.podsPerNode).map { "web-\(round)-\(worker.node.name)-\($0)" })
            }
            try restart(workers[0]) { $0 >= 8 }
            let sandboxes = try starts.map { try $0.answer() }
            #expect(sandboxes.allSatisfy { $0.count == Self.podsPerNode && $0.allSatisfy(\.ready) })
            #expect(Set(sandboxes.flatMap { $0 }.map(\.address)).count == workers.count * Self.podsPerNode)
            for (worker, sandboxes) in zip(workers, sandboxes) {
                // What the CRI says is what the daemon gave and what the kernel has.
                let held = try worker.node.held().mapValues { "\($0)" }
                #expect(held == Dictionary(uniqueKeysWithValues: sandboxes.map { ($0.id, $0.address) }))
                for sandbox in sandboxes { #expect(try worker.containerd.kernelAddresses(of: sandbox) == [sandbox.address]) }
            }
            try expectPings(workers, sandboxes, seed: UInt64(round))
            // DELs of a daemon that is away are kept for it.
            let ends = try zip(workers, sandboxes).map { try $0.containerd.remove($1) }
            try restart(workers[0]) { $0 <= Self.podsPerNode - 8 }
            for end in ends { #expect(try end.answer().count == Self.podsPerNode) }
            for worker in workers {
                #expect(try worker.containerd.sandboxes() == [] && worker.containerd.namespaces() == [])
                #expect(try eventually { try worker.node.held() == [:] }, "\(worker.node.log.suffix(2000))")
            }
        }

        /// Restarts the daemon of a node when its number of pods is that of the middle.
        private func restart(_ worker: Worker, when isMiddle: (Int) -> Bool) throws {
            #expect(try eventually { isMiddle(try worker.node.status().pods) })
            #expect(worker.node.terminate() == 0)
            try worker.node.start(awaiting: 0, options: worker.installation.daemonOptions)
        }

        /// Between pods of one node and of two.
        private func expectPings(_ workers: [Worker], _ sandboxes: [[Containerd.Sandbox]], seed: UInt64) throws {
            var random = SplitMix64(seed: seed)
            for (from, to) in [(0, 1), (1, 0), (0, 0), (1, 1), (0, 1), (1, 0)] {
                let pinging = try #require(sandboxes[from].randomElement(using: &random))
                let pinged = try #require(sandboxes[to].randomElement(using: &random))
                #expect(
                    try workers[from].containerd.reaches(pinged.address, from: pinging), "\(pinging.name) to \(pinged.name), seed \(seed)")
            }
        }

        private func expectNothingLeft(on worker: Worker, _ before: NamespaceSnapshot) throws {
            var differences: [String] = []
            _ = try eventually {
                differences = try worker.node.namespace.text().differences(from: before)
                return differences.isEmpty
            }
            #expect(differences == [])
        }

        private func withWorkers(_ body: ([Worker]) throws -> Void) throws {
            let folder = "/tmp/berth-e2e-\(getpid())-containerd"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let image = try PauseImage.archive(in: folder)
            let descriptions = ["node-a", "node-b"].map { name in
                SimulatedCluster.Description(
                    name: name, instanceType: "m5.xlarge",
                    settings: ["ENABLE_PREFIX_DELEGATION": 1, "WARM_PREFIX_TARGET": 3, "IP_COOLDOWN_PERIOD": 0], freeAtStart: 48,
                    options: ["--cni-conf-dir", "\(folder)/\(name)/net.d"])
            }
            try SimulatedCluster.run(descriptions) { cluster in
                var workers: [Worker] = []
                defer { for worker in workers { worker.containerd.end() } }
                for node in cluster.nodes {
                    // containerd watches the folder from its start on.
                    let installation = try Installation(in: "\(folder)/\(node.name)", runDirectory: node.runDirectory)
                    try FileManager.default.createDirectory(atPath: installation.confFolder, withIntermediateDirectories: true)
                    let containerd = try Containerd(on: node, installation, image: image, folder: "\(folder)/\(node.name)/containerd")
                    workers.append(Worker(node: node, installation: installation, containerd: containerd))
                }
                try body(workers)
            }
        }
    }
}
