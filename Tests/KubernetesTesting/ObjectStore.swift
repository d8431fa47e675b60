import JSON

/// Objects with their versions, and what changed of late.
struct ObjectStore {
    struct Key: Hashable, Comparable {
        var namespace: String
        var name: String

        static func < (a: Key, b: Key) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
    }

    /// One change, for watches.
    struct Change {
        var revision: Int
        var kind: ServedKind
        /// Nil before an object's creation.
        var before: JSONObject?
        /// Nil after its deletion.
        var after: JSONObject?
    }

    private(set) var revision = 1000
    private(set) var history: [Change] = []
    /// Changes up to here are forgotten.
    private(set) var compacted = 1000
    private var objects: [ServedKind: [Key: JSONObject]] = [:]
    private var uids = 0

    static func key(_ object: JSONObject) -> Key {
        Key(namespace: object["metadata"]?["namespace"]?.string ?? "", name: object["metadata"]?["name"]?.string ?? "")
    }

    func object(_ kind: ServedKind, _ key: Key) -> JSONObject? { objects[kind]?[key] }

    func all(_ kind: ServedKind) -> [JSONObject] {
        (objects[kind] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    func changes(since revision: Int, of kind: ServedKind) -> [Change] {
        history.reversed().prefix { $0.revision > revision }.reversed().filter { $0.kind == kind }
    }

    mutating func compact() {
        history = []
        compacted = revision
    }

    /// Writes an object, with a new version, and returns it. One that is to be deleted and has no finalizers left goes.
    mutating func write(_ object: JSONObject, _ kind: ServedKind, now: String) -> JSONObject {
        let key = Self.key(object)
        let before = objects[kind]?[key]
        var whole = object
        var metadata = object["metadata"]?.object ?? JSONObject()
        revision += 1
        uids += before == nil ? 1 : 0
        metadata["uid"] =
            before?["metadata"]?["uid"] ?? metadata["uid"]
            ?? .string("00000000-0000-4000-8000-\(String(1_000_000_000_000 + uids).dropFirst())")
        metadata["creationTimestamp"] = before?["metadata"]?["creationTimestamp"] ?? metadata["creationTimestamp"] ?? .string(now)
        metadata["resourceVersion"] = .string("\(revision)")
        if before?["metadata"]?["deletionTimestamp"] == nil, metadata["deletionTimestamp"]?.isNull ?? true {
            metadata["deletionTimestamp"] = nil
        }
        whole["apiVersion"] = .string(kind.apiVersion)
        whole["kind"] = .string(kind.kind)
        whole["metadata"] = .object(metadata)
        let isGone = metadata["deletionTimestamp"] != nil && (metadata["finalizers"]?.array ?? []).isEmpty && kind.plural != "pods"
        objects[kind, default: [:]][key] = isGone ? nil : whole
        history.append(Change(revision: revision, kind: kind, before: before, after: isGone ? nil : whole))
        return whole
    }

    mutating func remove(_ kind: ServedKind, _ key: Key) -> JSONObject? {
        guard var object = objects[kind]?.removeValue(forKey: key) else { return nil }
        revision += 1
        history.append(Change(revision: revision, kind: kind, before: object, after: nil))
        var metadata = object["metadata"]?.object ?? JSONObject()
        metadata["resourceVersion"] = .string("\(revision)")
        object["metadata"] = .object(metadata)
        return object
    }
}
