public import JSON

/// What happened to an object, for people who describe it (core/v1, which clusters old and new take).
public struct EventResource: Resource {
    public static let kind = ResourceKind(version: "v1", kind: "Event", plural: "events", isNamespaced: true)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    public enum Severity: String, Hashable, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    /// The object that an event is about.
    public struct Subject: Hashable, Sendable {
        public var apiVersion: String
        public var kind: String
        public var name: String
        public var namespace: String?
        public var uid: String?

        public init(apiVersion: String, kind: String, name: String, namespace: String? = nil, uid: String? = nil) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.name = name
            self.namespace = namespace
            self.uid = uid
        }

        public init<R: Resource>(_ resource: R) {
            self.init(
                apiVersion: R.kind.apiVersion, kind: R.kind.kind, name: resource.name, namespace: resource.namespace, uid: resource.uid)
        }
    }

    /// An event that happened once, now.
    ///
    /// - Parameters:
    ///   - subject: Events lie in its namespace; those of an object without one in `default`, where `kubectl describe` looks for them.
    ///   - name: The event's own; differs from those of the subject's other events.
    ///   - reason: One word, such as `AddressShortage`, at most 128 bytes as the API has it.
    ///   - message: Cut to 1024 bytes, the API's limit for messages.
    ///   - component: Who tells it, such as `berthd`.
    ///   - host: On which node.
    public init(
        _ severity: Severity, about subject: Subject, name: String, reason: String, message: String, component: String, host: String,
        at moment: Timestamp
    ) {
        self.init(name: name, namespace: subject.namespace ?? "default")
        var involved: JSONObject = [
            "apiVersion": .string(subject.apiVersion), "kind": .string(subject.kind), "name": .string(subject.name),
        ]
        if let namespace = subject.namespace { involved["namespace"] = .string(namespace) }
        if let uid = subject.uid { involved["uid"] = .string(uid) }
        object["involvedObject"] = .object(involved)
        object["reason"] = .string(reason.cut(toBytes: 128))
        object["message"] = .string(message.cut(toBytes: 1024))
        object["source"] = ["component": .string(component), "host": .string(host)]
        object["firstTimestamp"] = .string("\(moment)")
        object["lastTimestamp"] = .string("\(moment)")
        object["count"] = 1
        object["type"] = .string(severity.rawValue)
        object["reportingComponent"] = .string(component)
        object["reportingInstance"] = .string(host)
    }

    public var reason: String { object["reason"]?.string ?? "" }
    public var message: String { object["message"]?.string ?? "" }
    public var type: String { object["type"]?.string ?? "" }
    /// How often it happened, as its last report says.
    public var count: Int { object["count"]?.integer ?? 1 }
    public var lastTimestamp: Timestamp? { object["lastTimestamp"]?.string.flatMap(Timestamp.init(rfc3339:)) }

    /// The merge patch that says: it has happened that often, last at that moment.
    public static func repeated(count: Int, message: String, at moment: Timestamp) -> JSONValue {
        ["count": JSONValue(count), "lastTimestamp": .string("\(moment)"), "message": .string(message.cut(toBytes: 1024))]
    }
}

extension String {
    /// At most that many bytes of UTF-8, whole characters, with an ellipsis where something was left out.
    func cut(toBytes bytesMax: Int) -> String {
        guard utf8.count > bytesMax else { return self }
        var kept = ""
        var bytes = 3
        for character in self {
            bytes += character.utf8.count
            guard bytes <= bytesMax else { break }
            kept.append(character)
        }
        return kept + "…"
    }
}
