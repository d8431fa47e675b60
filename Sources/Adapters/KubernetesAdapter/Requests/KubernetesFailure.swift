/// Why the API server did not do what it was asked, and what to do about it.
public struct KubernetesFailure: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// 400: the request itself is wrong.
        case badRequest
        /// 401, after the credential was read again.
        case unauthorized
        /// 403: access rules do not allow it.
        case forbidden
        /// 404: no such object, or no such kind.
        case notFound
        /// 409 for an object that changed in between.
        case conflict
        /// 409 for a name that is taken.
        case alreadyExists
        /// 410: the moment asked for is forgotten.
        case gone
        /// 422, or a name that no path can hold.
        case invalid
        /// 429.
        case tooManyRequests(retryAfter: Duration?)
        /// 5xx and every status without a case of its own.
        case serverError
        /// Nothing was sent.
        case notConnected
        /// No answer in time; it may have been done.
        case timedOut
        /// The connection ended before the answer did; it may have been done.
        case broken
        case cancelled
        /// What came is not what the API answers with, or too much of it.
        case unreadable
        /// There is no credential to ask with.
        case noCredential
    }

    public var kind: Kind
    /// Nil when no answer came.
    public var status: Int?
    /// The server's word for it, such as `NotFound`; empty when there is none.
    public var reason: String
    /// The server's sentence or the connection's, at most 512 bytes.
    public var message: String
    /// What was asked, such as `GET /api/v1/nodes/x`.
    public var request: String
    /// How long the server wants to be left alone, from 429 and 503.
    public var retryAfter: Duration?

    public init(
        _ kind: Kind, status: Int? = nil, reason: String = "", message: String, request: String, retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.status = status
        self.reason = reason
        self.message = message.cut(toBytes: 512)
        self.request = request
        self.retryAfter = retryAfter
    }

    /// What an operator can do now.
    public var remedy: String {
        switch kind {
        case .badRequest, .invalid: "Compare the object with its definition in the cluster"
        case .unauthorized: "Look whether the service account exists and its token is mounted, or log in anew"
        case .forbidden: "Grant the verb on the resource in the ClusterRole"
        case .notFound: "Look whether the object, and the definition of its kind, exist"
        case .conflict, .gone: "Read the object again"
        case .alreadyExists: "Read the object that has the name"
        case .tooManyRequests: "Wait, and look at the API server's priority and fairness"
        case .serverError: "Look at the API server's log"
        case .notConnected, .broken: "Look at the way to the API server: routes, security groups, its endpoint"
        case .timedOut: "Look at the load of the API server and the way to it"
        case .cancelled: "Ask again"
        case .unreadable: "Look whether the address is that of an API server"
        case .noCredential: "Mend the credential that is named"
        }
    }
}

extension KubernetesFailure: CustomStringConvertible {
    /// Such as `GET /api/v1/nodes/x: 403 Forbidden: … Grant the verb on the resource in the ClusterRole.`
    public var description: String {
        let words = [status.map(String.init) ?? "", reason].filter { !$0.isEmpty }.joined(separator: " ")
        let parts = [request, words, message].filter { !$0.isEmpty }.joined(separator: ": ")
        return parts + (parts.hasSuffix(".") ? " " : ". ") + remedy + "."
    }
}
