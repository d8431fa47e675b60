package import JSON
package import KubernetesAdapter

/// What a node tells of itself in its object: whether its network can be had, how many pods it has addresses for, and a taint while it
/// has none.
package struct NodeStatement: Hashable, Sendable {
    /// Why pods can have no network; nil while they can.
    package var problem: Problem?
    /// Pods that the node has addresses for.
    package var addresses: Int
    /// The key of the taint; nil for none.
    package var taint: String?

    package struct Problem: Hashable, Sendable {
        /// A word without spaces, as conditions want it.
        package var reason: String
        package var message: String

        package init(reason: String, message: String) {
            self.reason = reason
            self.message = message
        }
    }

    /// The resource that pods name to be placed where addresses are.
    package static let resource = "berth.dev/pod-addresses"
    /// The condition by which schedulers keep pods from nodes whose network cannot be had.
    package static let condition = "NetworkUnavailable"
    private static let effect = "NoSchedule"

    package init(problem: Problem? = nil, addresses: Int, taint: String? = nil) {
        self.problem = problem
        self.addresses = addresses
        self.taint = taint
    }

    /// The strategic merge patch of the node's status that makes it say this; nil when it does.
    package func statusPatch(of node: NodeResource, at moment: Timestamp) -> JSONValue? {
        let said = node.condition(Self.condition)
        let status = problem == nil ? "False" : "True"
        let (reason, message) = (problem?.reason ?? "AddressesAvailable", problem?.message ?? "Pods are given addresses of the VPC")
        var patch: JSONObject = [:]
        if said?.status != status || said?.reason != reason || said?.message != message {
            let since = said?.status == status ? said?.lastTransitionTime ?? moment : moment
            patch["conditions"] = [
                [
                    "type": .string(Self.condition), "status": .string(status), "reason": .string(reason), "message": .string(message),
                    "lastHeartbeatTime": .string("\(moment)"), "lastTransitionTime": .string("\(since)"),
                ]
            ]
        }
        if node.capacity[Self.resource] != "\(addresses)" {
            patch["capacity"] = .object([Self.resource: .string("\(addresses)")])
        }
        return patch.members.isEmpty ? nil : .object(["status": .object(patch)])
    }

    /// The merge patch of the node that puts the taint there or takes it away; nil when it is as it should be. The list is replaced as a
    /// whole, so that it holds for the object as it was read and no other.
    package func taintPatch(of node: NodeResource) -> JSONValue? {
        guard let taint else { return nil }
        let isThere = node.taints.contains { $0.key == taint && $0.effect == Self.effect }
        guard isThere != (problem != nil), let version = node.resourceVersion else { return nil }
        var taints = node.object["spec"]?["taints"]?.array ?? []
        if isThere {
            taints.removeAll { $0["key"]?.string == taint && $0["effect"]?.string == Self.effect }
        } else {
            taints.append(["key": .string(taint), "effect": .string(Self.effect)])
        }
        return ["metadata": ["resourceVersion": .string(version)], "spec": ["taints": .array(taints)]]
    }
}

extension NodeStatement {
    /// What of a node's object is looked at here. The rest, such as the list of its images, is many times as large.
    package static func part(of node: NodeResource) -> NodeResource {
        var part = NodeResource(name: node.name)
        part.object["metadata"] = .object(["name": .string(node.name), "resourceVersion": .string(node.resourceVersion ?? "")])
        if let taints = node.object["spec"]?["taints"] { part.object["spec"] = ["taints": taints] }
        var status: JSONObject = [:]
        let conditions = node.object["status"]?["conditions"]?.array?.filter { $0["type"]?.string == condition } ?? []
        status["conditions"] = .array(conditions)
        status["capacity"] = node.capacity[resource].map { .object([resource: .string($0)]) }
        part.object["status"] = .object(status)
        return part
    }
}
