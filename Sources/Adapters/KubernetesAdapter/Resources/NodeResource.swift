public import JSON

/// A node of the cluster (core/v1).
public struct NodeResource: Resource {
    public static let kind = ResourceKind(version: "v1", kind: "Node", plural: "nodes", isNamespaced: false)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    /// A mark that keeps away the pods which do not tolerate it.
    public struct Taint: Hashable, Sendable {
        public var key: String
        public var value: String
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        public var effect: String

        public init(key: String, value: String = "", effect: String) {
            self.key = key
            self.value = value
            self.effect = effect
        }
    }

    /// One thing that is or is not so of a node.
    public struct Condition: Hashable, Sendable {
        /// Such as `Ready` and `NetworkUnavailable`; there is one of each type.
        public var type: String
        /// `True`, `False` or `Unknown`.
        public var status: String
        public var reason: String
        public var message: String
        public var lastHeartbeatTime: Timestamp?
        public var lastTransitionTime: Timestamp?
    }

    /// Whether it is cordoned.
    public var isUnschedulable: Bool { spec["unschedulable"]?.bool ?? false }

    /// Such as `aws:///us-east-1a/i-0123456789abcdef0`; nil until a cloud provider has set it.
    public var providerID: String? { spec["providerID"]?.string }

    public var taints: [Taint] {
        (spec["taints"]?.array ?? []).map {
            Taint(key: $0["key"]?.string ?? "", value: $0["value"]?.string ?? "", effect: $0["effect"]?.string ?? "")
        }
    }

    public var conditions: [Condition] {
        (status["conditions"]?.array ?? []).map {
            Condition(
                type: $0["type"]?.string ?? "", status: $0["status"]?.string ?? "", reason: $0["reason"]?.string ?? "",
                message: $0["message"]?.string ?? "",
                lastHeartbeatTime: $0["lastHeartbeatTime"]?.string.flatMap(Timestamp.init(rfc3339:)),
                lastTransitionTime: $0["lastTransitionTime"]?.string.flatMap(Timestamp.init(rfc3339:)))
        }
    }

    public func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

    /// Quantities by resource as they are written, such as `pods: "110"`.
    public var capacity: [String: String] { Self.texts(status["capacity"]) }
    /// What of the capacity is there for pods.
    public var allocatable: [String: String] { Self.texts(status["allocatable"]) }

    /// Addresses of a type, such as `InternalIP`, in the order given.
    public func addresses(ofType type: String) -> [String] {
        (status["addresses"]?.array ?? []).filter { $0["type"]?.string == type }.compactMap { $0["address"]?.string }
    }
}
