import Glibc
import JSON
import Synchronization

extension FakeAPIServer {
    enum Outcome {
        case object(JSONObject, status: Int)
        case watch(OpenWatch)
    }

    /// Does what a request asks for.
    func perform(_ request: RecordedRequest) -> Result<Outcome, Refusal> {
        let outcome = Result { () throws(Refusal) in
            try self.state.withLock { state throws(Refusal) in try Self.perform(request, &state) }
        }
        if request.method != "GET" { wakeWatches() }
        return outcome
    }

    private static func perform(_ request: RecordedRequest, _ state: inout State) throws(Refusal) -> Outcome {
        if let tokens = state.tokens {
            let token = request["Authorization"].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
            guard let token, tokens.contains(token) else { throw Refusal(401, "Unauthorized", "Unauthorized") }
        }
        let call = try APICall(request, kinds: state.kinds)
        guard !state.denied.contains(call.right), state.allowed?.contains(call.right) ?? true else {
            throw Refusal(403, "Forbidden", "\(call.kind.resource) is forbidden: User \"test\" cannot \(call.right)")
        }
        switch call.verb {
        case "list": return .object(try list(call, request.query, &state), status: 200)
        case "watch": return .watch(try watch(call, request.query, state))
        case "get": return .object(try existing(call, state), status: 200)
        case "create": return .object(try create(call, try body(request), &state), status: 201)
        case "update": return .object(try update(call, try body(request), &state), status: 200)
        case "patch": return .object(try patch(call, request, &state), status: 200)
        default: return .object(try delete(call, request, &state), status: 200)
        }
    }

    // MARK: - Reading

    private static func list(_ call: APICall, _ query: [String: String], _ state: inout State) throws(Refusal) -> JSONObject {
        let page: Page
        if let token = query["continue"] {
            guard let begun = state.pages.removeValue(forKey: token) else { throw .expired }
            page = begun
        } else {
            let selector = try ObjectSelector(namespace: call.namespace, query: query)
            page = Page(items: state.store.all(call.kind).filter(selector.holds)[...], revision: state.store.revision)
        }
        let limit = query["limit"].flatMap(Int.init) ?? 0
        let items = limit > 0 ? page.items.prefix(limit) : page.items
        var metadata: JSONObject = ["resourceVersion": .string("\(page.revision)")]
        let rest = page.items.dropFirst(items.count)
        if !rest.isEmpty {
            state.pageNumber += 1
            let token = "page/\(state.pageNumber)+="
            state.pages[token] = Page(items: rest, revision: page.revision)
            metadata["continue"] = .string(token)
            metadata["remainingItemCount"] = JSONValue(rest.count)
        }
        return [
            "kind": .string("\(call.kind.kind)List"), "apiVersion": .string(call.kind.apiVersion), "metadata": .object(metadata),
            "items": .array(items.map(JSONValue.object)),
        ]
    }

    private static func watch(_ call: APICall, _ query: [String: String], _ state: State) throws(Refusal) -> OpenWatch {
        let version = query["resourceVersion"] ?? ""
        guard let revision = version.isEmpty ? 0 : Int(version) else { throw .bad("resourceVersion: Invalid value: \"\(version)\"") }
        let wantsBookmarks = query["allowWatchBookmarks"] == "true"
        var watch = OpenWatch(
            kind: call.kind, selector: try ObjectSelector(namespace: call.namespace, query: query), revision: revision,
            timeoutSeconds: query["timeoutSeconds"].flatMap(Int.init), sendsBookmarks: wantsBookmarks && state.bookmarks == .sent)
        let noProgress = Refusal(
            500, "InternalError", "Internal error occurred: etcd does not support it: RequestWatchProgress is disabled")
        if wantsBookmarks, state.bookmarks == .refused { throw noProgress }
        if wantsBookmarks, state.bookmarks == .refusedInEvent { watch.firstAndLast = noProgress }
        if revision < state.store.compacted {
            let refusal = Refusal.tooOld(revision, state.store.compacted)
            if state.forgetting == .inStatus { throw refusal }
            watch.firstAndLast = refusal
        }
        return watch
    }

    private static func existing(_ call: APICall, _ state: State) throws(Refusal) -> JSONObject {
        guard let object = state.store.object(call.kind, key(call)) else {
            throw .notFound("\(call.kind.resource) \"\(call.name ?? "")\"")
        }
        return object
    }

    private static func key(_ call: APICall) -> ObjectStore.Key {
        ObjectStore.Key(namespace: call.namespace ?? "", name: call.name ?? "")
    }

    // MARK: - Writing

