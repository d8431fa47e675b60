import Addressing
import Foundation
import NetlinkAdapter
import NodeReports
import Synchronization
import Testing

extension EndToEnd {
    /// What container runtimes do that the specification does not say.
    @Suite struct RuntimeHabits {
        @Test func containerdDeletesTwiceTheSecondTimeWithoutNamespaceAndResult() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                let result = try pod.call("ADD").output
                let (with, without) = (NetworkConfiguration(previousResult: result), NetworkConfiguration())
                #expect(try pod.call("DEL", with).isSilent)
                try pod.removeNamespace()
                #expect(try pod.call("DEL", without, netns: "").isSilent)
                #expect(try pod.call("DEL", without).isSilent)
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func oneDELAfterAFailedADDFindsNothingToDo() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                let taken = URL(fileURLWithPath: pod.namespace.path).lastPathComponent
                #expect(try ChildProcess.run(["ip", "-n", taken, "link", "add", "eth0", "type", "bridge"]).status == 0)
                let refused = try pod.call("ADD")
                #expect(refused.status == 1 && refused.message.contains("eth0"), "\(refused)")
                #expect(try pod.call("DEL").isSilent)
                #expect(try ChildProcess.run(["ip", "-n", taken, "link", "show", "eth0"]).status == 0, "the link is not ours")
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func theOrderOfCNIARGSAndKeysOfOthersMeanNothing() throws {
            try SimulatedCluster.runOne { node in
                for (number, arguments) in [
                    "K8S_POD_NAME=web;K8S_POD_NAMESPACE=shop;IgnoreUnknown=1",
                    "IgnoreUnknown=1;K8S_POD_UID=7;K8S_POD_NAMESPACE=shop;X=;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=c0ffee",
                ].enumerated() {
                    let pod = try Pod("web-\(number)", on: node)
                    let variables = pod.variables("ADD").merging(["CNI_ARGS": arguments]) { $1 }
                    let outcome = try node.plugin(variables, input: NetworkConfiguration().json)
                    #expect(outcome.status == 0, "\(outcome)")
                    let told = try node.pods().filter { $0.containerID == pod.containerID }
                    #expect(told.map(\.namespace) == ["shop"] && told.map(\.name) == ["web"])
                    try pod.delete()
                }
            }
        }

        @Test func criOChecksStraightAfterEachADD() throws {
            try SimulatedCluster.runOne { node in
                for version in ["0.4.0", "1.0.0", "1.1.0"] {
                    let pod = try Pod("web-\(version)", on: node)
                    let result = try pod.call("ADD", NetworkConfiguration(version: version))
                    #expect(try pod.call("CHECK", NetworkConfiguration(version: version, previousResult: result.output)).isSilent)
                    try pod.delete()
                }
            }
        }

