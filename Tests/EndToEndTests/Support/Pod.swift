import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import PodNetwork

/// A pod as a container runtime sees it: a container, a network namespace, and calls of the plugin.
final class Pod: Sendable {
    let name: String
    let containerID: String
    let namespace: NetworkNamespace
    private let socket: String

    /// Makes the namespace; nothing is asked of the plugin.
    init(_ name: String, on node: SimulatedNodeProcess, containerID: String? = nil) throws {
        self.name = name
        self.containerID = containerID ?? "sandbox-\(name)"
        let tag = URL(fileURLWithPath: node.namespace.path).lastPathComponent
        namespace = try NetworkNamespace.create(named: "\(tag)-\(self.containerID.prefix(120))")
        socket = node.socket
        node.sandboxes.append(self)
    }

    deinit { try? namespace.remove() }

    /// Ends the sandbox, as a runtime does after DEL, or before it when the node was in trouble.
    func removeNamespace() throws {
        try namespace.remove()
    }

    // MARK: - CNI

    /// Calls the plugin for this pod.
    ///
    /// - Parameter netns: The path to name instead of the pod's namespace; an empty one for none.
    func call(
        _ command: String, _ configuration: NetworkConfiguration = NetworkConfiguration(), netns: String? = nil
    ) throws -> ChildProcess.Outcome {
        try ChildProcess.run([Programs.plugin], environment: variables(command, netns: netns), input: configuration.json)
    }

    func variables(_ command: String, netns: String? = nil) -> [String: String] {
        [
            "BERTH_SOCKET": socket, "CNI_COMMAND": command, "CNI_CONTAINERID": containerID, "CNI_IFNAME": "eth0",
            "CNI_NETNS": netns ?? namespace.path, "CNI_PATH": "/opt/cni/bin",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=\(name)",
        ].filter { $0.key != "CNI_NETNS" || !$0.value.isEmpty }
    }

    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    /// Adds the pod and returns the address that the runtime was told.
    @discardableResult
    func add(_ configuration: NetworkConfiguration = NetworkConfiguration()) throws -> IPv4Address {
        let outcome = try call("ADD", configuration)
        guard outcome.status == 0, let address = outcome.address else {
            throw Refused(description: "ADD of \(name) ended with \(outcome.status): \(outcome.output)\(outcome.errors)")
        }
        return address
    }

    func delete() throws {
        let outcome = try call("DEL")
        guard outcome.status == 0, outcome.output.isEmpty, outcome.errors.isEmpty else {
            throw Refused(description: "DEL of \(name) ended with \(outcome.status): \(outcome.output)\(outcome.errors)")
        }
    }

    // MARK: - The network from inside

    /// Pings the address three times from the pod; true when every ping came back.
    func reaches(_ address: IPv4Address) throws -> Bool {
        try repliesOf(.v4(address)) == 3
    }

    func reaches(_ address: IPAddress) throws -> Bool {
        try repliesOf(address) == 3
    }

    func repliesOf(_ address: IPv4Address) throws -> Int { try repliesOf(.v4(address)) }

    /// How many of three pings came back.
    func repliesOf(_ address: IPAddress) throws -> Int {
        let name = URL(fileURLWithPath: namespace.path).lastPathComponent
        let outcome = try ChildProcess.run(
            ["ip", "netns", "exec", name, "ping", "-n", "-q", "-c", "3", "-i", "0.05", "-W", "1", "\(address)"])
        // "3 packets transmitted, 3 received, 0% packet loss, time 104ms"
        let words = outcome.output.split(whereSeparator: { " \n".contains($0) })
        guard let index = words.firstIndex(of: "transmitted,"), index + 1 < words.count, let count = Int(words[index + 1]) else {
            // A pod without a route cannot even send.
            return 0
        }
        return count
    }
}

extension ChildProcess.Outcome {
    /// The address of an ADD's result, in whichever version.
    var address: IPv4Address? {
        let listed = (json["ips"] as? [[String: Any]])?.first?["address"] as? String
        let text = listed ?? (json["ip4"] as? [String: Any])?["ip"] as? String
        return text.flatMap { IPv4CIDR($0) }?.network
    }

    /// The addresses of an ADD's result of version 0.3.0 or later, each with its prefix length.
    var addresses: [CIDR] {
        let listed = (json["ips"] as? [[String: Any]])?.compactMap { $0["address"] as? String } ?? []
        return listed.compactMap { text in IPv4CIDR(text).map(CIDR.v4) ?? IPv6CIDR(text).map(CIDR.v6) }
    }
}
