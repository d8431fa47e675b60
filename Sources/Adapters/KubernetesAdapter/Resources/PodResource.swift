public import JSON

/// A pod (core/v1).
public struct PodResource: Resource {
    public static let kind = ResourceKind(version: "v1", kind: "Pod", plural: "pods", isNamespaced: true)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    /// Where a pod is in its life; what it has not been told yet counts as pending.
    public enum Phase: String, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        /// The node has not been heard of.
        case unknown = "Unknown"
    }

    public var phase: Phase { status["phase"]?.string.flatMap(Phase.init(rawValue:)) ?? .pending }

    /// Whether its containers have ended for good: its address is free, though the object may stay for long.
    public var isFinished: Bool { phase == .succeeded || phase == .failed }

    /// Nil until the scheduler has chosen one.
    public var nodeName: String? { spec["nodeName"]?.string }

    /// Whether it uses the node's own addresses.
    public var isHostNetwork: Bool { spec["hostNetwork"]?.bool ?? false }

    /// Its addresses as the kubelet has reported them: none, one, or one of each family.
    public var podIPs: [String] {
        let several = (status["podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }
        return several.isEmpty ? status["podIP"]?.string.map { [$0] } ?? [] : several
    }

    public var priorityClassName: String? { spec["priorityClassName"]?.string }
    public var serviceAccountName: String? { spec["serviceAccountName"]?.string }

    /// What the containers may use at most, added up by resource as long as the quantities are whole numbers.
    public var limits: [String: Int] {
        var limits: [String: Int] = [:]
        for container in spec["containers"]?.array ?? [] {
            for member in container["resources"]?["limits"]?.object?.members ?? [] {
                guard let quantity = member.value.string.flatMap(Int.init) ?? member.value.integer else { continue }
                let (sum, isOverflow) = (limits[member.name] ?? 0).addingReportingOverflow(quantity)
                limits[member.name] = isOverflow ? .max : sum
            }
        }
        return limits
    }
}
