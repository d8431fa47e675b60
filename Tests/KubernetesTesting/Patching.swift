import JSON

/// The three kinds of patches.
enum Patching {
    static func patched(
        _ object: JSONObject, with body: JSONValue, contentType: String, isCustom: Bool
    ) throws(Refusal) -> JSONObject {
        let patched: JSONValue
        switch contentType {
        case "application/merge-patch+json": patched = merged(.object(object), body)
        case "application/strategic-merge-patch+json":
            if isCustom { throw unsupported(contentType) }
            patched = try strategic(.object(object), body, at: "")
        case "application/json-patch+json": patched = try operated(.object(object), body)
        default: throw unsupported(contentType)
        }
        guard case .object(let whole) = patched else { throw .bad("the patch makes no object") }
        return whole
    }

    private static func unsupported(_ type: String) -> Refusal {
        Refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format: \(type)")
    }

    /// RFC 7386.
    private static func merged(_ target: JSONValue, _ patch: JSONValue) -> JSONValue {
        guard let members = patch.object?.members else { return patch }
        var object = target.object ?? JSONObject()
        for member in members {
            object[member.name] = member.value.isNull ? nil : merged(object[member.name] ?? .null, member.value)
        }
        return .object(object)
    }

    // MARK: - Strategic

    /// By which member the elements of a list are told apart (`patchMergeKey` in k8s.io/api); empty for lists of texts that are merged.
    private static let keys = [
        ".metadata.finalizers": "", ".metadata.ownerReferences": "uid", ".status.conditions": "type", ".status.addresses": "type",
        ".status.podIPs": "ip", ".spec.containers": "name", ".spec.volumes": "name",
    ]

    private static func strategic(_ target: JSONValue, _ patch: JSONValue, at path: String) throws(Refusal) -> JSONValue {
        guard let members = patch.object?.members else { return patch }
        var object = target.object ?? JSONObject()
        if patch["$patch"] == "replace" { object = JSONObject() }
        for member in members where !member.name.hasPrefix("$") {
            let place = "\(path).\(member.name)"
            if member.value.isNull {
                object[member.name] = nil
            } else if case .array(let elements) = member.value, let key = keys[place] {
                let known = object[member.name]?.array ?? []
                object[member.name] = .array(try merged(known, elements, by: key, at: place))
            } else {
                object[member.name] = try strategic(object[member.name] ?? .null, member.value, at: place)
            }
        }
        return .object(object)
    }

    private static func merged(
        _ known: [JSONValue], _ patch: [JSONValue], by key: String, at path: String
    ) throws(Refusal) -> [JSONValue] {
        var result = known
        for element in patch {
            if key.isEmpty {
                if !result.contains(element) { result.append(element) }
                continue
            }
            guard let identity = element[key] else { throw Refusal(422, "Invalid", "\(path): an element has no \(key)") }
            let index = result.firstIndex { $0[key] == identity }
            if element["$patch"] == "delete" {
                if let index { result.remove(at: index) }
            } else if let index {
                result[index] = try strategic(result[index], element, at: path + "[]")
            } else {
                result.append(element)
            }
        }
        return result
    }

    // MARK: - RFC 6902

    private static func operated(_ target: JSONValue, _ patch: JSONValue) throws(Refusal) -> JSONValue {
        var document = target
        for operation in patch.array ?? [] {
            guard let name = operation["op"]?.string, let path = operation["path"]?.string else {
                throw .bad("an operation lacks op or path")
            }
            let pointer = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
                String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            document = try change(document, pointer[...], name, operation["value"])
        }
        return document
    }

    private static func change(
        _ value: JSONValue, _ path: ArraySlice<String>, _ operation: String, _ new: JSONValue?
    ) throws(Refusal) -> JSONValue {
        let missing = Refusal(422, "Invalid", "the server rejected our request due to an error in our request: no such path")
        guard let part = path.first else {
            if operation == "test", value != new { throw Refusal(422, "Invalid", "testing value failed") }
            return operation == "test" ? value : new ?? .null
        }
        let rest = path.dropFirst()
        switch value {
        case .object(var object):
            if rest.isEmpty, operation == "remove" || operation == "add" || operation == "replace" {
                if operation != "add", object[part] == nil { throw missing }
                object[part] = operation == "remove" ? nil : new
            } else {
                guard let inner = object[part] else { throw missing }
                object[part] = try change(inner, rest, operation, new)
            }
            return .object(object)
        case .array(var elements):
            let index = part == "-" ? elements.count : Int(part) ?? -1
            guard (0...elements.count).contains(index) else { throw missing }
            if rest.isEmpty, operation == "add", let new {
                elements.insert(new, at: index)
                return .array(elements)
            }
            guard index < elements.count else { throw missing }
            if rest.isEmpty, operation == "remove" {
                elements.remove(at: index)
            } else {
                elements[index] = try change(elements[index], rest, operation, new)
            }
            return .array(elements)
        default: throw missing
        }
    }
}
