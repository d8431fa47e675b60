public import JSON

/// Who of many may act, and until when (coordination.k8s.io/v1).
public struct LeaseResource: Resource {
    public static let kind = ResourceKind(
        group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", isNamespaced: true)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    public var holderIdentity: String? {
        get { spec["holderIdentity"]?.string }
        set { spec["holderIdentity"] = newValue.map(JSONValue.string) }
    }

    /// How long after its renewal others have to wait, in whole seconds as the API has it.
    public var leaseDuration: Duration? {
        get { spec["leaseDurationSeconds"]?.integer.map { .seconds($0) } }
        set { spec["leaseDurationSeconds"] = newValue.map { JSONValue(Int($0.components.seconds)) } }
    }

    public var acquireTime: Timestamp? {
        get { spec["acquireTime"]?.string.flatMap(Timestamp.init(rfc3339:)) }
        set { spec["acquireTime"] = newValue.map { .string($0.withMicroseconds) } }
    }

    public var renewTime: Timestamp? {
        get { spec["renewTime"]?.string.flatMap(Timestamp.init(rfc3339:)) }
        set { spec["renewTime"] = newValue.map { .string($0.withMicroseconds) } }
    }

    /// How often it has changed hands.
    public var leaseTransitions: Int {
        get { spec["leaseTransitions"]?.integer ?? 0 }
        set { spec["leaseTransitions"] = JSONValue(newValue) }
    }
}
