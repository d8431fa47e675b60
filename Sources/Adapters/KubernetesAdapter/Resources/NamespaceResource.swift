public import JSON

/// A namespace (core/v1): of interest for its labels and annotations.
public struct NamespaceResource: Resource {
    public static let kind = ResourceKind(version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }
}
