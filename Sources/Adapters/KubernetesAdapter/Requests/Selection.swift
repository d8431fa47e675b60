/// Which objects of a kind a list or a watch is about.
public struct Selection: Hashable, Sendable {
    /// Nil for every namespace, and for kinds without any.
    public var namespace: String?
    /// Such as `spec.nodeName=ip-10-0-1-2`.
    public var fieldSelector: String?
    /// Such as `app=web,tier!=test`.
    public var labelSelector: String?

    public init(namespace: String? = nil, fieldSelector: String? = nil, labelSelector: String? = nil) {
        self.namespace = namespace
        self.fieldSelector = fieldSelector
        self.labelSelector = labelSelector
    }

    public static let all = Selection()

    /// The object of that name alone.
    public static func named(_ name: String, namespace: String? = nil) -> Selection {
        Selection(namespace: namespace, fieldSelector: "metadata.name=\(escaped(name))")
    }

    /// The pods of a node, of every namespace.
    public static func onNode(_ name: String) -> Selection {
        Selection(fieldSelector: "spec.nodeName=\(escaped(name))")
    }

    /// A value as field selectors take it (apimachinery, `fields.EscapeValue`).
    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            if character == "\\" || character == "," || character == "=" { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
