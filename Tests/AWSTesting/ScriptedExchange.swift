public import AWSClient
import Synchronization

/// An exchange that answers from a script and keeps what it was sent.
public final class ScriptedExchange: Sendable {
    public typealias Answer = Result<HTTPAnswer, HTTPFailure>

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>
    private let otherwise: @Sendable (HTTPRequest) -> Answer

    /// - Parameters:
    ///   - answers: Given in order.
    ///   - otherwise: Given when the script has ended; a broken connection unless told.
    public init(
        _ answers: [Answer] = [],
        otherwise: @escaping @Sendable (HTTPRequest) -> Answer = { .failure(HTTPFailure(.broken, "\($0) is not in the script")) }
    ) {
        state = Mutex(State(answers: answers))
        self.otherwise = otherwise
    }

    public var requests: [HTTPRequest] { state.withLock(\.requests) }

    /// The actions of the requests to Query APIs, in order.
    public var actions: [String] {
        requests.map { request in
            let body = String(decoding: request.body, as: UTF8.self)
            return body.split(separator: "&").first.map { String($0.dropFirst("Action=".count)) } ?? request.url.path
        }
    }

    public var exchange: HTTPExchange {
        HTTPExchange { (request, _) throws(HTTPFailure) in
            let answer = self.state.withLock { state -> Answer? in
                state.requests.append(request)
                return state.answers.isEmpty ? nil : state.answers.removeFirst()
            }
            return try (answer ?? self.otherwise(request)).get()
        }
    }
}

extension HTTPAnswer {
    public init(_ status: Int, _ text: String, fields: [HTTPField] = []) {
        self.init(status: status, fields: fields, body: Array(text.utf8))
    }

    /// An error in EC2's form.
    public static func error(_ status: Int, _ code: String, _ message: String = "No.", fields: [HTTPField] = []) -> HTTPAnswer {
        HTTPAnswer(
            status,
            "<Response><Errors><Error><Code>\(code)</Code><Message>\(message)</Message></Error></Errors>"
                + "<RequestID>req-1</RequestID></Response>",
            fields: fields)
    }
}
