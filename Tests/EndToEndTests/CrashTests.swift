import Addressing
import Foundation
import NetlinkAdapter
import NodeReports
import SeededRandom
import Synchronization
import Testing

extension EndToEnd {
    @Suite struct Crash {
        /// Each seed kills the daemon at another moment and gives the pods another order of ADD and DEL.
        @Test(arguments: UInt64(1)...6)
        func aKilledDaemonLosesNoAddressAndGivesNoneTwice(seed: UInt64) throws {
            try SimulatedCluster.run([ManyPods.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                let pods = try (0..<200).map { try Pod("web-\($0)", on: node) }
                // Half of the pods are there already, so that DELs and ADDs are under way together.
                let told = Told()
                for (pod, address) in zip(pods[100...], try onThreads(16, Array(pods[100...])) { try $0.add() }) {
                    told.added(pod, address)
                }
                var random = SplitMix64(seed: seed)
                let killAfter = 10 + random.below(160)
                try churn(pods, in: node, told, killAfter: killAfter)

                try expectKept(pods, in: node, told)
                _ = try onThreads(16, pods) { try $0.delete() }
                #expect(try eventually { try node.held() == [:] })
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                // There is no spool where no DEL found the daemon away.
                let spool = (try? FileManager.default.contentsOfDirectory(atPath: "\(node.runDirectory)/spool")) ?? []
                #expect(spool == [])
            }
        }

        /// Adds one half of the pods and deletes the other, all in flight at once, and kills the daemon in the middle.
        private func churn(_ pods: [Pod], in node: SimulatedNodeProcess, _ told: Told, killAfter: Int) throws {
            let order = zip(pods[..<100], pods[100...]).flatMap { [$0.0, $0.1] }
            var calls: [(Pod, String, ChildProcess)] = []
            var isKilled = false
            for pod in order {
                let command = told.address(of: pod) == nil ? "ADD" : "DEL"
                let call = try ChildProcess([Programs.plugin], environment: pod.variables(command), input: NetworkConfiguration().json)
                calls.append((pod, command, call))
                // Calls that begin later find no daemon.
                guard !isKilled, calls.count(where: { $0.2.hasEnded }) >= killAfter else { continue }
                node.kill()
                isKilled = true
            }
            if !isKilled {
                _ = eventually { calls.count { $0.2.hasEnded } >= killAfter }
                node.kill()
            }
            try node.start(awaiting: 0)
            for (pod, command, call) in calls {
                let outcome = call.finish()
                switch (command, outcome.status) {
                case ("DEL", 0): told.deleted(pod)
                case ("ADD", 0): told.added(pod, try #require(outcome.address))
                case ("ADD", 1): #expect(outcome.code == 11, "\(outcome)")
                default: Issue.record("\(command) of \(pod.name): \(outcome)")
                }
            }
        }

        private func expectKept(_ pods: [Pod], in node: SimulatedNodeProcess, _ told: Told) throws {
            // DELs that found no daemon are replayed soon after its start.
            #expect(try eventually { try Set(node.held().keys).isDisjoint(with: told.gone) }, "\(told.gone)")
            let report = try node.pods()
            #expect(Set(report.flatMap(\.addresses)).count == report.count)
            let held = try node.held()
            let living = pods.compactMap { pod in told.address(of: pod).map { (pod, $0) } }
            #expect(Set(living.map(\.1)).count == living.count)
            for (pod, address) in living { #expect(held[pod.containerID] == address, "\(pod.name)") }
            let primary = try #require(try node.enis().first?.primaryAddress)
            let silent = try onThreads(16, living) { pod, _ in try pod.reaches(primary) ? nil : pod.name }
            #expect(silent.compactMap { $0 } == [])
        }
    }
}

/// What the runtime was told of its pods.
private final class Told: Sendable {
    private let state = Mutex<(addresses: [String: IPv4Address], gone: Set<String>)>(([:], []))

    var gone: Set<String> { state.withLock(\.gone) }

    func added(_ pod: Pod, _ address: IPv4Address) {
        state.withLock { $0.addresses[pod.containerID] = address }
    }

    func deleted(_ pod: Pod) {
        state.withLock { state in
            state.addresses[pod.containerID] = nil
            state.gone.insert(pod.containerID)
        }
    }

    func address(of pod: Pod) -> IPv4Address? {
        state.withLock { $0.addresses[pod.containerID] }
    }
}
