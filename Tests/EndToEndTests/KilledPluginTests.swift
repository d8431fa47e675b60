import Foundation
import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    /// A plugin that the runtime ends, or whose node runs out of memory, in the middle of its call.
    @Suite struct KilledPlugin {
        private static let settings = ["IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0]

        enum CleanUp: CaseIterable {
            case delete, garbageCollection
        }

        /// Killed as it enters its first system call, its second, and so on to its last.
        @Test(arguments: ["ADD", "DEL"], CleanUp.allCases)
        func whereverItIsKilledTheNextCallMakesTheNodeClean(command: String, cleanUp: CleanUp) throws {
            try SimulatedCluster.runOne(settings: Self.settings) { node in
                let before = try KernelSnapshot(node.namespace)
                let calls = try Self.systemCalls(of: command, on: node)
                #expect(calls.count > 20, "\(calls)")
                for (number, call) in calls.enumerated() {
                    let pod = try Pod("web-\(number)", on: node)
                    if command == "DEL" { try pod.add() }
                    #expect(try Self.run(command, of: pod, killedAt: call) == -SIGKILL, "\(command) at \(call)")
                    try Self.clean(cleanUp, pod, node)
                    #expect(try eventually { try node.held() == [:] }, "\(command) killed at \(call)")
                    #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [], "\(command) killed at \(call)")
                    try pod.removeNamespace()
                }
                print("killed plugin: at \(calls.count) system calls of \(command), cleaned up by \(cleanUp)")
            }
        }

        /// One system call of a run: the how manieth of its name.
        private struct SystemCall: CustomStringConvertible {
            var name: String
            var occurrence: Int

            var description: String { "\(name) \(occurrence)" }
        }

        private static func systemCalls(of command: String, on node: SimulatedNodeProcess) throws -> [SystemCall] {
            let pod = try Pod("traced", on: node)
            let file = "\(node.runDirectory).trace"
            if command == "DEL" { try pod.add() }
            let outcome = try run(command, of: pod, under: ["-o", file])
            guard outcome.status == 0 else { throw DaemonReports.Failure(description: "\(outcome)") }
            if command == "ADD" { try pod.delete() }
            let names = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                line.contains("(") ? String(line.prefix { $0 != "(" }) : nil
            }
            var counts: [String: Int] = [:]
            // The first is the execution itself, of which nothing can be taken away.
            return names.dropFirst().map { name in
                counts[name, default: 0] += 1
                return SystemCall(name: name, occurrence: counts[name] ?? 0)
            }
        }

        private static func run(_ command: String, of pod: Pod, killedAt call: SystemCall) throws -> Int32 {
            let injection = "inject=\(call.name):signal=SIGKILL:when=\(call.occurrence)"
            return try run(command, of: pod, under: ["-o", "/dev/null", "-e", injection]).status
        }

        private static func run(_ command: String, of pod: Pod, under options: [String]) throws -> ChildProcess.Outcome {
            try ChildProcess.run(
                ["strace"] + options + [Programs.plugin],
                environment: pod.variables(command).merging(ChildProcess.environment) { ours, _ in ours },
                input: NetworkConfiguration().json)
        }

        private static func clean(_ cleanUp: CleanUp, _ pod: Pod, _ node: SimulatedNodeProcess) throws {
            switch cleanUp {
            case .delete: try pod.delete()
            case .garbageCollection:
                let none = NetworkConfiguration(version: "1.1.0", more: #","cni.dev/valid-attachments":[]"#)
                // What the daemon is still at work on is freed by a later call, as with any runtime.
                #expect(
                    try eventually {
                        let outcome = try node.plugin("GC", none)
                        guard outcome.status == 0 else { throw DaemonReports.Failure(description: "GC: \(outcome)") }
                        return try node.held() == [:]
                    })
            }
        }

        @Test func aRuntimeThatLosesPatienceWithAnADDThatWaitsIsNotServedLater() throws {
            // Every address of a t3.micro is taken, so that the ADD waits.
            try SimulatedCluster.runOne("t3.micro", settings: Self.settings) { node in
                let pods = try (0..<20).map { try Pod("web-\($0)", on: node) }
                var served: [Pod] = []
                var waiting: ChildProcess?
                for pod in pods where waiting == nil {
                    let call = try ChildProcess(
                        [Programs.plugin], environment: pod.variables("ADD"), input: NetworkConfiguration().json)
                    if eventually(within: .seconds(3), { call.hasEnded }) {
                        guard call.finish().status == 0 else { break }
                        served.append(pod)
                    } else {
                        call.signal(SIGKILL)
                        #expect(call.finish().status == -SIGKILL)
                        waiting = call
                        try served.removeLast().delete()
                        #expect(try node.held().keys.contains(pod.containerID) == false)
                        try pod.delete()
                    }
                }
                #expect(waiting != nil, "no ADD had to wait")
                #expect(try Set(node.held().keys) == Set(served.map(\.containerID)))
            }
        }
    }
}
