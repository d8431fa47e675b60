import Foundation
import NetlinkAdapter
import NodeReports
import Testing

extension EndToEnd {
    @Suite struct BadInput {
        /// A call that must be refused, and what the refusal must say.
        struct Call: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var code: Int
            var says: [String]
            var input = NetworkConfiguration().json
            /// Variables that are set otherwise, or removed.
            var variables: [String: String?] = [:]
        }

        static let calls = [
            Call(testDescription: "malformed JSON", code: 6, says: ["not JSON"], input: #"{"cniVersion":"1.0.0","name":"berth",}"#),
            Call(testDescription: "no input", code: 6, says: ["not JSON"], input: ""),
            Call(testDescription: "a list", code: 6, says: ["must be a JSON object"], input: "[]"),
            Call(
                testDescription: "no variables but the command", code: 4, says: ["CNI_CONTAINERID", "CNI_IFNAME", "CNI_NETNS"],
                variables: ["CNI_CONTAINERID": nil, "CNI_IFNAME": nil, "CNI_NETNS": nil]),
            Call(testDescription: "no namespace", code: 4, says: ["CNI_NETNS"], variables: ["CNI_NETNS": nil]),
            Call(testDescription: "an unknown command", code: 4, says: ["\"JUMP\"", "ADD"], variables: ["CNI_COMMAND": "JUMP"]),
            Call(testDescription: "an interface name with a slash", code: 4, says: ["CNI_IFNAME"], variables: ["CNI_IFNAME": "e/0"]),
            Call(
                testDescription: "a container ID with a slash", code: 4, says: ["CNI_CONTAINERID"], variables: ["CNI_CONTAINERID": "../a"]),
            Call(
                testDescription: "an unknown version", code: 1, says: ["\"9.9.9\""],
                input: #"{"cniVersion":"9.9.9","name":"berth","type":"berth-cni"}"#),
            Call(
                testDescription: "no name", code: 7, says: ["has no name", "conflist"],
                input: #"{"cniVersion":"1.0.0","type":"berth-cni"}"#),
            Call(
                testDescription: "an MTU that no link has", code: 2, says: ["mtu", "576 to 9001"],
                input: NetworkConfiguration(more: #","mtu":70000"#).json),
            Call(
                testDescription: "a namespace that is missing", code: 8, says: ["open", "ENOENT"],
                variables: ["CNI_NETNS": "/run/netns/berth-e2e-nowhere"]),
            Call(
                testDescription: "a namespace that is a plain file", code: 8, says: ["cannot be used"],
                variables: ["CNI_NETNS": "/etc/hostname"]),
            Call(
                testDescription: "the plugin's own namespace", code: 8, says: ["host's own", "CNI_NETNS_OVERRIDE"],
                variables: ["CNI_NETNS": "/proc/self/ns/net"]),
        ]

        @Test func aCallThatCannotBeServedIsRefusedInOneSentenceAndNothingIsMade() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                let before = try (KernelSnapshot(node.namespace), KernelSnapshot(pod.namespace), node.status().addresses)
                for call in Self.calls {
                    var variables = pod.variables("ADD")
                    for (name, value) in call.variables { variables[name] = value }
                    let outcome = try node.plugin(variables, input: call.input)
                    let name: Comment = "\(call.testDescription): \(outcome)"
                    #expect(outcome.status == 1 && outcome.code == call.code, name)
                    for text in call.says { #expect(outcome.message.contains(text), name) }
                    #expect(!outcome.message.contains("\n") && outcome.errors == "", name)
                }
                #expect(try KernelSnapshot(node.namespace) == before.0)
                #expect(try KernelSnapshot(pod.namespace) == before.1)
                #expect(try node.status().addresses == before.2)
                #expect(try node.held() == [:])
            }
        }

        @Test func aRefusalIsToldInTheConfigurationsVersion() throws {
            try SimulatedCluster.runOne { node in
                let pod = try Pod("web", on: node)
                for version in LifeOfAPod.versions {
                    let outcome = try pod.call("ADD", NetworkConfiguration(version: version), netns: "/run/netns/berth-e2e-nowhere")
                    #expect(outcome.json["cniVersion"] as? String == version && outcome.code == 8, "\(outcome)")
                }
            }
        }

        @Test func commandsYoungerThanTheConfigurationAreRefusedAsIncompatible() throws {
            try SimulatedCluster.runOne { node in
                for command in ["STATUS", "GC"] {
                    let outcome = try node.plugin(command, NetworkConfiguration(version: "1.0.0"))
                    #expect(outcome.status == 1 && outcome.code == 1 && outcome.message.contains("1.1.0"), "\(outcome)")
                }
                let status = try node.plugin("STATUS", NetworkConfiguration(version: "1.1.0"))
                #expect(status.status == 0 && status.output == "", "\(status)")
                let check = try Pod("web", on: node).call("CHECK")
                #expect(check.code == 7 && check.message.contains("prevResult"), "\(check)")
                let garbage = try node.plugin("GC", NetworkConfiguration(version: "1.1.0"))
                #expect(garbage.code == 7 && garbage.message.contains("nothing was freed"), "\(garbage)")
            }
        }
    }
}
