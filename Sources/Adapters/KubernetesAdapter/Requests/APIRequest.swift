import JSON

/// One request to the API server, as a value.
struct APIRequest: Hashable, Sendable {
    enum Verb: String, Hashable, Sendable {
        case get, list, watch, create, update, patch, delete

        var method: String {
            switch self {
            case .get, .list, .watch: "GET"
            case .create: "POST"
            case .update: "PUT"
            case .patch: "PATCH"
            case .delete: "DELETE"
            }
        }
    }

    var verb: Verb
    var kind: ResourceKind
    var namespace: String?
    /// Nil for requests about many, and for objects that are yet to be created.
    var name: String?
    var subresource: String?
    /// In the order they are sent.
    var query: [(name: String, value: String)] = []
    var contentType: String?
    var body: [UInt8] = []

    var right: RequestTally.Right {
        RequestTally.Right(verb: verb.rawValue, resource: "\(kind)" + (subresource.map { "/\($0)" } ?? ""))
    }

    /// Percent-encoded.
    var path: String {
        var parts: [String] = []
        if kind.isNamespaced, let namespace { parts += ["namespaces", namespace] }
        parts.append(kind.plural)
        if let name { parts.append(name) }
        if let subresource { parts.append(subresource) }
        return kind.root + parts.map { "/" + Self.encoded($0) }.joined()
    }

    /// The path with the query.
    var target: String {
        query.isEmpty ? path : path + "?" + query.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    /// What of names would change the path's meaning, or is no name for another reason; nil when the request can be sent.
    var fault: String? {
        if kind.isNamespaced, namespace == nil, name != nil || verb == .create {
            return "\(kind.kind) is of a namespace, and none is named"
        }
        for part in [namespace, name, subresource] {
            guard let part else { continue }
            guard !part.isEmpty, part != ".", part != "..", !part.contains("/"), part.utf8.count <= 253 else {
                return "\"\(part.cut(toBytes: 64))\" cannot be a part of a path"
            }
        }
        return nil
    }

    /// Everything but the unreserved characters of RFC 3986, section 2.3, is encoded.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func == (a: APIRequest, b: APIRequest) -> Bool {
        (a.verb, a.target, a.contentType, a.body) == (b.verb, b.target, b.contentType, b.body)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(verb)
        hasher.combine(target)
    }
}

extension APIRequest: CustomStringConvertible {
    /// Such as `PATCH /api/v1/nodes/x/status`.
    var description: String { "\(verb.method) \(target)" }
}
