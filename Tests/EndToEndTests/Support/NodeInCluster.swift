import Foundation
import JSON
import KubernetesTesting
import NetlinkAdapter

/// A simulated node in a cluster whose API server is a fake in this process, on the loopback of the node's namespace.
struct NodeInCluster: @unchecked Sendable {
    // Used by one task at a time; the server is of another thread and guards itself.
    let node: SimulatedNodeProcess
    let server: FakeAPIServer
    let folder: String

    static let name = "node-a"

    /// Runs the body with the node's object in the cluster and no daemon yet.
    static func run(
        _ description: SimulatedCluster.Description = SimulatedCluster.Description(), further: String = "",
        certificates: TestCertificates? = nil, _ body: @escaping @Sendable (NodeInCluster) async throws -> Void
    ) async throws {
        try await SimulatedCluster.runUnstarted([description], further: further) { cluster in
            let namespace = cluster.nodes[0].namespace
            _ = try ChildProcess.run(
                ["ip", "-netns", URL(fileURLWithPath: namespace.path).lastPathComponent, "link", "set", "lo", "up"])
            let socket = try ListeningSocket(in: namespace)
            let (node, folder) = (Unchecked(cluster.nodes[0]), cluster.folder)
            try await FakeAPIServer.run(port: socket.port, socket: socket.descriptor, certificates: certificates) { server in
                let member = NodeInCluster(node: node.value, server: server, folder: folder)
                try member.writeKubeconfig(certificates)
                try server.put(member.nodeObject())
                try await body(member)
            }
        }
    }

    private struct Unchecked<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    var kubeconfig: String { "\(folder)/kubeconfig" }

    private func writeKubeconfig(_ certificates: TestCertificates?) throws {
        let authority = certificates.map { ", certificate-authority: \"\($0.authority)\"" } ?? ""
        try """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "\(server.url)"\(authority)}}]
        users: [{name: test, user: {token: secret}}]
        contexts: [{name: test, context: {cluster: test, user: test}}]

        """.write(toFile: kubeconfig, atomically: true, encoding: .utf8)
    }

    /// Starts the daemon and waits until it serves pods.
    func start(awaiting free: Int = 1, options: [String] = []) throws {
        try node.start(awaiting: free, options: ["--kubeconfig", kubeconfig] + options)
    }

    // MARK: - Objects

    func nodeObject(annotations: [String: String] = [:], labels: [String: String] = [:], spec: String = "") -> String {
        func members(_ texts: [String: String]) -> String {
            texts.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        }
        let status = server.object("nodes", Self.name)?["status"].map { ",\"status\":\($0)" } ?? ""
        return #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"\#(Self.name)","uid":"uid-node","labels":{\#(members(labels))},"#
            + #""annotations":{\#(members(annotations))}},"spec":{\#(spec)}\#(status)}"#
    }

    /// A pod that the scheduler has bound to the node.
    func podObject(_ name: String, annotations: String = "", address: String? = nil) -> String {
        let status = address.map { #""phase":"Running","podIP":"\#($0)","podIPs":[{"ip":"\#($0)"}]"# } ?? #""phase":"Pending""#
        return #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)","namespace":"default","uid":"uid-\#(name)","#
            + #""annotations":{\#(annotations)}},"spec":{"nodeName":"\#(Self.name)"},"status":{\#(status)}}"#
    }

    var object: JSONObject { server.object("nodes", Self.name) ?? [:] }

    func condition(_ type: String) -> JSONValue? {
        object["status"]?["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    /// The events about an object, by reason.
    func events(about name: String) -> [String: JSONObject] {
        let events = server.objects("events").filter { $0["involvedObject"]?["name"]?.string == name }
        return Dictionary(events.compactMap { event in event["reason"]?.string.map { ($0, event) } }) { first, _ in first }
    }

    /// What was asked of the server, such as `patch nodes/status`.
    var writes: Set<String> {
        Set(server.requests.filter { $0.method != "GET" }.map { "\($0.method) \($0.path)" })
    }

    // MARK: - berth

    func berth(_ arguments: String...) throws -> ChildProcess.Outcome {
        try ChildProcess.run([Programs.berth] + arguments + ["--socket", "\(node.runDirectory)/api.sock"])
    }
}
