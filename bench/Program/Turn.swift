import CMeasuring
import Foundation
import Glibc
import NetlinkAdapter
import NodePorts
import Synchronization

/// One contender's turn: so many pods, so many at once, each in a namespace that was made before the clock started.
struct Turn {
    let contender: Contender
    let grounds: Grounds
    let atOnce: Int

    /// What a turn took.
    struct Outcome: Sendable {
        var pods: [Pod.Costs] = []
        /// From the first ADD until the last link of the pods is gone from the node.
        var wall = Nanoseconds(0)
        /// Of plugins and daemon, what it does after its answers included.
        var cpu = Nanoseconds(0)
    }

    private let links: Int

    init(_ contender: Contender, atOnce: Int, in grounds: Grounds) throws {
        self.contender = contender
        self.atOnce = atOnce
        self.grounds = grounds
        links = try Self.links(of: contender)
    }

    /// - Parameters:
    ///   - numbers: One for each pod.
    ///   - patience: Seconds to wait for a quiet machine, at most.
    func run(_ numbers: Range<Int>, patience: Int) throws -> Outcome {
        var pods: [Pod] = []
        defer { for pod in pods { try? pod.namespace.remove() } }
        for number in numbers { pods.append(try Pod(number, of: contender, in: grounds)) }
        try Self.awaitQuiet(seconds: patience)
        let (begun, cpuBefore) = (Nanoseconds.now, contender.daemon?.cpu)
        var outcome = Outcome(pods: try liveOnThreads(pods))
        try waitUntil("the links of \(contender.name)'s pods are gone") { try Self.links(of: contender) <= links }
        outcome.wall = Nanoseconds.now - begun
        outcome.cpu = (contender.daemon?.cpu ?? Nanoseconds(0)) - (cpuBefore ?? Nanoseconds(0))
        for pod in outcome.pods { outcome.cpu = outcome.cpu + pod.pluginCPU }
        return outcome
    }

    /// Threads that take the next pod when they are done with one; the first failure ends all of them.
    private func liveOnThreads(_ pods: [Pod]) throws -> [Pod.Costs] {
        let path = contender.node.path
        let netns = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(netns) }
        let next = Atomic(0)
        let results = Mutex<(costs: [Pod.Costs], failure: (any Error)?)>(([], nil))
        let ended = DispatchGroup()
        for _ in 0..<atOnce {
            ended.enter()
            Thread.detachNewThread {
                defer { ended.leave() }
                do {
                    guard bench_enter(netns) == 0 else { throw BenchmarkFailure.broken("\(path) cannot be entered") }
                    while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < pods.count {
                        let costs = try pods[index].live()
                        results.withLock { $0.costs.append(costs) }
                    }
                } catch {
                    next.store(pods.count, ordering: .relaxed)
                    results.withLock { $0.failure = $0.failure ?? error }
                }
            }
        }
        ended.wait()
        return try results.withLock { results in
            if let failure = results.failure { throw failure }
            return results.costs
        }
    }

    private static func links(of contender: Contender) throws -> Int {
        try NetlinkKernel(contender.node).openHost().links().count
    }

    /// Waits until the kernel has cleaned up after the turn before: namespaces die in the background. A machine that others use may
    /// never be quiet.
    private static func awaitQuiet(seconds: Int) throws {
        for _ in 0..<20 * seconds {
            try BenchmarkFailure.checkInterruption()
            let before = Machine.busy()
            usleep(50_000)
            if Machine.busy() - before < 0.01 { return }
        }
    }
}

extension Pod.Costs {
    fileprivate var pluginCPU: Nanoseconds { add.pluginCPU + delete.pluginCPU + secondDelete.pluginCPU }
}
