/// A kind of objects that the server keeps.
public struct ServedKind: Hashable, Sendable {
    /// `v1`, or a group with its version.
    public var apiVersion: String
    public var kind: String
    public var plural: String
    public var isNamespaced: Bool
    /// Whether `status` is changed by its own subresource alone.
    public var hasStatus: Bool
    /// Custom resources take no strategic patches: the server does not know the keys of their lists.
    public var isCustom: Bool

    public init(
        _ apiVersion: String, _ kind: String, _ plural: String, isNamespaced: Bool = false, hasStatus: Bool = false, isCustom: Bool = false
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
        self.hasStatus = hasStatus
        self.isCustom = isCustom
    }

    var group: String { apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : "" }
    /// As rules of access write it.
    var resource: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// What a node agent asks for.
    public static let usual = [
        ServedKind("v1", "Node", "nodes", hasStatus: true),
        ServedKind("v1", "Pod", "pods", isNamespaced: true, hasStatus: true),
        ServedKind("v1", "Namespace", "namespaces", hasStatus: true),
        ServedKind("v1", "Event", "events", isNamespaced: true),
        ServedKind("v1", "ConfigMap", "configmaps", isNamespaced: true),
        ServedKind("coordination.k8s.io/v1", "Lease", "leases", isNamespaced: true),
        ServedKind("crd.k8s.amazonaws.com/v1alpha1", "ENIConfig", "eniconfigs", isCustom: true),
        ServedKind("vpcresources.k8s.aws/v1alpha1", "CNINode", "cninodes", isCustom: true),
    ]
}
