import AWSClient
import NodePorts

/// Answers in the form that EC2 gives them.
enum QueryAnswer {
    private static let header = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"

    /// What an operation answers when it was carried out.
    static func success(_ action: String, _ elements: [XMLElement], requestID: String) -> HTTPAnswer {
        var text = header + "<\(action)Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
        for element in [XMLElement("requestId", requestID)] + elements { element.write(to: &text) }
        return answer(200, text + "</\(action)Response>", requestID: requestID)
    }

    static func refusal(_ failure: EC2Failure, requestID: String) -> HTTPAnswer {
        let error = XMLElement("Error", of: [XMLElement("Code", failure.code), XMLElement("Message", failure.message)])
        let response = XMLElement("Response", of: [XMLElement("Errors", of: [error]), XMLElement("RequestID", requestID)])
        return answer(status(of: failure.code), header + response.description, requestID: requestID)
    }

    private static func answer(_ status: Int, _ text: String, requestID: String) -> HTTPAnswer {
        HTTPAnswer(
            status: status,
            fields: [HTTPField("Content-Type", "text/xml;charset=UTF-8"), HTTPField("x-amzn-RequestId", requestID)], body: Array(text.utf8))
    }

    /// EC2 API Reference, "Error codes for the Amazon EC2 API" and "Common errors".
    private static func status(of code: String) -> Int {
        switch code {
        case "AuthFailure": 401
        case "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnauthorizedOperation": 403
        case "DryRunOperation": 412
        case "InternalError": 500
        case "RequestLimitExceeded", "Unavailable": 503
        default: 400
        }
    }
}
