/// How the body of a patch is to be understood.
public enum PatchKind: String, Hashable, Sendable {
    /// RFC 7386: members replace members, null removes; lists are replaced whole.
    case merge = "application/merge-patch+json"
    /// As merge, and lists are merged by their key where the kind says so, as conditions are by type. Not for custom resources.
    case strategic = "application/strategic-merge-patch+json"
    /// RFC 6902: operations one after the other, all or none.
    case json = "application/json-patch+json"
}
