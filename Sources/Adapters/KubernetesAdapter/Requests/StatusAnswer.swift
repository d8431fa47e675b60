import JSON

/// The object with which the API server says why not (apimachinery, `metav1.Status`).
struct StatusAnswer: Hashable, Sendable {
    var code: Int?
    var reason = ""
    var message = ""
    var retryAfter: Duration?

    init(_ value: JSONValue) {
        guard let object = value.object, object["kind"]?.string == "Status" else { return }
        code = object["code"]?.integer
        reason = (object["reason"]?.string ?? "").cut(toBytes: 64)
        message = object["message"]?.string ?? ""
        if let seconds = object["details"]?["retryAfterSeconds"]?.integer, seconds > 0 { retryAfter = .seconds(min(seconds, 3600)) }
    }

    /// - Parameter body: Of an answer that is no good one; a page of a proxy in front of the server becomes the message.
    init(body: [UInt8]) {
        let value = try? JSONValue(parsing: body, bytesMax: 1 << 20)
        self.init(value ?? .null)
        if value?["kind"]?.string != "Status" {
            message = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}

extension KubernetesFailure {
    /// A refusal by an HTTP status and what came with it.
    init(status: Int, _ answer: StatusAnswer, retryAfter: Duration?, request: String) {
        let wait = retryAfter ?? answer.retryAfter
        let kind: Kind =
            switch status {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 409: answer.reason == "AlreadyExists" ? .alreadyExists : .conflict
            case 410: .gone
            case 422: .invalid
            case 429: .tooManyRequests(retryAfter: wait)
            default: .serverError
            }
        self.init(kind, status: status, reason: answer.reason, message: answer.message, request: request, retryAfter: wait)
    }
}