        /// containerd attaches the networks of a pod at the same time.
        @Test func networksThatAreAttachedToOneSandboxSideBySideDoNotDisturbEachOther() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let (pod, other) = (try Pod("web", on: node), try Pod("other", on: node))
                try other.add()
                let networks = [
                    (Programs.plugin, "eth0", NetworkConfiguration().json),
                    ("/usr/lib/cni/loopback", "lo", #"{"cniVersion":"1.0.0","name":"lo","type":"loopback"}"#),
                    (
                        "/usr/lib/cni/bridge", "net1",
                        #"{"cniVersion":"1.0.0","name":"\#(pod.containerID)","type":"bridge","bridge":"berth-habit","ipam":{}}"#
                    ),
                ]
                func call(_ command: String) throws -> [ChildProcess.Outcome] {
                    let namespace = URL(fileURLWithPath: node.namespace.path).lastPathComponent
                    return try onThreads(3, networks) { program, interface, configuration in
                        let variables = pod.variables(command).merging(["CNI_IFNAME": interface, "CNI_PATH": "/usr/lib/cni"]) { $1 }
                        return try ChildProcess.run(
                            ["/bin/ip", "netns", "exec", namespace, program],
                            environment: variables.merging(ChildProcess.environment) { $1 },
                            input: configuration)
                    }
                }
                let added = try call("ADD")
                #expect(added.allSatisfy { $0.status == 0 }, "\(added)")
                #expect(try other.reaches(try #require(added[0].address)))
                #expect(try call("DEL").allSatisfy { $0.status == 0 })
                try other.delete()
                let bridge = URL(fileURLWithPath: node.namespace.path).lastPathComponent
                #expect(try ChildProcess.run(["ip", "-n", bridge, "link", "delete", "berth-habit"]).status == 0)
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// Multus names further interfaces `net1` and on, podman `eth1` and on.
        @Test(arguments: ["net1", "eth1"]) func furtherNetworksOfOursAreReachedBesideTheFirst(interface: String) throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let (pod, other) = (try Pod("web", on: node), try Pod("other", on: node))
                try other.add()
                @Sendable func call(
                    _ command: String, _ interface: String, _ result: ChildProcess.Outcome? = nil
                ) throws -> ChildProcess.Outcome {
                    let input = NetworkConfiguration(version: "1.1.0", previousResult: result?.output).json
                        .replacingOccurrences(of: #""name":"berth""#, with: #""name":"net-\#(interface)""#)
                    let variables = pod.variables(command).merging(["CNI_IFNAME": interface]) { $1 }
                    return try ChildProcess.run([Programs.plugin], environment: variables, input: input)
                }
                let names = [interface, "eth0"]
                let added = try onThreads(2, names) { try call("ADD", $0) }
                let addresses = try added.map { try #require($0.address, "\($0)") }
                for address in addresses { #expect(try other.reaches(address), "\(address)") }
                for (name, result) in zip(names, added) { #expect(try call("CHECK", name, result).isSilent) }
                // The first network's way out stays, whichever goes.
                #expect(try call("DEL", interface).isSilent)
                #expect(try other.reaches(addresses[1]))
                #expect(try call("DEL", "eth0").isSilent)
                try other.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// As CRI-O asks until the network is ready, and then every 5 s.
        @Test func statusIsAskedWhileTheDaemonStartsAndIsAnsweredInTimeEachTime() throws {
            try SimulatedCluster.runOne { node in
                node.terminate()
                let asked = Log()
                let (socket, ended) = (node.socket, DispatchSemaphore(value: 0))
                Thread.detachNewThread {
                    asked.ask(socket)
                    ended.signal()
                }
                #expect(eventually { !asked.outcomes.isEmpty })
                try node.start()
                ended.wait()
                let (outcomes, longest) = (asked.outcomes, asked.longest)
                #expect(outcomes.last?.isSilent == true && outcomes.dropLast().allSatisfy { $0.code == 50 }, "\(outcomes)")
                #expect(outcomes.count > 1 && longest < .seconds(1), "\(longest)")
            }
        }

        @Test func criOCollectsGarbageAtItsStart() throws {
            try SimulatedCluster.runOne(settings: ["IP_COOLDOWN_PERIOD": 0, "BERTH_GC_MINIMUM_AGE": 0]) { node in
                let pods = try ["gone", "stays"].map { try Pod($0, on: node) }
                for pod in pods { try pod.add() }
                let valid = #","cni.dev/valid-attachments":[{"containerID":"\#(pods[1].containerID)","ifname":"eth0"}]"#
                #expect(try node.plugin("GC", NetworkConfiguration(version: "1.1.0", more: valid)).isSilent)
                #expect(try Set(node.held().keys) == [pods[1].containerID])
                #expect(try node.plugin("GC", NetworkConfiguration(version: "1.1.0", more: #","cni.dev/valid-attachments":null"#)).isSilent)
                #expect(try node.held() == [:])
            }
        }
    }
}

/// What STATUS was answered, and how long that took at most.
private final class Log: Sendable {
    private let state = Mutex((outcomes: [ChildProcess.Outcome](), longest: Duration.zero))

    var outcomes: [ChildProcess.Outcome] { state.withLock(\.outcomes) }
    var longest: Duration { state.withLock(\.longest) }

    /// Asks again and again until the answer is that all is well.
    func ask(_ socket: String) {
        let environment = ["BERTH_SOCKET": socket, "CNI_COMMAND": "STATUS", "CNI_PATH": "/opt/cni/bin"]
        while outcomes.last?.isSilent != true, outcomes.count < 100 {
            let begin = ContinuousClock.now
            let input = NetworkConfiguration(version: "1.1.0").json
            guard let outcome = try? ChildProcess.run([Programs.plugin], environment: environment, input: input) else { return }
            add(outcome, took: ContinuousClock.now - begin)
            usleep(100_000)
        }
    }

    private func add(_ outcome: ChildProcess.Outcome, took: Duration) {
        state.withLock { state in
            state.outcomes.append(outcome)
            state.longest = max(state.longest, took)
        }
    }
}

extension ChildProcess.Outcome {
    fileprivate var isSilent: Bool { status == 0 && output.isEmpty && errors.isEmpty }
}
