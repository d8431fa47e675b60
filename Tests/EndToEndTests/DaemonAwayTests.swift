import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct DaemonAway {
        @Test func aDELWithoutADaemonSucceedsSilentlyAndFreesTheAddressAfterTheRestart() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let (pod, other) = (try Pod("web", on: node), try Pod("api", on: node))
                try pod.add()
                let address = try other.add()
                node.kill()
                // The runtime deletes the namespace after the DEL, still without a daemon.
                try pod.delete()
                try pod.removeNamespace()
                try node.start(awaiting: 0)
                #expect(try node.held() == [other.containerID: address])
                try other.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func anADDWithoutADaemonIsToldToTryAgainInTheConfigurationsVersion() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                node.kill()
                // At once, since each tries for two seconds to reach the daemon.
                let calls = try LifeOfAPod.versions.map { version in
                    let input = NetworkConfiguration(version: version).json
                    return (version, try ChildProcess([Programs.plugin], environment: pod.variables("ADD"), input: input))
                }
                for (version, call) in calls {
                    let outcome = call.finish()
                    #expect(outcome.status == 1 && outcome.code == 11 && outcome.json["cniVersion"] as? String == version, "\(outcome)")
                    #expect(outcome.errors == "" && outcome.message.contains("berthd did not answer"))
                }
                try node.start()
                #expect(try node.held() == [:])
                try pod.add()
            }
        }

        @Test func statusWithoutADaemonSaysThatThePluginIsNotAvailable() throws {
            try SimulatedCluster.runOne { node in
                node.kill()
                let outcome = try node.plugin("STATUS", NetworkConfiguration(version: "1.1.0"))
                #expect(outcome.status == 1 && outcome.code == 50 && outcome.json["cniVersion"] as? String == "1.1.0", "\(outcome)")
            }
        }

        @Test func anADDThatComesWhileTheDaemonStartsIsServed() throws {
            try SimulatedCluster.runOne { node in
                let pods = try (0..<3).map { try Pod("web-\($0)", on: node) }
                node.kill()
                let calls = try pods.map { pod in
                    try ChildProcess(
                        [Programs.plugin], environment: pod.variables("ADD"), input: NetworkConfiguration().json)
                }
                try node.start(awaiting: 0)
                for call in calls {
                    let outcome = call.finish()
                    #expect(outcome.status == 0 && outcome.address != nil, "\(outcome)")
                }
            }
        }
    }
}
