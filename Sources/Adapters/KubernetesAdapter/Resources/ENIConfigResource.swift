public import JSON

/// The choice of another subnet for pods, as the incumbent's custom networking has it.
public struct ENIConfigResource: Resource {
    public static let kind = ResourceKind(
        group: "crd.k8s.amazonaws.com", version: "v1alpha1", kind: "ENIConfig", plural: "eniconfigs", isNamespaced: false)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    /// Nil when the object has none, which its definition does not allow.
    public var subnet: String? { spec["subnet"]?.string }

    /// Empty for those of the node's primary ENI.
    public var securityGroups: [String] { spec["securityGroups"]?.array?.compactMap(\.string) ?? [] }
}
