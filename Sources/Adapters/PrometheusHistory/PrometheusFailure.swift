import AWSClient
import JSON

/// Why there is no history, and what to do.
public struct PrometheusFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let problem: String
    public let remedy: String

    init(_ problem: String, _ remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(problem). \(remedy)" }

    /// There is no answer.
    init(_ failure: HTTPFailure, _ place: String) {
        let remedy =
            switch failure.kind {
            case .notConnected: "Give the URL at which it can be reached from here, such as one of kubectl port-forward"
            case .timedOut: "Ask for fewer --days, or give a recording of the metric as CSV with --history"
            case .tooLarge: "Ask for fewer --days"
            case .broken, .cancelled: "Try again"
            }
        self.init("\(place) gives no answer: \(failure.message)", remedy)
    }

    /// The answer is a refusal.
    ///
    /// - Parameter told: The server's own words, where there are any.
    init(status: Int, told: String?, _ place: String) {
        let words = told.map { ": \($0.prefix(300))" } ?? ""
        let remedy =
            switch status {
            case 401, 403: "Give a token that may read with --bearer-token-file"
            case 300..<400, 404, 405: "Give the URL below which /api/v1/query_range is"
            case 400 where told?.contains("11,000") == true: "Ask for fewer --days"
            case 422 where told?.contains("too many samples") == true: "Ask for fewer --days, or raise its --query.max-samples"
            case 400, 422: "See whether it is a Prometheus of version 2.7 or later, which knows subqueries"
            case 429, 500..<600: "Try again later, or ask for fewer --days"
            default: "See what answers there"
            }
        self.init("\(place) answers with \(status)\(words)", remedy)
    }
}
