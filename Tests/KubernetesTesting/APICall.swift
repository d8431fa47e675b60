import JSON

/// What a request asks for, read from its method and path.
struct APICall {
    var verb: String
    var kind: ServedKind
    var namespace: String?
    var name: String?
    var subresource: String?

    /// As rules of access have it, such as `patch nodes/status`.
    var right: String { "\(verb) \(kind.resource)" + (subresource.map { "/\($0)" } ?? "") }

    init(_ request: RecordedRequest, kinds: [ServedKind]) throws(Refusal) {
        var parts = request.path.split(separator: "/", omittingEmptySubsequences: true).map { RecordedRequest.decoded($0) }[...]
        let apiVersion: String
        switch parts.popFirst() {
        case "api": apiVersion = parts.popFirst() ?? ""
        case "apis": apiVersion = (parts.popFirst() ?? "") + "/" + (parts.popFirst() ?? "")
        default: throw Refusal(404, "NotFound", "the server could not find the requested resource")
        }
        if parts.count > 2, parts.first == "namespaces", !["status", "finalize"].contains(parts[parts.startIndex + 2]) {
            parts.removeFirst()
            namespace = parts.popFirst()
        }
        let plural = parts.popFirst()
        guard let kind = kinds.first(where: { $0.apiVersion == apiVersion && $0.plural == plural }), namespace == nil || kind.isNamespaced
        else { throw Refusal(404, "NotFound", "the server could not find the requested resource") }
        self.kind = kind
        name = parts.popFirst()
        subresource = parts.popFirst()
        guard parts.isEmpty, subresource == nil || (subresource == "status" && kind.hasStatus) else {
            throw Refusal(404, "NotFound", "the server could not find the requested resource")
        }
        switch (request.method, name) {
        case ("GET", nil): verb = request.isWatch ? "watch" : "list"
        case ("GET", _?): verb = "get"
        case ("POST", nil): verb = "create"
        case ("PUT", _?): verb = "update"
        case ("PATCH", _?): verb = "patch"
        case ("DELETE", _?): verb = "delete"
        default: throw Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        }
        if kind.isNamespaced, namespace == nil, name != nil || verb == "create" {
            throw .bad("namespace is missing")
        }
    }
}
