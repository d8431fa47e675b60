import JSON

/// One line of a watch (apimachinery, `metav1.WatchEvent`).
enum WatchEvent: Hashable, Sendable {
    case changed(JSONObject)
    case removed(JSONObject)
    /// Nothing changed until this moment.
    case bookmark
    case error(StatusAnswer)
    /// A type that is not known here.
    case other(String)

    struct Parsed: Hashable, Sendable {
        var event: WatchEvent
        /// Where a watch goes on after this event; nil for errors.
        var resourceVersion: String?
    }

    /// - Throws: A sentence's end when the line is no event.
    static func parse(_ line: [UInt8], bytesMax: Int) throws(WatchFault) -> Parsed {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: line, bytesMax: bytesMax)
        } catch {
            throw WatchFault("a line of the watch is not JSON: \(error)")
        }
        guard let type = value["type"]?.string, let object = value["object"]?.object else {
            throw WatchFault("a line of the watch has no type and object")
        }
        let version = object["metadata"]?["resourceVersion"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        switch type {
        case "ADDED", "MODIFIED": return Parsed(event: .changed(object.withoutManagedFields), resourceVersion: version)
        case "DELETED": return Parsed(event: .removed(object.withoutManagedFields), resourceVersion: version)
        case "BOOKMARK": return Parsed(event: .bookmark, resourceVersion: version)
        case "ERROR": return Parsed(event: .error(StatusAnswer(.object(object))))
        default: return Parsed(event: .other(type.cut(toBytes: 32)))
        }
    }
}

/// What a watch sent that cannot be understood.
struct WatchFault: Error, Hashable, Sendable {
    var problem: String

    init(_ problem: String) { self.problem = problem }
}
