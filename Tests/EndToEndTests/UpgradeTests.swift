import Foundation
import NetlinkAdapter
import NodeReports
import Synchronization
import Testing

extension EndToEnd {
    @Suite struct Upgrade {
        private static let replacements = 10
        /// Workers that each add and delete a pod a second.
        private static let podsPerSecond = 20

        /// As a DaemonSet's roll-out does it on a node that is at work: new files under the same names, then another daemon.
        @Test func daemonAndPluginAreReplacedTenTimesAndNoPodNotices() throws {
            try SimulatedCluster.run([ManyPods.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                let stays = try Pod("stays", on: node)
                let address = try stays.add()
                let pods = try (0..<Self.podsPerSecond).map { try Pod("web-\($0)", on: node) }
                let churn = Churn()
                let ended = DispatchSemaphore(value: 0)
                Thread.detachNewThread {
                    _ = try? onThreads(pods.count, Array(pods.enumerated())) { number, pod in
                        churn.run(pod, after: .seconds(1) / pods.count * number)
                    }
                    ended.signal()
                }
                defer { churn.stop() }
                for _ in 0..<Self.replacements {
                    let lives = churn.lives
                    for program in [Programs.plugin, Programs.daemon] { try Self.replace(program) }
                    #expect(node.terminate() == 0)
                    try node.start(awaiting: 0)
                    // A second's pods come and go before the next.
                    #expect(eventually { churn.lives >= lives + Self.podsPerSecond || !churn.faults.isEmpty })
                }
                churn.stop()
                ended.wait()
                #expect(churn.faults == [])
                print("upgrade: \(churn.lives) pods, the longest ADD took \(churn.longestAdd)")
                #expect(try node.held() == [stays.containerID: address])
                #expect(try pods[0].add() != address && pods[0].reaches(address))
                for pod in [stays, pods[0]] { try pod.delete() }
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                #expect(try node.status().addresses.held == 0)
            }
        }

        /// Puts another file in the program's place, whoever is executing the one that is there. Another process writes it: what this one
        /// has open for writing, a child that another thread starts has too until it executes, and then nobody may execute the file.
        private static func replace(_ program: String) throws {
            let next = "\(program).\(getpid())"
            let copy = try ChildProcess.run(["/bin/cp", program, next])
            guard copy.status == 0 else { throw DaemonReports.Failure(description: "cp \(program) \(next) ended with \(copy.status)") }
            guard rename(next, program) == 0 else { throw DaemonReports.Failure(description: "rename \(next): error \(errno)") }
        }
    }

    /// Pods that are added and deleted once a second until told to stop, and what went wrong with them.
    private final class Churn: Sendable {
        private let state = Mutex((isStopped: false, lives: 0, faults: [String](), longestAdd: Duration.zero))

        var lives: Int { state.withLock(\.lives) }
        var faults: [String] { state.withLock(\.faults) }
        var longestAdd: Duration { state.withLock(\.longestAdd) }

        func stop() {
            state.withLock { $0.isStopped = true }
        }

        /// - Parameter start: So that at any moment some pod is on its way.
        func run(_ pod: Pod, after start: Duration) {
            Self.rest(start)
            while !state.withLock(\.isStopped) {
                let begin = ContinuousClock.now
                do {
                    try pod.add()
                    let took = ContinuousClock.now - begin
                    try pod.delete()
                    state.withLock { state in
                        state.lives += 1
                        state.longestAdd = max(state.longestAdd, took)
                    }
                } catch {
                    return state.withLock { $0.faults.append("\(error)") }
                }
                Self.rest(.seconds(1) - (ContinuousClock.now - begin))
            }
        }

        private static func rest(_ time: Duration) {
            usleep(UInt32(max(0, time / .microseconds(1))))
        }
    }
}