    private static func create(_ call: APICall, _ body: JSONObject, _ state: inout State) throws(Refusal) -> JSONObject {
        var object = try checked(body, call)
        var metadata = object["metadata"]?.object ?? JSONObject()
        if metadata["name"]?.string ?? "" == "", let prefix = metadata["generateName"]?.string {
            state.generated += 1
            metadata["name"] = .string(prefix + String(10_000 + state.generated, radix: 36))
        }
        guard let name = metadata["name"]?.string, !name.isEmpty else {
            throw Refusal(422, "Invalid", "name or generateName is required")
        }
        if metadata["resourceVersion"] != nil { throw .bad("resourceVersion should not be set on objects to be created") }
        if let namespace = call.namespace { metadata["namespace"] = .string(namespace) }
        object["metadata"] = .object(metadata)
        if call.kind.hasStatus { object["status"] = object["status"] ?? [:] }
        guard state.store.object(call.kind, ObjectStore.key(object)) == nil else {
            throw Refusal(409, "AlreadyExists", "\(call.kind.resource) \"\(name)\" already exists")
        }
        return state.store.write(object, call.kind, now: now)
    }

    private static func update(_ call: APICall, _ body: JSONObject, _ state: inout State) throws(Refusal) -> JSONObject {
        let object = try checked(body, call)
        guard object["metadata"]?["name"]?.string == call.name else {
            throw .bad("the name of the object does not match the name on the URL")
        }
        return try replace(try existing(call, state), by: object, call, &state)
    }

    private static func patch(_ call: APICall, _ request: RecordedRequest, _ state: inout State) throws(Refusal) -> JSONObject {
        let before = try existing(call, state)
        let type = request["Content-Type"] ?? ""
        var after = try Patching.patched(before, with: try value(request), contentType: type, isCustom: call.kind.isCustom)
        // A version in the patch asks for just that one; without it the newest is meant.
        if after["metadata"]?["resourceVersion"] == nil, var metadata = after["metadata"]?.object {
            metadata["resourceVersion"] = before["metadata"]?["resourceVersion"]
            after["metadata"] = .object(metadata)
        }
        return try replace(before, by: after, call, &state)
    }

    private static func replace(
        _ before: JSONObject, by after: JSONObject, _ call: APICall, _ state: inout State
    ) throws(Refusal) -> JSONObject {
        let name = call.name ?? ""
        if let version = after["metadata"]?["resourceVersion"]?.string, version != before["metadata"]?["resourceVersion"]?.string {
            throw Refusal(
                409, "Conflict",
                "Operation cannot be fulfilled on \(call.kind.resource) \"\(name)\": the object has been modified; please apply your "
                    + "changes to the latest version and try again")
        }
        if let uid = after["metadata"]?["uid"], uid != before["metadata"]?["uid"] {
            throw Refusal(409, "Conflict", "Precondition failed: UID in precondition: \(uid)")
        }
        var whole = after
        if call.subresource == "status" {
            whole = before
            whole["status"] = after["status"]
        } else if call.kind.hasStatus {
            whole["status"] = before["status"]
        }
        return state.store.write(whole, call.kind, now: now)
    }

    private static func delete(_ call: APICall, _ request: RecordedRequest, _ state: inout State) throws(Refusal) -> JSONObject {
        var object = try existing(call, state)
        let options = request.body.isEmpty ? JSONObject() : try body(request)
        if let uid = options["preconditions"]?["uid"]?.string, uid != object["metadata"]?["uid"]?.string {
            throw Refusal(409, "Conflict", "Precondition failed: UID in precondition: \(uid)")
        }
        if let finalizers = object["metadata"]?["finalizers"]?.array, !finalizers.isEmpty {
            var metadata = object["metadata"]?.object ?? JSONObject()
            metadata["deletionTimestamp"] = metadata["deletionTimestamp"] ?? .string(now)
            object["metadata"] = .object(metadata)
            return state.store.write(object, call.kind, now: now)
        }
        _ = state.store.remove(call.kind, key(call))
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"]
    }

    // MARK: - Bodies

    private static func checked(_ object: JSONObject, _ call: APICall) throws(Refusal) -> JSONObject {
        guard object["apiVersion"]?.string == call.kind.apiVersion, object["kind"]?.string == call.kind.kind else {
            throw .bad("the object's kind does not match the path")
        }
        if let namespace = object["metadata"]?["namespace"]?.string, namespace != call.namespace {
            throw .bad("the namespace of the provided object does not match the namespace sent on the request")
        }
        return object
    }

    private static func body(_ request: RecordedRequest) throws(Refusal) -> JSONObject {
        guard request["Content-Type"] == "application/json" else { throw Refusal(415, "UnsupportedMediaType", "send JSON") }
        guard let object = try value(request).object else { throw .bad("the body is no object") }
        return object
    }

    private static func value(_ request: RecordedRequest) throws(Refusal) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: request.body, bytesMax: 8 << 20)
        } catch {
            throw .bad("the body is not JSON: \(error)")
        }
    }

    /// The moment, as the API writes it.
    static var now: String {
        var (seconds, parts) = (time(nil), tm())
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let count = strftime(text.baseAddress, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
