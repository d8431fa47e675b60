import Addressing
import Foundation
import NetlinkAdapter
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    @Suite struct Restart {
        @Test func aRestartKeepsEveryPodAndItsPings() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                // Six addresses of a t3.small: pods on the primary and on a second ENI.
                let pods = try (0..<5).map { try Pod("web-\($0)", on: node) }
                let addresses = try pods.map { try $0.add() }
                let (report, kernel) = try (node.pods(), KernelSnapshot(node.namespace))
                #expect(Set(report.map(\.deviceIndex)).contains(0) && Set(report.map(\.deviceIndex)).count == 2, "\(report)")

                #expect(node.terminate() == 0)
                try node.start(awaiting: 0)

                #expect(try node.pods() == report)
                #expect(try KernelSnapshot(node.namespace) == kernel)
                for pair in zip(pods, addresses.dropFirst() + [addresses[0]]) { #expect(try pair.0.reaches(pair.1)) }
                for pod in pods { try pod.delete() }
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func aDaemonThatIsToldToEndAnswersWhatIsInFlight() throws {
            try SimulatedCluster.run([ManyPods.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let pods = try (0..<64).map { try Pod("web-\($0)", on: node) }
                let calls = try pods.map { pod in
                    try ChildProcess([Programs.plugin], environment: pod.variables("ADD"), input: NetworkConfiguration().json)
                }
                #expect(try eventually { try node.status().pods > 0 })
                node.beginTerminating()
                let outcomes = calls.map { $0.finish() }
                #expect(node.awaitEnd() == 0, "\(node.log)")
                // Served, or told to try again by the daemon or by the absence of one; nobody is left without an answer.
                #expect(outcomes.allSatisfy { $0.status == 0 && $0.address != nil || $0.code == 11 }, "\(outcomes)")
                #expect(outcomes.contains { $0.status == 0 })

                try node.start()
                let held = try node.held()
                for (pod, outcome) in zip(pods, outcomes) { #expect(held[pod.containerID] == outcome.address) }
                let served = zip(pods, outcomes).filter { $0.1.status == 0 }
                for (pod, _) in served.prefix(4) { #expect(try pod.reaches(#require(served.last?.1.address))) }
            }
        }

        @Test func aDaemonWithoutItsJournalTakesThePodsFromTheKernel() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pods = try (0..<5).map { try Pod("web-\($0)", on: node) }
                let addresses = try pods.map { try $0.add() }
                let report = try node.pods()
                #expect(Set(report.map(\.deviceIndex)).contains(0) && Set(report.map(\.deviceIndex)).count == 2, "\(report)")
                #expect(node.terminate() == 0)
                try removeJournal(of: node)
                try node.start(awaiting: 0)

                _ = try eventually { try node.pods() == report }
                #expect(try node.pods() == report)
                let late = try Pod("late", on: node)
                #expect(try !addresses.contains(late.add()))
                for pod in pods { #expect(try pod.reaches(addresses[0]) || pod === pods[0]) }
                for pod in pods + [late] { try pod.delete() }
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// Everything but the spool, which is the plugins'.
        private func removeJournal(of node: SimulatedNodeProcess) throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: node.runDirectory).filter { $0 != "spool" }
            #expect(names.contains { $0.contains("journal") }, "\(names)")
            for name in names { try FileManager.default.removeItem(atPath: "\(node.runDirectory)/\(name)") }
        }

        /// The alias of a link holds 255 bytes, and this pod's attachment and name need more.
        @Test func aRestartKeepsAPodWhoseNameIsLong() throws {
            try SimulatedCluster.runOne { node in
                let name = String(repeating: "a-very-long-name", count: 15)
                let pod = try Pod(name, on: node, containerID: String(repeating: "c", count: 64))
                let other = try Pod("api", on: node)
                try other.add()
                let address = try pod.add()
                node.kill()
                try node.start(awaiting: 0)
                #expect(try node.held()[pod.containerID] == address)
                #expect(try other.reaches(address))

                node.kill()
                try removeJournal(of: node)
                try node.start(awaiting: 0)
                #expect(try node.held()[pod.containerID] == address)
                #expect(try other.reaches(address))
            }
        }

        @Test func whatADaemonThatWasAwayDidNotSeeGoIsLetGo() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let (gone, stays) = (try Pod("web", on: node), try Pod("api", on: node))
                try gone.add()
                let address = try stays.add()
                node.kill()
                let wired = try KernelSnapshot(node.namespace)
                try gone.removeNamespace()
                // The kernel takes a dead namespace's links away when it finds the time.
                try #require(try eventually { try KernelSnapshot(node.namespace) != wired })
                try node.start(awaiting: 0)
                #expect(try eventually { try node.held() == [stays.containerID: address] }, "\(node.log)")
                try stays.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }
    }
}
