/// Where the API server keeps objects of one kind.
public struct ResourceKind: Hashable, Sendable {
    /// Empty for the core group.
    public var group: String
    public var version: String
    /// As objects call themselves, such as `Pod`.
    public var kind: String
    /// As paths and rules of access call them, such as `pods`.
    public var plural: String
    public var isNamespaced: Bool

    public init(group: String = "", version: String, kind: String, plural: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// As objects write it, such as `v1` and `coordination.k8s.io/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path below which its objects lie, without a namespace: `/api/v1`, or `/apis/` with group and version.
    var root: String { (group.isEmpty ? "/api/" : "/apis/") + apiVersion }
}

extension ResourceKind: CustomStringConvertible {
    /// As rules of access write it: `pods`, `leases.coordination.k8s.io`.
    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }
}
