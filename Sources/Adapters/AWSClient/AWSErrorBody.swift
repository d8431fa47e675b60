/// The error in the body of an answer, in EC2's form `<Response><Errors><Error>…` or in STS's, `<ErrorResponse><Error>…`.
struct AWSErrorBody: Hashable {
    var code: String
    var message: String
    var requestID: String?

    /// Nil when the body is neither, such as a proxy's page.
    init?(_ body: [UInt8]) {
        guard let document = try? XMLAnswer.decode(Document.self, from: body),
            let error = document.errors?.error.first ?? document.error, !error.code.isEmpty
        else { return nil }
        code = error.code
        message = error.message ?? ""
        requestID = document.requestID ?? document.requestId
    }

    private struct Document: Decodable {
        var errors: Errors?
        var error: ErrorElement?
        var requestID: String?
        var requestId: String?

        enum CodingKeys: String, CodingKey {
            case errors = "Errors"
            case error = "Error"
            case requestID = "RequestID"
            case requestId = "RequestId"
        }
    }

    private struct Errors: Decodable {
        var error: [ErrorElement]

        enum CodingKeys: String, CodingKey { case error = "Error" }
    }

    private struct ErrorElement: Decodable {
        var code: String
        var message: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
        }
    }
}
