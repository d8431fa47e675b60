public import JSON

/// An object of the API server with names for the fields that are of use here; all others are kept as they came.
public protocol Resource: Hashable, Sendable {
    static var kind: ResourceKind { get }
    var object: JSONObject { get set }
    init(_ object: JSONObject)
}

extension Resource {
    /// Empty for an object whose name the server is to choose.
    public var name: String { metadata["name"]?.string ?? "" }
    /// Nil for objects of no namespace.
    public var namespace: String? { metadata["namespace"]?.string }
    /// Differs between two objects of one name, of which the first was deleted.
    public var uid: String? { metadata["uid"]?.string }
    /// Which change of the object this is; opaque.
    public var resourceVersion: String? { metadata["resourceVersion"]?.string }
    public var labels: [String: String] { Self.texts(metadata["labels"]) }
    public var annotations: [String: String] { Self.texts(metadata["annotations"]) }
    public var finalizers: [String] { metadata["finalizers"]?.array?.compactMap(\.string) ?? [] }
    public var creationTimestamp: Timestamp? { metadata["creationTimestamp"]?.string.flatMap(Timestamp.init(rfc3339:)) }
    /// Whether the object is to be deleted; it lasts until its finalizers and grace period have ended.
    public var isBeingDeleted: Bool { metadata["deletionTimestamp"].map { !$0.isNull } ?? false }

    /// An object that is yet to be created, with its kind and names.
    public init(name: String, namespace: String? = nil) {
        var metadata = JSONObject()
        metadata["name"] = .string(name)
        if let namespace { metadata["namespace"] = .string(namespace) }
        self.init([
            "apiVersion": .string(Self.kind.apiVersion), "kind": .string(Self.kind.kind), "metadata": .object(metadata),
        ])
    }

    var metadata: JSONObject {
        get { object["metadata"]?.object ?? JSONObject() }
        set { object["metadata"] = .object(newValue) }
    }

    var spec: JSONObject {
        get { object["spec"]?.object ?? JSONObject() }
        set { object["spec"] = .object(newValue) }
    }

    var status: JSONObject { object["status"]?.object ?? JSONObject() }

    static func texts(_ value: JSONValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for member in value?.object?.members ?? [] { texts[member.name] = member.value.string }
        return texts
    }
}

/// Objects of one kind, and the moment at which they were all there was.
public struct ResourceList<R: Resource>: Hashable, Sendable {
    public var items: [R]
    /// Where a watch begins that is to miss nothing after this list.
    public var resourceVersion: String

    public init(items: [R], resourceVersion: String) {
        self.items = items
        self.resourceVersion = resourceVersion
    }
}
