import JSON

/// Why a request is not done, as the API server says it.
public struct Refusal: Error, Hashable, Sendable {
    public var status: Int
    public var reason: String
    public var message: String
    /// In seconds, in the field and in the body.
    public var retryAfter: Int?

    public init(_ status: Int, _ reason: String, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The object that says so.
    var object: JSONObject {
        var object: JSONObject = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason),
        ]
        if let retryAfter { object["details"] = ["retryAfterSeconds": JSONValue(retryAfter)] }
        object["code"] = JSONValue(status)
        return object
    }

    static func notFound(_ what: String) -> Refusal { Refusal(404, "NotFound", "\(what) not found") }
    static func bad(_ why: String) -> Refusal { Refusal(400, "BadRequest", why) }
    static let expired = Refusal(410, "Expired", "The provided continue parameter is too old to display a consistent list result.")
    static func tooOld(_ version: Int, _ oldest: Int) -> Refusal {
        Refusal(410, "Expired", "too old resource version: \(version) (\(oldest))")
    }
}
