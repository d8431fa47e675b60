import NetlinkAdapter

/// One pod of a contender, from a fresh namespace to the second DEL that containerd sends.
struct Pod {
    let contender: Contender
    let namespace: NetworkNamespace
    private let number: Int

    /// What the calls for one pod took.
    struct Costs: Sendable {
        var add: Cost
        var delete: Cost
        var secondDelete: Cost
    }

    /// What one call took.
    struct Cost: Sendable {
        var wall: Nanoseconds
        /// Of the plugin and what it executed.
        var pluginCPU: Nanoseconds
        /// Of the daemon while the call went on; says something only when nothing else goes on.
        var daemonCPU: Nanoseconds
    }

    /// - Parameter number: One that no other pod of the contender has.
    init(_ number: Int, of contender: Contender, in grounds: Grounds) throws {
        self.number = number
        self.contender = contender
        namespace = try grounds.makeNamespace("\(contender.name)-\(number)")
    }

    /// 64 hexadecimal digits, as container runtimes draw them.
    var containerID: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    /// ADD, DEL with the result of the ADD, and DEL with neither result nor namespace: what containerd sends for a pod.
    func live() throws -> Costs {
        let (add, result) = try add()
        return Costs(add: add, delete: try delete(after: result), secondDelete: try deleteAgain())
    }

    func add() throws -> (Cost, result: String) {
        try call("ADD", netns: namespace.path, input: contender.configuration + "}")
    }

    func delete(after result: String) throws -> Cost {
        try call("DEL", netns: namespace.path, input: contender.configuration + #","prevResult":\#(result)}"#).0
    }

    func deleteAgain() throws -> Cost {
        try call("DEL", netns: "", input: contender.configuration + "}").0
    }

    private func call(_ command: String, netns: String, input: String) throws -> (Cost, result: String) {
        let daemonCPU = contender.daemon?.cpu
        let outcome = try contender.plugin.run(variables(command, netns: netns), input: input)
        try BenchmarkFailure.checkInterruption()
        guard outcome.status == 0 else {
            throw BenchmarkFailure.broken("\(command) of \(contender.name) ended with \(outcome.status): \(outcome.output)")
        }
        let cost = Cost(
            wall: outcome.wall, pluginCPU: outcome.cpu,
            daemonCPU: (contender.daemon?.cpu ?? Nanoseconds(0)) - (daemonCPU ?? Nanoseconds(0)))
        return (cost, outcome.output)
    }

    private func variables(_ command: String, netns: String) -> [String: String] {
        [
            "CNI_COMMAND": command, "CNI_CONTAINERID": containerID, "CNI_IFNAME": "eth0", "CNI_NETNS": netns,
            "CNI_PATH": contender.plugin.environment["CNI_PATH"] ?? "/opt/cni/bin",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=pod-\(number);K8S_POD_INFRA_CONTAINER_ID=\(containerID)",
        ]
    }
}
